//! A log in memory that can be rewritten, keys, and a sealer over them.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use itam_event_log::{LogError, LogReader, MessagePage, StoredMessage, Subject};
use itam_proof::{
    Frontier, Hash, KeptCheckpoint, KeyError, KeyPurpose, Leaf, LedgerReader, LedgerWriter, Origin,
    SignedCheckpoint, SigningKey, TreeWriter, Trust,
};
use itam_sealer::{CurrentKeys, KeyRing, Sealer, SealerError, SealerFiles, SealerHandle, SealerOptions};
use itam_tests::eventually;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

/// A log whose past can be changed.
#[derive(Default)]
pub(crate) struct FakeLog {
    state: Mutex<State>,
    appended: Notify,
}

#[derive(Default)]
struct State {
    bodies: Vec<Bytes>,
    is_away: bool,
}

impl FakeLog {
    pub(crate) fn of(count: usize) -> Arc<Self> {
        let log = Self::default();
        log.append(count);
        Arc::new(log)
    }

    pub(crate) fn append(&self, count: usize) {
        let mut state = self.state();
        for _ in 0..count {
            let number = state.bodies.len() + 1;
            state.bodies.push(format!("{{\"number\":{number}}}").into());
        }
        drop(state);
        self.appended.notify_waiters();
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.state().is_away = is_away;
        self.appended.notify_waiters();
    }

    /// Alters, drops, swaps or cuts.
    pub(crate) fn rewrite(&self, change: impl FnOnce(&mut Vec<Bytes>)) {
        change(&mut self.state().bodies);
    }

    /// The root that the log has up to a position.
    pub(crate) fn root(&self, size: u64) -> Hash {
        let mut frontier = Frontier::default();
        for message in self.page(1, usize::try_from(size).expect("small")).expect("there").messages {
            let (subject, body) = (message.subject.as_str(), &message.body[..]);
            frontier.push(Leaf { position: message.position, subject, body }.hash());
        }
        assert_eq!(frontier.size(), size);
        frontier.root()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, from: u64, limit: usize) -> Result<MessagePage, LogError> {
        let state = self.state();
        if state.is_away {
            return Err(LogError::Unavailable { operation: "reading", source: "it is away".into() });
        }
        let stored = |(position, body): (u64, &Bytes)| StoredMessage {
            position,
            subject: Subject::try_new("itam.main.guard.numbers").expect("a subject"),
            stored_at: noon(),
            body: body.clone(),
        };
        let all = (1..).zip(&state.bodies).filter(|(position, _)| *position >= from);
        Ok(MessagePage { messages: all.take(limit).map(stored).collect(), head: state.bodies.len() as u64 })
    }
}

#[async_trait]
impl LogReader for FakeLog {
    async fn load(&self, _: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        unreachable!("a sealer reads by position")
    }

    async fn load_latest(&self, _: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        unreachable!("a sealer reads by position")
    }

    async fn load_last(&self, _: &Subject) -> Result<Option<StoredMessage>, LogError> {
        unreachable!("a sealer reads by position")
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        self.page(from, limit.get())
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
        let appended = self.appended.notified();
        let page = self.page(from, limit.get())?;
        if !page.messages.is_empty() {
            return Ok(page);
        }
        // Woken or not, what is there now is the answer.
        let _ = tokio::time::timeout(patience, appended).await;
        self.page(from, limit.get())
    }

    async fn head(&self) -> Result<u64, LogError> {
        Ok(self.page(1, 0)?.head)
    }
}

/// Keys of a seed.
#[derive(Clone, Copy)]
pub(crate) struct SeedKeys(pub(crate) u8);

impl KeyRing for SeedKeys {
    fn keys(&self, origin: &Origin) -> Result<CurrentKeys, KeyError> {
        let key = SigningKey::from_seed(origin.as_str(), KeyPurpose::Log, &[self.0; 32])?;
        let mut trust = Trust::new();
        trust.add(key.public().clone());
        Ok(CurrentKeys { signers: vec![key], trust })
    }

    fn create(&self, origin: &Origin) -> Result<CurrentKeys, KeyError> {
        self.keys(origin)
    }
}

/// Options for impatient tests.
pub(crate) fn options() -> SealerOptions {
    SealerOptions {
        checkpoint_interval: Duration::from_millis(50),
        scrub_rate: 10_000_000,
        scrub_interval: Duration::from_millis(20),
        gather: Duration::from_millis(1),
        tail_patience: Duration::from_millis(20),
        shortfall_patience: Duration::from_millis(200),
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        ..SealerOptions::new(noon)
    }
}

/// A folder with a sealer's files, and a log.
pub(crate) struct World {
    pub(crate) log: Arc<FakeLog>,
    pub(crate) dir: TempDir,
    pub(crate) options: SealerOptions,
}

/// A sealer that runs.
pub(crate) struct Running {
    pub(crate) handle: SealerHandle,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), SealerError>>,
}

impl World {
    pub(crate) fn new(log: Arc<FakeLog>) -> Self {
        Self { log, dir: tempfile::tempdir().expect("a folder"), options: options() }
    }

    pub(crate) fn files(&self) -> SealerFiles {
        let path = |name: &str| self.dir.path().join(name);
        SealerFiles { tree: path("merkle.redb"), checkpoints: path("checkpoints.redb") }
    }

    pub(crate) fn sealer(&self) -> Sealer {
        let log = Arc::clone(&self.log) as Arc<dyn LogReader>;
        Sealer::new(log, self.files(), "main", Arc::new(SeedKeys(7)), self.options.clone())
    }

    pub(crate) fn start(&self) -> Running {
        run(self.sealer())
    }

    /// All checkpoints that are kept, and each is true.
    pub(crate) fn checkpoints(&self) -> Vec<KeptCheckpoint> {
        let ledger = LedgerReader::open(&self.dir.path().join("checkpoints.redb")).expect("a ledger");
        let kept = ledger.at_least(1, usize::MAX).expect("read");
        for kept in &kept {
            let signed = SignedCheckpoint::parse(&kept.note).expect("a checkpoint");
            let checkpoint = signed.checkpoint();
            let trust = SeedKeys(7).keys(&checkpoint.origin).expect("keys").trust;
            signed.verify(&trust).expect("signed by the sealer's key");
            assert_eq!((checkpoint.size, checkpoint.root), (kept.size, self.log.root(kept.size)));
        }
        kept
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(Path::new(self.dir.path()).join(name)).expect("it can be removed");
    }
}

/// Waits until a sealer that has ended has let go of its files: comparing may go on for a moment.
pub(crate) async fn let_go(files: &SealerFiles) {
    eventually("the files are let go of", || {
        let is_free =
            LedgerWriter::open(&files.checkpoints).is_ok() && TreeWriter::open(&files.tree, "main").is_ok();
        async move { is_free.then_some(()) }
    })
    .await;
}

pub(crate) fn run(sealer: Sealer) -> Running {
    let (handle, shutdown) = (sealer.handle(), CancellationToken::new());
    Running { handle, task: tokio::spawn(sealer.run(shutdown.clone())), shutdown }
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.expect("no panic").expect("an orderly end");
    }

    /// Waits until it ends by itself, and gives what it says.
    pub(crate) async fn complaint(self) -> String {
        let ended = tokio::time::timeout(Duration::from_mins(2), self.task).await.expect("it ends");
        ended.expect("no panic").expect_err("it must not go on").to_string()
    }
}
