//! What a file says about itself: schema, tenant, checkpoint, ordinals given.

use chrono::{DateTime, Utc};
use itam_domain::AggregateKind;
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableError, WriteTransaction};
use sha2::{Digest, Sha256};

use crate::error::{ReadModelError, Result};
use crate::key::{Ordinal, SORTS};
use crate::tables::{META_BY_NAME, PARKED_BY_POSITION, SCHEMA_VERSION};

const READING: &str = "reading what the file says about itself";
const WRITING: &str = "writing what the file says about itself";

/// How far the log was applied, and the hash of the last message that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The position of the last message applied; 0 before the first.
    pub position: u64,
    /// The SHA-256 of that message's body; zeros before the first. If the log holds another
    /// message there, its history was rewritten.
    pub hash: [u8; 32],
}

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) schema: u32,
    pub(crate) catalog: [u8; 32],
    pub(crate) tenant: String,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) ordinals: [Ordinal; SORTS],
    /// How many events are parked; 0 in a file of another schema.
    pub(crate) parked: u64,
}

/// The hash of a message's body.
#[must_use]
pub fn message_hash(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// The hash of all event types that this build knows. A build that knows more may have to take in
/// what was parked, and so builds the file anew.
pub(crate) fn catalog() -> [u8; 32] {
    let mut hash = Sha256::new();
    for event_type in AggregateKind::ALL.iter().flat_map(|kind| kind.event_types()) {
        hash.update(event_type.name.as_bytes());
        hash.update(event_type.version.to_be_bytes());
    }
    hash.finalize().into()
}

/// Reads what a file says about itself; `None` if it holds no such table.
pub(crate) fn read_meta(transaction: &ReadTransaction) -> Result<Option<Meta>> {
    let table = match transaction.open_table(META_BY_NAME) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(ReadModelError::store(READING)(error)),
    };
    let value = |name: &str| {
        let found = table.get(name).map_err(ReadModelError::store(READING))?;
        let missing = || ReadModelError::Damaged(format!("the file does not say its {name}"));
        found.map(|value| value.value().to_vec()).ok_or_else(missing)
    };
    let tenant =
        String::from_utf8(value("tenant")?).map_err(|error| ReadModelError::Damaged(error.to_string()))?;
    let schema = u32::from_be_bytes(sized("schema", &value("schema")?)?);
    Ok(Some(Meta {
        schema,
        catalog: sized("catalog", &value("catalog")?)?,
        tenant,
        checkpoint: read_checkpoint(&value("checkpoint")?)?,
        ordinals: read_ordinals(&value("ordinals")?)?,
        parked: if schema == SCHEMA_VERSION { count_parked(transaction)? } else { 0 },
    }))
}

fn count_parked(transaction: &ReadTransaction) -> Result<u64> {
    let table = transaction.open_table(PARKED_BY_POSITION).map_err(ReadModelError::store(READING))?;
    table.len().map_err(ReadModelError::store(READING))
}

/// Writes what a new file says about itself.
pub(crate) fn write_meta(transaction: &WriteTransaction, tenant: &str) -> Result<()> {
    let mut table = transaction.open_table(META_BY_NAME).map_err(ReadModelError::store(WRITING))?;
    let (schema, catalog) = (SCHEMA_VERSION.to_be_bytes(), catalog());
    let values: [(&str, &[u8]); 3] =
        [("schema", &schema), ("catalog", &catalog), ("tenant", tenant.as_bytes())];
    for (name, value) in values {
        table.insert(name, value).map_err(ReadModelError::store(WRITING))?;
    }
    drop(table);
    write_checkpoint(transaction, Checkpoint::default(), &[0; SORTS])
}

/// Writes how far the log was applied.
pub(crate) fn write_checkpoint(
    transaction: &WriteTransaction,
    checkpoint: Checkpoint,
    ordinals: &[Ordinal; SORTS],
) -> Result<()> {
    let mut table = transaction.open_table(META_BY_NAME).map_err(ReadModelError::store(WRITING))?;
    let mut value = checkpoint.position.to_be_bytes().to_vec();
    value.extend_from_slice(&checkpoint.hash);
    table.insert("checkpoint", value.as_slice()).map_err(ReadModelError::store(WRITING))?;
    let next: Vec<u8> = ordinals.iter().flat_map(|next| next.to_be_bytes()).collect();
    table.insert("ordinals", next.as_slice()).map_err(ReadModelError::store(WRITING))?;
    Ok(())
}

/// Writes when the first thing happened, if the batch tells of an earlier one.
pub(crate) fn write_earliest(transaction: &WriteTransaction, earliest: Option<i64>) -> Result<()> {
    let Some(earliest) = earliest else {
        return Ok(());
    };
    let mut table = transaction.open_table(META_BY_NAME).map_err(ReadModelError::store(WRITING))?;
    let known = table.get("earliest").map_err(ReadModelError::store(WRITING))?;
    let known = known.map(|value| sized("earliest", value.value()).map(i64::from_be_bytes)).transpose()?;
    if known.is_none_or(|known| earliest < known) {
        let value = earliest.to_be_bytes();
        table.insert("earliest", value.as_slice()).map_err(ReadModelError::store(WRITING))?;
    }
    Ok(())
}

/// Reads when the first thing happened.
pub(crate) fn load_earliest(transaction: &ReadTransaction) -> Result<Option<DateTime<Utc>>> {
    let table = transaction.open_table(META_BY_NAME).map_err(ReadModelError::store(READING))?;
    let found = table.get("earliest").map_err(ReadModelError::store(READING))?;
    let millis = found.map(|value| sized("earliest", value.value()).map(i64::from_be_bytes)).transpose()?;
    Ok(millis.and_then(DateTime::from_timestamp_millis))
}

/// Reads only how far the log was applied.
pub(crate) fn load_checkpoint(transaction: &ReadTransaction) -> Result<Checkpoint> {
    let table = transaction.open_table(META_BY_NAME).map_err(ReadModelError::store(READING))?;
    let found = table.get("checkpoint").map_err(ReadModelError::store(READING))?;
    let missing = || ReadModelError::Damaged("the file has no checkpoint".to_owned());
    read_checkpoint(found.ok_or_else(missing)?.value())
}

fn read_checkpoint(value: &[u8]) -> Result<Checkpoint> {
    let (position, hash) = value.split_at_checked(8).unwrap_or_default();
    let position = u64::from_be_bytes(sized("checkpoint", position)?);
    Ok(Checkpoint { position, hash: sized("checkpoint", hash)? })
}

fn read_ordinals(value: &[u8]) -> Result<[Ordinal; SORTS]> {
    let (numbers, _) = value.as_chunks::<4>();
    let numbers: Vec<_> = numbers.iter().map(|bytes| Ordinal::from_be_bytes(*bytes)).collect();
    numbers.try_into().map_err(|_| ReadModelError::Damaged("the file's ordinals".to_owned()))
}

fn sized<const N: usize>(name: &str, value: &[u8]) -> Result<[u8; N]> {
    value
        .try_into()
        .map_err(|_| ReadModelError::Damaged(format!("the file's {name} has {} bytes", value.len())))
}
