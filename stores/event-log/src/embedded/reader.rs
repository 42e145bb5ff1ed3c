//! The embedded log for those who only read it, such as auditors: nothing is written, not even a lock
//! that would keep other readers away.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redb::ReadOnlyDatabase;

use super::chain::load_back;
use super::{MAX_PAGE, READING, blocking, open, read_page, transfer};
use crate::{LogError, LogExport, LogReader, MessagePage, StoredMessage, Subject, Tenant, TransferRecord};

/// The embedded log for reading: a file that nobody writes. It stays as it is for as long as this is open.
pub(super) struct EmbeddedReader {
    database: Arc<ReadOnlyDatabase>,
    head: u64,
}

impl EmbeddedReader {
    pub(super) fn open(path: &Path, tenant: &Tenant, cache_bytes: usize) -> Result<Self, LogError> {
        let (database, head) = open::open_for_reading(path, tenant, cache_bytes)?;
        Ok(Self { database: Arc::new(database), head })
    }
}

#[async_trait]
impl LogReader for EmbeddedReader {
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        load_back(&*self.database, subject, usize::MAX)
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.load(subject).await
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        Ok(load_back(&*self.database, subject, 1)?.pop())
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        let database = Arc::clone(&self.database);
        blocking(READING, move || read_page(&*database, from.max(1), limit.get().min(MAX_PAGE))).await
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
        if from > self.head {
            // Nothing will come: nobody writes the file while it is read.
            tokio::time::sleep(patience).await;
        }
        self.read(from, limit).await
    }

    async fn head(&self) -> Result<u64, LogError> {
        Ok(self.head)
    }
}

#[async_trait]
impl LogExport for EmbeddedReader {
    async fn export(&self, from: u64, limit: NonZeroUsize) -> Result<Vec<TransferRecord>, LogError> {
        let database = Arc::clone(&self.database);
        blocking(READING, move || transfer::export(&*database, from.max(1), limit.get().min(MAX_PAGE))).await
    }
}
