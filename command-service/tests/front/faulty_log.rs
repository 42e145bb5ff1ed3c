//! A log that fails when it is told to.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use itam_event_log::{
    AppendError, Appended, Commit, EmbeddedLog, EventLog, LogError, LogReader, Page, StoredMessage, Subject,
};

/// How the next append fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is stored, and the answer is lost.
    StoredUnheard,
    /// It is lost, and nobody says so.
    LostUnheard,
    /// It is certainly not stored.
    Refused,
}

/// The embedded log with faults.
pub(super) struct FaultyLog {
    log: EmbeddedLog,
    is_away: AtomicBool,
    is_behind: AtomicBool,
    faults: Mutex<VecDeque<Fault>>,
    appends: AtomicUsize,
}

impl FaultyLog {
    pub(super) fn new(log: EmbeddedLog) -> Self {
        Self {
            log,
            is_away: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
            faults: Mutex::default(),
            appends: AtomicUsize::new(0),
        }
    }

    /// Takes the log away, or brings it back.
    pub(super) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// Lets reading in order end before anything new, as a server does that was cut off, or not.
    pub(super) fn set_behind(&self, is_behind: bool) {
        self.is_behind.store(is_behind, Ordering::SeqCst);
    }

    /// Lets the next appends fail, one by one.
    pub(super) fn fail_next(&self, faults: &[Fault]) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// How many appends were tried.
    pub(super) fn appends(&self) -> usize {
        self.appends.load(Ordering::SeqCst)
    }

    fn check(&self) -> Result<(), LogError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(LogError::Unavailable { operation: "reading", source: "the log is away".into() });
        }
        Ok(())
    }
}

#[async_trait]
impl LogReader for FaultyLog {
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.check()?;
        self.log.load(subject).await
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.check()?;
        self.log.load_latest(subject).await
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        self.check()?;
        self.log.load_last(subject).await
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<Page, LogError> {
        self.check()?;
        if self.is_behind.load(Ordering::SeqCst) {
            return Ok(Page { messages: Vec::new(), head: from.saturating_sub(1) });
        }
        self.log.read(from, limit).await
    }

    async fn tail(&self, from: u64, limit: NonZeroUsize, patience: Duration) -> Result<Page, LogError> {
        self.check()?;
        self.log.tail(from, limit, patience).await
    }

    async fn head(&self) -> Result<u64, LogError> {
        self.check()?;
        self.log.head().await
    }
}

#[async_trait]
impl EventLog for FaultyLog {
    async fn append(&self, commit: Commit) -> Result<Appended, AppendError> {
        self.appends.fetch_add(1, Ordering::SeqCst);
        let unknown = || AppendError::Unknown { reason: "no answer".to_owned(), source: None };
        let unavailable = || AppendError::Unavailable { reason: "the log is away".to_owned(), source: None };
        self.check().map_err(|_| unavailable())?;
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            None => self.log.append(commit).await,
            Some(Fault::StoredUnheard) => {
                self.log.append(commit).await?;
                Err(unknown())
            }
            Some(Fault::LostUnheard) => Err(unknown()),
            Some(Fault::Refused) => Err(unavailable()),
        }
    }
}
