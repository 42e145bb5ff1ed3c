//! The ports of a log, for reading and for appending: what every implementation promises.

use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;

use crate::{AppendError, Appended, Commit, LogError, MessagePage, StoredMessage, Subject};

/// The reading half of a log.
#[async_trait]
pub trait LogReader: Send + Sync + 'static {
    /// The messages of one subject by ascending position. May be slightly stale on a replicated
    /// log: safe, because an append checks the sequence.
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError>;

    /// As [`LogReader::load`], but never stale: asks whoever accepts the appends. For the retry
    /// after a conflict.
    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError>;

    /// The last message of one subject; what a key or a guard needs.
    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError>;

    /// A page of messages from position `from` (at least 1) on, of about `limit` messages: more
    /// where a commit would be cut, fewer at the end. Empty if `from` is beyond the head.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if a position is missing.
    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError>;

    /// As [`LogReader::read`], but waits up to `patience` for something to read. Returns as soon
    /// as a first commit is there; an empty page after `patience`.
    async fn tail(&self, from: u64, limit: NonZeroUsize, patience: Duration)
    -> Result<MessagePage, LogError>;

    /// The last position; 0 for an empty log.
    async fn head(&self) -> Result<u64, LogError>;
}

/// A log that also takes commits.
#[async_trait]
pub trait EventLog: LogReader {
    /// Stores a commit whole, durably, if every expectation holds; else stores nothing of it.
    async fn append(&self, commit: Commit) -> Result<Appended, AppendError>;
}
