//! The token store in one JSON file, which the service reads while the command line writes.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::token_lock::lock;
use super::token_uses;
use crate::error::fault;
use crate::format::{self, TOKENS};
use crate::{TokenRecord, TokenStore, VaultError};

/// The file in the data directory.
const FILE_NAME: &str = "tokens.json";

/// How long a lookup may rely on what it saw last.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// A [`TokenStore`] in a file. Several processes may use it at once; writers take turns.
#[derive(Debug)]
pub struct FileTokens {
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// The content of the file as it was read last.
#[derive(Debug, Default)]
struct Seen {
    looked_at: Option<Instant>,
    stamp: Option<FileStamp>,
    active_by_hash: HashMap<String, Arc<TokenRecord>>,
    by_id: HashMap<Uuid, Arc<TokenRecord>>,
}

/// Tells one version of the file from another: each is a new file, renamed into place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    inode: u64,
    seconds: i64,
    nanoseconds: i64,
    bytes: u64,
}

impl FileTokens {
    /// The tokens in `tokens.json` of `data_dir`; none if there is no such file.
    ///
    /// # Errors
    /// [`VaultError::NewerFormat`], [`VaultError::Corrupt`], or a fault.
    pub fn open(data_dir: &Path) -> Result<Self, VaultError> {
        let tokens = Self { path: data_dir.join(FILE_NAME), seen: Mutex::default() };
        tokens.look_up("")?;
        Ok(tokens)
    }

    fn look_up(&self, token_hash: &str) -> Result<Option<Arc<TokenRecord>>, VaultError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = seen.looked_at.is_some_and(|then| then.elapsed() < LOOK_AGAIN_AFTER);
        if !is_fresh {
            self.refresh(&mut seen)?;
        }
        if let Some(record) = seen.active_by_hash.get(token_hash) {
            return Ok(Some(Arc::clone(record)));
        }
        // Perhaps it was made a moment ago: what is let in late would be a surprise, so the file is
        // asked before anybody is turned away. That costs one look at its date.
        if is_fresh {
            self.refresh(&mut seen)?;
        }
        Ok(seen.active_by_hash.get(token_hash).cloned())
    }

    fn refresh(&self, seen: &mut Seen) -> Result<(), VaultError> {
        let stamp = stamp_of(&self.path).map_err(|e| fault("looking at the tokens", e))?;
        if seen.stamp != stamp {
            let records: Vec<_> = read_records(&self.path)?.into_iter().map(Arc::new).collect();
            let active = records.iter().filter(|record| record.is_active());
            seen.active_by_hash =
                active.map(|record| (record.token_hash.clone(), Arc::clone(record))).collect();
            seen.by_id = records.into_iter().map(|record| (record.id, record)).collect();
            // Taken before reading: if the file changed meanwhile, the next look reads it again.
            seen.stamp = stamp;
        }
        seen.looked_at = Some(Instant::now());
        Ok(())
    }

    /// A token by its id. If the file cannot be read, as it was read last.
    fn look_up_id(&self, id: Uuid) -> Option<Arc<TokenRecord>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = seen.looked_at.is_some_and(|then| then.elapsed() < LOOK_AGAIN_AFTER);
        if !is_fresh && let Err(error) = self.refresh(&mut seen) {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the tokens' names are those that were read before");
        }
        seen.by_id.get(&id).cloned()
    }

    async fn change<F>(&self, change: F) -> Result<(), VaultError>
    where
        F: FnOnce(&mut Vec<TokenRecord>) -> Result<(), VaultError> + Send + 'static,
    {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || change_file(&path, change))
            .await
            .map_err(|error| fault("writing the tokens", error))??;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).looked_at = None;
        Ok(())
    }
}

#[async_trait]
impl TokenStore for FileTokens {
    async fn create(&self, record: TokenRecord) -> Result<(), VaultError> {
        self.change(move |records| {
            if records.iter().any(|other| other.id == record.id) {
                return Err(VaultError::TokenExists(record.id));
            }
            records.push(record);
            Ok(())
        })
        .await
    }

    async fn list(&self) -> Result<Vec<TokenRecord>, VaultError> {
        let mut records = read_records(&self.path)?;
        records.sort_by_key(|record| record.id);
        Ok(records)
    }

    async fn revoke(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError> {
        self.change(move |records| {
            let found = records.iter_mut().find(|record| record.id == id);
            found.ok_or(VaultError::UnknownToken(id))?.revoked_at.get_or_insert(at);
            Ok(())
        })
        .await
    }

    async fn find_by_hash(&self, token_hash: &str) -> Result<Option<Arc<TokenRecord>>, VaultError> {
        self.look_up(token_hash)
    }

    fn find_by_id(&self, id: Uuid) -> Option<Arc<TokenRecord>> {
        self.look_up_id(id)
    }

    async fn note_use(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || token_uses::note(&path, id, at))
            .await
            .map_err(|error| fault("noting the use of a token", error))?
    }

    async fn last_uses(&self) -> Result<BTreeMap<Uuid, DateTime<Utc>>, VaultError> {
        token_uses::read(&self.path)
    }
}

/// Reads, changes and replaces the file under a lock that all writers take.
fn change_file(
    path: &Path,
    change: impl FnOnce(&mut Vec<TokenRecord>) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let _lock = lock(path)?;
    let mut records = read_records(path)?;
    change(&mut records)?;
    itam_files::replace(path, &format::encode(TOKENS, &records)).map_err(|e| fault("writing the tokens", e))
}

fn read_records(path: &Path) -> Result<Vec<TokenRecord>, VaultError> {
    match fs::read(path) {
        Ok(bytes) => format::decode(TOKENS, "the token file", &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(fault("reading the tokens", error)),
    }
}

fn stamp_of(path: &Path) -> io::Result<Option<FileStamp>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(FileStamp::of(&metadata))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl FileStamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
            bytes: metadata.len(),
        }
    }
}
