//! Opening the file of the embedded log: making it, or checking that it is what it should be.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageError,
    WriteTransaction,
};

use super::row::StoredRow;
use super::subject_key::subject_key;
use super::tables::{FORMAT, HEAD_BY_SUBJECT, HEAD_BY_SUBJECT_KEY, MESSAGE_BY_POSITION, META, last_position};
use crate::{LogError, Tenant};

/// Opens or makes the file and returns it with the last position.
pub(super) fn open(path: &Path, tenant: &Tenant, cache_bytes: usize) -> Result<(Database, u64), LogError> {
    make_file(path).map_err(|error| unavailable("making the embedded log's file", error))?;
    // redb promises an error for most damaged files, but not for all: it may panic instead.
    let opened = panic::catch_unwind(AssertUnwindSafe(|| {
        let database = Database::builder()
            .set_cache_size(cache_bytes)
            .create(path)
            .map_err(|error| open_error(path, error))?;
        check_meta(&database, tenant)?;
        let head = check_head(&database)?;
        Ok((database, head))
    }));
    opened
        .unwrap_or_else(|_| Err(LogError::Corrupt(format!("{} is not a readable log file", path.display()))))
}

/// Turns an error of redb into one of the log.
pub(super) fn fault(operation: &'static str, error: impl Into<redb::Error>) -> LogError {
    match error.into() {
        redb::Error::Corrupted(what) => LogError::Corrupt(what),
        other => unavailable(operation, other),
    }
}

fn unavailable(operation: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> LogError {
    LogError::Unavailable { operation, source: source.into() }
}

/// Makes the folder and an empty file that only its owner may read, if they are missing.
fn make_file(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.sync_all()?;
    // The entry in the folder must survive a power cut as surely as the first commit.
    File::open(folder)?.sync_all()
}

fn open_error(path: &Path, error: DatabaseError) -> LogError {
    let corrupt = |what: String| LogError::Corrupt(format!("{}: {what}", path.display()));
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            LogError::InUse(path.display().to_string())
        }
        DatabaseError::Storage(StorageError::Corrupted(what)) => corrupt(what),
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            corrupt(error.to_string())
        }
        DatabaseError::RepairAborted => corrupt("its repair was aborted".to_owned()),
        other => fault("opening the embedded log", other),
    }
}

/// Writes format and tenant into a new file, or compares them and brings an older file up to date.
fn check_meta(database: &Database, tenant: &Tenant) -> Result<(), LogError> {
    const OPERATION: &str = "reading the embedded log's format";
    let transaction = database.begin_write().map_err(|error| fault(OPERATION, error))?;
    {
        let mut meta = transaction.open_table(META).map_err(|error| fault(OPERATION, error))?;
        let find = |key: &str| -> Result<Option<String>, LogError> {
            let found = meta.get(key).map_err(|error| fault(OPERATION, error))?;
            Ok(found.map(|value| value.value().to_owned()))
        };
        match (find("format")?, find("tenant")?) {
            (Some(format), Some(owner)) => {
                let found = compare_meta(&format, &owner, tenant)?;
                if found == FORMAT {
                    return Ok(());
                }
                pack_heads(&transaction).map_err(|error| fault("upgrading the embedded log", error))?;
            }
            (None, None) => {}
            _ => {
                return Err(LogError::Corrupt("the file names a format or a tenant, not both".to_owned()));
            }
        }
        let format = FORMAT.to_string();
        meta.insert("format", format.as_str()).map_err(|error| fault(OPERATION, error))?;
        meta.insert("tenant", tenant.as_str()).map_err(|error| fault(OPERATION, error))?;
        transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| fault(OPERATION, error))?;
        transaction.open_table(HEAD_BY_SUBJECT_KEY).map_err(|error| fault(OPERATION, error))?;
    }
    transaction.commit().map_err(|error| fault(OPERATION, error))
}

/// From format 1 to 2: the heads move to packed keys. The rows stay as they are; those that are
/// written from now on are compressed.
fn pack_heads(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    {
        let old = transaction.open_table(HEAD_BY_SUBJECT)?;
        let mut new = transaction.open_table(HEAD_BY_SUBJECT_KEY)?;
        for entry in old.iter()? {
            let (subject, head) = entry?;
            new.insert(subject_key(subject.value()).as_slice(), head.value())?;
        }
    }
    transaction.delete_table(HEAD_BY_SUBJECT)?;
    Ok(())
}

/// The format of a file that may be opened.
fn compare_meta(format: &str, owner: &str, tenant: &Tenant) -> Result<u32, LogError> {
    let found: u32 =
        format.parse().map_err(|_| LogError::Corrupt(format!("{format:?} is not a format number")))?;
    if found > FORMAT {
        return Err(LogError::NewerFormat { found, supported: FORMAT });
    }
    if owner != tenant.as_str() {
        return Err(LogError::Misconfigured(format!(
            "the file holds the log of tenant {owner}, not of {tenant}"
        )));
    }
    Ok(found)
}

/// Checks, at a cost that does not grow with the log, that its end is where its length says and
/// closes a commit.
fn check_head(database: &Database) -> Result<u64, LogError> {
    const OPERATION: &str = "reading the embedded log's head";
    let transaction = database.begin_read().map_err(|error| fault(OPERATION, error))?;
    let messages = transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| fault(OPERATION, error))?;
    let head = last_position(&messages).map_err(|error| fault(OPERATION, error))?;
    let count = messages.len().map_err(|error| fault(OPERATION, error))?;
    if head != count {
        return Err(LogError::Corrupt(format!("the head is {head}, but there are {count} messages")));
    }
    if let Some(row) = messages.get(head).map_err(|error| fault(OPERATION, error))?
        && StoredRow::decode(head, row.value())?.writes_left != 0
    {
        return Err(LogError::Corrupt(format!("the last commit is torn at position {head}")));
    }
    Ok(head)
}
