//! The log in one redb file, for one process: durable without a server.

mod chain;
mod committer;
mod fault;
mod log_file;
mod open;
mod place;
#[cfg(test)]
mod power_cuts;
mod queue;
mod reader;
mod row;
#[cfg(test)]
#[path = "../../simulated_disk.rs"]
mod simulated_disk;
mod subject_key;
mod tables;
mod transfer;

use std::fmt;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redb::{ReadOnlyTable, ReadableDatabase};
use tokio::sync::watch;

use crate::{
    AppendError, Appended, Commit, EventLog, LogError, LogExport, LogReader, MessagePage, StoredMessage,
    Subject, Tenant, TransferRecord,
};
use chain::load_back;
use committer::{Clock, Committer};
use fault::fault;
use log_file::LogFile;
use place::LogPlace;
use reader::EmbeddedReader;
use row::StoredRow;
use tables::{MESSAGE_BY_POSITION, last_position};

pub use transfer::EmbeddedImport;

/// The most messages that one page holds, apart from the rest of its last commit.
const MAX_PAGE: usize = 100_000;
const READING: &str = "reading the embedded log";

/// How the embedded log runs.
#[derive(Clone)]
pub struct EmbeddedOptions {
    /// Tells the time at which a message is stored.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// How much of the file redb keeps in memory, in bytes.
    pub cache_bytes: usize,
}

impl EmbeddedOptions {
    /// The usual options with the caller's clock: 16 MiB of cache.
    pub fn new(clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), cache_bytes: 16 * 1024 * 1024 }
    }
}

impl fmt::Debug for EmbeddedOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EmbeddedOptions")
            .field("cache_bytes", &self.cache_bytes)
            .finish_non_exhaustive()
    }
}

/// The log of one tenant in one file. An append returns after the fsync, which it shares with all
/// that waited. Dropping it finishes the accepted commits and closes the file.
pub struct EmbeddedLog {
    // The committer goes first: it finishes its work while the file is still open.
    committer: Committer,
    file: Arc<LogFile>,
    head: watch::Receiver<u64>,
    tenant: Tenant,
}

impl EmbeddedLog {
    /// Opens the file at `path`, making it and its folder if they are missing.
    ///
    /// # Errors
    /// [`LogError::InUse`] if another process has it open, [`LogError::NewerFormat`] if a newer
    /// build wrote it, [`LogError::Misconfigured`] if it is another tenant's,
    /// [`LogError::Corrupt`] if it is damaged, [`LogError::Unavailable`] on any other failure.
    pub fn open(path: &Path, tenant: Tenant, options: EmbeddedOptions) -> Result<Self, LogError> {
        Self::open_at(LogPlace::File(path.to_owned()), tenant, options)
    }

    fn open_at(place: LogPlace, tenant: Tenant, options: EmbeddedOptions) -> Result<Self, LogError> {
        let EmbeddedOptions { clock, cache_bytes } = options;
        let clock: Clock = clock;
        let (file, last) = LogFile::open(place, &tenant, cache_bytes)?;
        let file = Arc::new(file);
        let (tell_head, head) = watch::channel(last);
        let committer = Committer::start(Arc::clone(&file), clock, tell_head).map_err(|error| {
            LogError::Unavailable { operation: "starting the committer", source: error.into() }
        })?;
        Ok(Self { committer, file, head, tenant })
    }

    /// Opens the file at `path` for reading alone: nothing is made, mended or locked for others who
    /// read, and the right to read the file is enough.
    ///
    /// # Errors
    /// [`LogError::InUse`] if a process writes it, [`LogError::Misconfigured`] if there is no such
    /// file, if it was not closed properly, or if it is another tenant's; else as [`Self::open`].
    pub fn open_for_reading(
        path: &Path,
        tenant: &Tenant,
        cache_bytes: usize,
    ) -> Result<Arc<dyn LogExport>, LogError> {
        Ok(Arc::new(EmbeddedReader::open(path, tenant, cache_bytes)?))
    }

    /// Runs on the caller's thread: a point get takes microseconds, less than handing it over.
    fn load_back(&self, subject: &Subject, most: usize) -> Result<Vec<StoredMessage>, LogError> {
        load_back(&*self.file.database()?, subject, most)
    }
}

impl fmt::Debug for EmbeddedLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EmbeddedLog").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

#[async_trait]
impl LogReader for EmbeddedLog {
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.load_back(subject, usize::MAX)
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.load_back(subject, usize::MAX)
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        Ok(self.load_back(subject, 1)?.pop())
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        let database = self.file.database()?;
        blocking(READING, move || read_page(&*database, from.max(1), limit.get().min(MAX_PAGE))).await
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
        let mut head = self.head.clone();
        // Either outcome is answered by reading: a page, or an empty one with today's head.
        let _ = tokio::time::timeout(patience, head.wait_for(|head| *head >= from)).await;
        self.read(from, limit).await
    }

    async fn head(&self) -> Result<u64, LogError> {
        Ok(*self.head.borrow())
    }
}

#[async_trait]
impl EventLog for EmbeddedLog {
    async fn append(&self, commit: Commit) -> Result<Appended, AppendError> {
        commit.check(&self.tenant)?;
        self.committer.append(commit).await
    }
}

fn read_page(database: &impl ReadableDatabase, from: u64, limit: usize) -> Result<MessagePage, LogError> {
    let transaction = database.begin_read().map_err(|error| fault(READING, error))?;
    let rows = transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| fault(READING, error))?;
    let head = last_position(&rows).map_err(|error| fault(READING, error))?;
    let records = if from > head { Vec::new() } else { read_rows(&rows, from, limit)? };
    Ok(MessagePage { messages: records.into_iter().map(|record| record.message).collect(), head })
}

/// Runs work that blocks on the disk.
async fn blocking<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| LogError::Unavailable { operation, source: error.into() })?
}

/// Reads about `limit` rows, and beyond it to the end of the commit.
fn read_rows(
    rows: &ReadOnlyTable<u64, &'static [u8]>,
    from: u64,
    limit: usize,
) -> Result<Vec<TransferRecord>, LogError> {
    let mut records = Vec::with_capacity(limit.min(1024));
    let range = rows.range(from..).map_err(|error| fault(READING, error))?;
    for (expected, entry) in (from..).zip(range) {
        let (position, row) = entry.map_err(|error| fault(READING, error))?;
        let position = position.value();
        if position != expected {
            return Err(LogError::Corrupt(format!("position {expected} is missing")));
        }
        let row = StoredRow::decode(position, row.value())?;
        let ends_commit = row.writes_left == 0;
        records.push(TransferRecord { message: row.into_message(position)?, ends_commit });
        if records.len() >= limit && ends_commit {
            break;
        }
    }
    Ok(records)
}
