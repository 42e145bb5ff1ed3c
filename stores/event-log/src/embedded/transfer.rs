//! Handing an embedded log over, and taking a history over into one.

use std::num::NonZeroUsize;
use std::path::Path;

use async_trait::async_trait;
use redb::{Database, Durability, ReadableDatabase};

use super::fault::fault;
use super::row::{MessageRow, RowWriter};
use super::subject_key::subject_key;
use super::tables::{HEAD_BY_SUBJECT_KEY, MESSAGE_BY_POSITION};
use super::{EmbeddedLog, EmbeddedOptions, MAX_PAGE, READING, blocking, read_rows};
use crate::transfer::check_sequel;
use crate::{LogError, LogExport, LogImport, LogReader, Tenant, TransferRecord};

const IMPORTING: &str = "taking a history over into the embedded log";

#[async_trait]
impl LogExport for EmbeddedLog {
    async fn export(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<TransferRecord>, LogError> {
        let database = self.file.database()?;
        blocking(READING, move || export(&*database, from.max(1), limit.get().min(MAX_PAGE))).await
    }
}

/// Records with the ends of their commits, from one view of the file.
pub(super) fn export(
    database: &impl ReadableDatabase,
    from: u64,
    limit: usize,
) -> Result<Vec<TransferRecord>, LogError> {
    let transaction = database.begin_read().map_err(|error| fault(READING, error))?;
    let rows = transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| fault(READING, error))?;
    read_rows(&rows, from, limit)
}

/// An embedded log that takes a history over. Whoever makes it keeps others away from the file
/// until it is finished.
#[derive(Debug)]
pub struct EmbeddedImport {
    log: EmbeddedLog,
    tenant: Tenant,
}

impl EmbeddedImport {
    /// Makes the file at `path`, or goes on with it.
    ///
    /// # Errors
    /// As [`EmbeddedLog::open`].
    pub fn begin(path: &Path, tenant: Tenant, options: EmbeddedOptions) -> Result<Self, LogError> {
        Ok(Self { log: EmbeddedLog::open(path, tenant.clone(), options)?, tenant })
    }
}

#[async_trait]
impl LogImport for EmbeddedImport {
    async fn head(&self) -> Result<u64, LogError> {
        // The committer, which tells the head otherwise, has no part in this.
        Ok(self.log.read(u64::MAX, NonZeroUsize::MIN).await?.head)
    }

    async fn export(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<TransferRecord>, LogError> {
        self.log.export(from, limit).await
    }

    async fn import(&self, records: &[TransferRecord]) -> Result<(), LogError> {
        check_sequel(records, self.head().await?, &self.tenant)?;
        let (database, records) = (self.log.file.database()?, records.to_vec());
        blocking(IMPORTING, move || store(&database, &records)).await
    }

    async fn finish(&self) -> Result<(), LogError> {
        Ok(())
    }
}

/// One durable transaction.
fn store(database: &Database, records: &[TransferRecord]) -> Result<(), LogError> {
    let mut transaction = database.begin_write().map_err(|error| fault(IMPORTING, error))?;
    transaction.set_durability(Durability::Immediate).map_err(|error| fault(IMPORTING, error))?;
    {
        let mut messages =
            transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| fault(IMPORTING, error))?;
        let mut heads =
            transaction.open_table(HEAD_BY_SUBJECT_KEY).map_err(|error| fault(IMPORTING, error))?;
        let mut rows = RowWriter::try_new().map_err(|error| fault(IMPORTING, error))?;
        for commit in records.split_inclusive(|record| record.ends_commit) {
            for (left, TransferRecord { message, .. }) in (0..commit.len()).rev().zip(commit) {
                let subject = message.subject.as_str();
                let writes_left = u16::try_from(left).map_err(|_| {
                    LogError::Corrupt(format!("a commit of {} messages is none of ours", commit.len()))
                })?;
                let key = subject_key(subject);
                let before = heads
                    .insert(key.as_slice(), message.position)
                    .map_err(|error| fault(IMPORTING, error))?;
                let previous = before.map_or(0, |before| before.value());
                let stored_at_ms = message.stored_at.timestamp_millis();
                let row = MessageRow { previous, stored_at_ms, writes_left, subject, body: &message.body };
                let row = rows.encode(&row).map_err(|error| fault(IMPORTING, error))?;
                messages.insert(message.position, row).map_err(|error| fault(IMPORTING, error))?;
            }
        }
    }
    transaction.commit().map_err(|error| fault(IMPORTING, error))
}
