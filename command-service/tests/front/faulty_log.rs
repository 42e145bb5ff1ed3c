//! A log that fails when it is told to.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use itam_event_log::{
    AppendError, Appended, Commit, EmbeddedLog, EventLog, LogError, LogReader, MessagePage, NotPermitted,
    StoredMessage, Subject,
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
    /// The servers do not permit it.
    Denied,
    /// It is stored, and called a conflict by a server that has missed what came last.
    StoredAsConflict,
}

/// The embedded log with faults.
pub(super) struct FaultyLog {
    log: EmbeddedLog,
    is_away: AtomicBool,
    is_behind: AtomicBool,
    known_to: AtomicU64,
    faults: Mutex<VecDeque<Fault>>,
    appends: AtomicUsize,
}

impl FaultyLog {
    pub(super) fn new(log: EmbeddedLog) -> Self {
        Self {
            log,
            is_away: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
            known_to: AtomicU64::new(u64::MAX),
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

    /// Lets subjects be asked of a server that knows nothing behind a position.
    pub(super) fn set_known_to(&self, position: u64) {
        self.known_to.store(position, Ordering::SeqCst);
    }

    fn knows(&self, message: &StoredMessage) -> bool {
        message.position <= self.known_to.load(Ordering::SeqCst)
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
        let messages = self.log.load(subject).await?;
        Ok(messages.into_iter().filter(|message| self.knows(message)).collect())
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.check()?;
        let messages = self.log.load_latest(subject).await?;
        Ok(messages.into_iter().filter(|message| self.knows(message)).collect())
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        self.check()?;
        let known = self.log.load_latest(subject).await?.into_iter().filter(|message| self.knows(message));
        Ok(known.last())
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        self.check()?;
        if self.is_behind.load(Ordering::SeqCst) {
            return Ok(MessagePage { messages: Vec::new(), head: from.saturating_sub(1) });
        }
        self.log.read(from, limit).await
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
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
            Some(Fault::Denied) => Err(AppendError::NotPermitted(NotPermitted {
                user: "itam-command".to_owned(),
                verb: "publish to",
                subject: commit.writes[0].subject.as_str().to_owned(),
            })),
            Some(Fault::StoredAsConflict) => {
                let subjects = commit.writes.iter().map(|write| write.subject.clone()).collect();
                self.log.append(commit).await?;
                Err(AppendError::Conflict { subjects })
            }
        }
    }
}
