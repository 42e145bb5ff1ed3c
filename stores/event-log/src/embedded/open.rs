//! Opening the file of the embedded log: making it, or checking that it is what it should be.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use redb::{
    Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    WriteTransaction,
};

use super::fault::fault;
use super::place::LogPlace;
use super::row::StoredRow;
use super::subject_key::subject_key;
use super::tables::{FORMAT, HEAD_BY_SUBJECT, HEAD_BY_SUBJECT_KEY, MESSAGE_BY_POSITION, META, last_position};
use crate::{LogError, Tenant};

/// Opens or makes the file and returns it with the last position.
pub(super) fn open(
    place: &LogPlace,
    tenant: &Tenant,
    cache_bytes: usize,
) -> Result<(Database, u64), LogError> {
    // redb promises an error for most damaged files, but not for all: it may panic instead.
    let opened = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut builder = Database::builder();
        builder.set_cache_size(cache_bytes);
        let database = place.open(&builder, |made| check_meta(made, tenant))?;
        check_meta(&database, tenant)?;
        let head = check_head(&database)?;
        Ok((database, head))
    }));
    opened.unwrap_or_else(|_| Err(LogError::Corrupt(format!("{place} is not a readable log file"))))
}

/// Opens a file that nobody writes, for reading alone, and returns it with the last position.
pub(super) fn open_for_reading(
    path: &Path,
    tenant: &Tenant,
    cache_bytes: usize,
) -> Result<(ReadOnlyDatabase, u64), LogError> {
    if !path.exists() {
        return Err(LogError::Misconfigured(format!("there is no embedded log {}", path.display())));
    }
    let place = LogPlace::File(path.to_owned());
    let opened = panic::catch_unwind(AssertUnwindSafe(|| {
        let database = Database::builder().set_cache_size(cache_bytes).open_read_only(path);
        let database = database.map_err(|error| match error {
            // Mending it would write, and an auditor's tool does not.
            DatabaseError::RepairAborted => LogError::Misconfigured(format!(
                "{place} was not closed properly: start itam on it once and stop it again"
            )),
            other => place.error(other),
        })?;
        read_meta(&database, tenant)?;
        let head = check_head(&database)?;
        Ok((database, head))
    }));
    opened.unwrap_or_else(|_| Err(LogError::Corrupt(format!("{place} is not a readable log file"))))
}

/// Compares format and tenant of a file that is only read.
fn read_meta(database: &ReadOnlyDatabase, tenant: &Tenant) -> Result<(), LogError> {
    const OPERATION: &str = "reading the embedded log's format";
    let transaction = database.begin_read().map_err(|error| fault(OPERATION, error))?;
    let meta = transaction.open_table(META).map_err(|error| fault(OPERATION, error))?;
    let find = |key: &str| -> Result<String, LogError> {
        let found = meta.get(key).map_err(|error| fault(OPERATION, error))?;
        let missing = || LogError::Corrupt(format!("the file does not say its {key}"));
        found.map(|value| value.value().to_owned()).ok_or_else(missing)
    };
    if compare_meta(&find("format")?, &find("tenant")?, tenant)? < FORMAT {
        return Err(LogError::Misconfigured(
            "the file is of an older format: start itam on it once, which brings it up to date".to_owned(),
        ));
    }
    Ok(())
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
fn check_head(database: &impl ReadableDatabase) -> Result<u64, LogError> {
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
