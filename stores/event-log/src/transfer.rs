//! Handing a whole history over from one log to another: for backups, and for going over from a
//! file to a server or back.
//!
//! A record is a message with its place in its commit. What is handed over keeps positions, order,
//! bytes, subjects, times and the ends of commits; so loads, expectations and repetitions of
//! commands answer as before.

use std::num::NonZeroUsize;

use async_trait::async_trait;

use crate::{LogError, LogReader, StoredMessage, Tenant};

/// One message and whether its commit ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRecord {
    /// The message as it is stored.
    pub message: StoredMessage,
    /// Whether it is the last of its commit.
    pub ends_commit: bool,
}

/// A log that can be handed over. Others may append meanwhile: what is read stays as it is.
#[async_trait]
pub trait LogExport: LogReader {
    /// Records from position `from` on, of about `limit`: more where a commit would be cut, fewer
    /// at the end. Empty if `from` is beyond the head.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if a position is missing.
    async fn export(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<TransferRecord>, LogError>;
}

/// A log that takes a history over, and is closed to all others until that is whole.
#[async_trait]
pub trait LogImport: Send + Sync + 'static {
    /// The last position that is there; what is there may be the beginning of an earlier try.
    async fn head(&self) -> Result<u64, LogError>;

    /// What is there, as [`LogExport::export`] gives it.
    async fn export(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<TransferRecord>, LogError>;

    /// Stores records durably, whole commits that continue the head.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if they do not continue it; then nothing of them is stored.
    /// [`LogError::Unavailable`] if it is not known what was stored: ask for the head.
    async fn import(&self, records: &[TransferRecord]) -> Result<(), LogError>;

    /// Opens the log to all others.
    async fn finish(&self) -> Result<(), LogError>;
}

/// Checks that records are whole commits of this tenant and continue `head`.
pub(crate) fn check_sequel(records: &[TransferRecord], head: u64, tenant: &Tenant) -> Result<(), LogError> {
    for (expected, record) in (head + 1..).zip(records) {
        let StoredMessage { position, subject, .. } = &record.message;
        if *position != expected {
            return Err(LogError::Corrupt(format!("position {expected} should come, not {position}")));
        }
        if !tenant.owns(subject) {
            return Err(LogError::Corrupt(format!("{subject} is not in the log of tenant {tenant}")));
        }
    }
    match records.last() {
        Some(last) if !last.ends_commit => {
            Err(LogError::Corrupt(format!("the commit is cut at position {}", last.message.position)))
        }
        _ => Ok(()),
    }
}
