//! One process writes and is killed again and again; another reads all the while.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use itam_read_model::{AssetQuery, ReadModel, ReadModelError, ReadModelWriter, Snapshot, SummaryFilters};

use crate::history::history;
use crate::support::{TENANT, apply, open, options};

const CHILD: &str = "processes::a_writer_that_never_stops";
const FOLDER: &str = "READ_MODEL_TEST_FOLDER";
const SEED: u64 = 11;
const LENGTH: u64 = 30_000;
const KILLS: usize = 12;
const PATIENCE: Duration = Duration::from_mins(2);

/// Ends its process when it goes.
struct Writer(Child);

impl Writer {
    fn start(dir: &std::path::Path) -> Self {
        let child = Command::new(std::env::current_exe().expect("test binary"))
            .args(["--exact", CHILD, "--ignored"])
            .env(FOLDER, dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("a process"))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // SIGKILL: no handler runs and nothing is flushed.
        self.0.kill().expect("kill");
        self.0.wait().expect("wait");
    }
}

#[test]
#[ignore = "never stops: run by the test below, in a process of its own"]
fn a_writer_that_never_stops() {
    let dir = std::env::var_os(FOLDER).expect("folder");
    let model = ReadModel::in_process(dir.as_ref(), options());
    let mut writer = open(&model);
    let done = usize::try_from(writer.checkpoint().position).expect("small");
    for envelope in history(SEED, LENGTH).into_iter().skip(done) {
        apply(&mut writer, envelope);
        if writer.pending() >= 5 {
            writer.flush().expect("flush");
        }
    }
}

/// Reads everything of one moment and checks that it belongs together.
fn check(snapshot: &Snapshot) -> u64 {
    let (mut count, mut cursor) = (0, None);
    let mut last = 0;
    loop {
        let page = snapshot.now().list(&AssetQuery::default(), cursor.as_ref(), 1_000).expect("list");
        count += page.items.len() as u64;
        last = page.items.iter().map(|asset| asset.changed.position).max().unwrap_or(0).max(last);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let summary = snapshot.now().summary(&SummaryFilters::default()).expect("summary");
    assert_eq!(summary.by_state.values().sum::<u64>(), count, "counters and rows");
    let position = snapshot.applied().position;
    assert!(last <= position, "a row of {last} under the checkpoint {position}");
    position
}

#[test]
fn a_reader_sees_only_whole_commits_while_the_writer_is_killed_again_and_again() {
    let dir = tempfile::tempdir().expect("temp dir");
    let reader = ReadModel::open(dir.path(), options());
    let start = Instant::now();
    let mut seen = 0;
    for _ in 0..KILLS {
        let writer = Writer::start(dir.path());
        let aim = seen + 40;
        while seen < aim {
            assert!(start.elapsed() < PATIENCE, "the reader got no further than {seen}");
            match reader.snapshot() {
                Ok(snapshot) => {
                    let position = check(&snapshot);
                    assert!(position >= seen, "{position} after {seen}");
                    seen = position;
                }
                Err(ReadModelError::NotBuilt(_)) => std::thread::yield_now(),
                Err(error) => panic!("{error:?}"),
            }
        }
        drop(writer);
        // Nobody writes now, and the open reader reads on.
        assert!(check(&reader.snapshot().expect("snapshot")) >= seen);
    }
    drop(reader);
    let model = ReadModel::in_process(dir.path(), options());
    let writer = open(&model);
    let position = writer.checkpoint().position;
    assert!(position >= seen);
    let killed = model.snapshot().expect("snapshot").dump_hash().expect("dump");
    let mut rebuilt = ReadModelWriter::build_apart(&model, TENANT).expect("apart");
    for envelope in history(SEED, position) {
        apply(&mut rebuilt, envelope);
    }
    drop(writer);
    let _rebuilt = rebuilt.switch().expect("switch");
    assert_eq!(model.snapshot().expect("snapshot").dump_hash().expect("dump"), killed);
}
