//! The process that seals is killed, and its disk is full: it signs on afterwards, and never a second
//! root for a size.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::dice::Dice;
use crate::stand::{PROJECTOR, RECOVERS_WITHIN, Stand};
use crate::trial::{Report, Trial};
use crate::verdict::{Defect, Finding};
use crate::{eventually_within, run_itam, scratch};

/// At most so many commands are sent from a start to the next kill: time for a part of a batch.
const BETWEEN: u64 = 30;
/// How many commands are sent while the disk is full.
const WHILE_FULL: usize = 100;
/// The file outside to which all checkpoints go.
const OUTSIDE: &str = "outside.ndjson";

/// Checkpoints are signed as often as they can be.
async fn begin(seed: u64) -> Trial {
    let mut stand = Stand::on_nats().await.expect("a server");
    let file = stand.folder().join(OUTSIDE).display().to_string();
    let projector = &mut stand.services[PROJECTOR];
    for (name, value) in [
        ("ITAM_CHECKPOINT_EVERY", "1"),
        ("ITAM_CHECKPOINT_INTERVAL", "100ms"),
        ("ITAM_CHECKPOINT_FILE", &file),
    ] {
        projector.set_environment(name, value);
    }
    projector.stop().await;
    projector.restart().await;
    Trial::begin(stand, seed).await
}

pub(super) async fn killed(seed: u64, times: u64) -> Report {
    /// After how many kills there is time to recover.
    const SERIES: u64 = 5;
    let mut dice = Dice::of(seed, "sealer", &[]);
    let mut trial = begin(seed).await;
    for time in 1..=times {
        let commands = dice.below(BETWEEN);
        trial.work(usize::try_from(commands).unwrap_or(0)).await;
        trial.stand.services[PROJECTOR].kill();
        trial.injected();
        trial.stand.services[PROJECTOR].restart().await;
        if time % SERIES == 0 || time == times {
            trial.recovered().await;
            signed(&trial, time).await;
        }
    }
    judged(trial).await
}

pub(super) async fn disk_full(seed: u64, times: u64) -> Report {
    let mut trial = begin(seed).await;
    for time in 1..=times {
        trial.work(WHILE_FULL).await;
        trial.stand.services[PROJECTOR].limit_files(Some(64 * 1024));
        trial.injected();
        trial.work(WHILE_FULL).await;
        assert!(trial.stand.services[PROJECTOR].is_running(), "it ended");
        trial.stand.services[PROJECTOR].limit_files(None);
        trial.recovered().await;
        signed(&trial, time).await;
    }
    judged(trial).await
}

/// Waits, while the work goes on, until more checkpoints left the sealer than half as many as there were
/// faults so far: fewer prove little.
async fn signed(trial: &Trial, faults: u64) {
    let file = trial.stand.folder().join(OUTSIDE);
    eventually_within(RECOVERS_WITHIN, "there are enough checkpoints to prove something", || async {
        let lines = fs::read_to_string(&file).unwrap_or_default().lines().count() as u64;
        (lines > faults / 2).then_some(())
    })
    .await;
}

/// Ends the trial, and compares each checkpoint that ever left the sealer with the log itself.
async fn judged(trial: Trial) -> Report {
    let (mut report, stand) = trial.end_stopped().await;
    let notes = notes(&stand.folder().join(OUTSIDE));
    if let Err(what) = verify(&stand, &notes).await {
        report.verdict.findings.push(Finding { defect: Defect::Contradicted, what });
    }
    report
}

fn notes(file: &Path) -> Vec<String> {
    let lines = fs::read_to_string(file).expect("checkpoints left the sealer");
    let note = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a whole line");
        line["note"].as_str().expect("a note").to_owned()
    };
    lines.lines().map(note).collect()
}

/// Verifies an export of the whole log with all these notes.
async fn verify(stand: &Stand, notes: &[String]) -> Result<(), String> {
    let data = stand.folder().display().to_string();
    let folder = scratch::folder("itam-export-").expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let url = stand.nats.as_ref().expect("there is a server").url();
    let tool = async |args: Vec<String>| {
        let output = run_itam(&args, &[("ITAM_NATS", &url), ("ITAM_DATA", &data)]).await;
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(output.stdout) } else { Err(complaint) }
    };
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let export = path("export.ndjson");
    // What was appended since the last checkpoint is sealed too: after the last fault as before.
    tool(words(&["audit", "checkpoint"])).await?;
    tool(words(&["audit", "export", "--out", &export])).await?;
    let key = tool(words(&["audit", "key", "show"])).await?;
    let mut args = words(&["audit", "verify", &export, "--key", String::from_utf8_lossy(&key).trim()]);
    for (number, note) in notes.iter().enumerate() {
        let file = path(&format!("{number}.txt"));
        fs::write(&file, note).expect("written");
        args.push(file);
    }
    tool(args).await.map(|_| ())
}
