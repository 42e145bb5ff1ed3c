//! The read model's file is damaged, or exchanged for another, while nobody writes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::dice::Dice;
use crate::stand::{PROJECTOR, QUERY_SERVICE, Stand};
use crate::trial::{Report, Trial};
use crate::{eventually_within, promised_within};

const BETWEEN: usize = 200;
/// How long it may take until a foreign read model is refused: P8.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);

/// The read models: the beginning of their files' names, and their pointers.
const READ_MODELS: [(&str, &str); 3] =
    [("inventory", "CURRENT"), ("compliance", "COMPLIANCE"), ("tco", "TCO")];

/// What is done to the file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Truncated,
    Emptied,
    Overwritten,
    Removed,
    PointerGone,
    /// A build with older tables made it.
    Older,
}

const DAMAGES: [Damage; 6] = [
    Damage::Truncated,
    Damage::Emptied,
    Damage::Overwritten,
    Damage::Removed,
    Damage::PointerGone,
    Damage::Older,
];

/// Projector and query service are killed, the file is damaged, and both are started again.
pub(super) async fn damaged(seed: u64, times: u64) -> Report {
    let mut dice = Dice::of(seed, "damage", &[]);
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    let first = dice.below(DAMAGES.len() as u64);
    for time in 0..times {
        trial.work(BETWEEN).await;
        trial.stand.services[PROJECTOR].kill();
        trial.stand.services[QUERY_SERVICE].kill();
        let index = usize::try_from((first + time) % DAMAGES.len() as u64).unwrap_or(0);
        let one = usize::try_from(dice.below(READ_MODELS.len() as u64)).unwrap_or(0);
        let victims = if dice.below(2) == 0 { &READ_MODELS[one..=one] } else { &READ_MODELS[..] };
        damage(&trial.stand.folder().join("read-model"), DAMAGES[index], victims);
        trial.injected();
        trial.stand.services[PROJECTOR].restart().await;
        trial.stand.services[QUERY_SERVICE].restart().await;
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

/// The read model of another log is put in the place of ours. Whoever reads it sees that it was not
/// built from this log and ends; without it, everything goes on.
pub(super) async fn foreign(seed: u64, times: u64) -> Report {
    let other = Trial::begin(Stand::on_nats().await.expect("a server"), seed.wrapping_add(1)).await;
    other.work(BETWEEN / 2).await;
    let other = other.stop().await;
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), seed).await;
    for _ in 0..times {
        trial.work(BETWEEN).await;
        let folder = trial.stand.folder().join("read-model");
        for service in [PROJECTOR, QUERY_SERVICE] {
            trial.stand.services[service].kill();
        }
        fs::remove_dir_all(&folder).expect("it can be removed");
        copy(&other.folder().join("read-model"), &folder);
        trial.injected();
        for service in [PROJECTOR, QUERY_SERVICE] {
            refuses(&mut trial.stand, service).await;
        }
        fs::remove_dir_all(&folder).expect("it can be removed");
        for service in [PROJECTOR, QUERY_SERVICE] {
            trial.stand.services[service].restart().await;
        }
        trial.recovered().await;
    }
    trial.work(BETWEEN).await;
    trial.end().await
}

/// A process starts, says that this is not its read model, and ends.
async fn refuses(stand: &mut Stand, service: usize) {
    let service = &mut stand.services[service];
    service.start_again();
    eventually_within(promised_within(REFUSED_WITHIN), "the foreign read model is refused", || {
        let has_ended = !service.is_running();
        async move { has_ended.then_some(()) }
    })
    .await;
    let log = service.log();
    assert!(log.contains("history was rewritten: the read model rests on position"), "{log}");
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp can be run");
    assert!(status.success(), "{} cannot be copied", from.display());
}

/// A file that the tests of the read model made: `cargo test -p itam-read-model -- --ignored fixture_of_an_older_build`.
fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let unpacked = Command::new("gzip").arg("-dc").arg(&path).output().expect("gzip can be run");
    assert!(unpacked.status.success(), "{} cannot be unpacked", path.display());
    unpacked.stdout
}

fn damage(folder: &Path, damage: Damage, victims: &[(&str, &str)]) {
    for (name, pointer) in victims {
        for file in files(folder, name) {
            let bytes = fs::read(&file).expect("a file of the read model");
            let done = match damage {
                Damage::Truncated => fs::write(&file, &bytes[..bytes.len() / 3]),
                Damage::Emptied => fs::write(&file, []),
                Damage::Overwritten => fs::write(&file, vec![0xA5; bytes.len()]),
                Damage::PointerGone => Ok(()),
                Damage::Older if *name == "inventory" => {
                    fs::write(&file, fixture("read-model-of-an-older-build.redb.gz"))
                }
                // Of the others there is no older one.
                Damage::Removed | Damage::Older => fs::remove_file(&file),
            };
            done.expect("it can be damaged");
        }
        if matches!(damage, Damage::PointerGone) {
            fs::remove_file(folder.join(pointer)).expect("it can be removed");
        }
    }
}

fn files(folder: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the read model's folder");
    let is_of = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.split_once('.'));
        let is_file = path.extension().is_some_and(|extension| extension == "redb");
        is_file && stem.is_some_and(|(first, _)| first == name)
    };
    entries.map(|entry| entry.expect("an entry").path()).filter(is_of).collect()
}
