//! What a file says about itself: schema, tenant, checkpoint, ordinals given.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableError, WriteTransaction};
use sha2::{Digest, Sha256};

use crate::store::catalog::Catalog;
use crate::store::error::{During, ReadModelError, Result};
use crate::store::key::Ordinal;
use crate::store::layout::Layout;
use crate::store::tables::{META_BY_NAME, PARKED_BY_POSITION};

const READING: &str = "reading what the file says about itself";
const WRITING: &str = "writing what the file says about itself";
/// The bytes of one sort's next ordinal: its code and the number.
const NEXT_ORDINAL: usize = 5;

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
pub(crate) enum FileMeta {
    /// It has this build's schema.
    Readable(Meta),
    /// It has another schema, which says how all the rest is to be read.
    OfSchema(u32),
}

/// What a file of this build's schema says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) catalog: Catalog,
    pub(crate) tenant: String,
    pub(crate) checkpoint: Checkpoint,
    /// The next ordinal of each sort of thing, by its code: of as many sorts as the writer knew.
    pub(crate) ordinals: BTreeMap<u8, Ordinal>,
    /// How many events are parked.
    pub(crate) parked: u64,
}

impl Meta {
    /// What a new file of a tenant says.
    pub(crate) fn of_new(layout: &Layout, tenant: &str) -> Self {
        Self {
            catalog: Catalog::of(layout.reads),
            tenant: tenant.to_owned(),
            checkpoint: Checkpoint::default(),
            ordinals: BTreeMap::new(),
            parked: 0,
        }
    }
}

/// The hash of a message's body.
#[must_use]
pub fn message_hash(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// Reads what a file says about itself; `None` if it holds no such table. The schema is read before all
/// else: of a file of another one nothing more is known.
pub(crate) fn read_meta(layout: &Layout, transaction: &ReadTransaction) -> Result<Option<FileMeta>> {
    let table = match transaction.open_table(META_BY_NAME) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        opened => opened.during(READING)?,
    };
    let value = |name: &str| {
        let found = table.get(name).during(READING)?;
        let missing = || ReadModelError::Damaged(format!("the file does not say its {name}"));
        found.map(|value| value.value().to_vec()).ok_or_else(missing)
    };
    let schema = u32::from_be_bytes(sized("schema", &value("schema")?)?);
    if schema != layout.schema {
        return Ok(Some(FileMeta::OfSchema(schema)));
    }
    Ok(Some(FileMeta::Readable(Meta {
        catalog: Catalog::decode(&value("catalog")?)?,
        tenant: text("tenant", value("tenant")?)?,
        checkpoint: read_checkpoint(&value("checkpoint")?)?,
        ordinals: read_ordinals(&value("ordinals")?)?,
        parked: count_parked(transaction)?,
    })))
}

/// Only the register parks events.
fn count_parked(transaction: &ReadTransaction) -> Result<u64> {
    match transaction.open_table(PARKED_BY_POSITION) {
        Err(TableError::TableDoesNotExist(_)) => Ok(0),
        opened => opened.during(READING)?.len().during(READING),
    }
}

/// Writes what a new file says about itself.
pub(crate) fn write_meta(layout: &Layout, transaction: &WriteTransaction, meta: &Meta) -> Result<()> {
    let mut table = transaction.open_table(META_BY_NAME).during(WRITING)?;
    let (schema, catalog) = (layout.schema.to_be_bytes(), meta.catalog.encode());
    let values: [(&str, &[u8]); 3] =
        [("schema", &schema), ("catalog", &catalog), ("tenant", meta.tenant.as_bytes())];
    for (name, value) in values {
        table.insert(name, value).during(WRITING)?;
    }
    drop(table);
    write_checkpoint(transaction, meta.checkpoint, &meta.ordinals)
}

/// Notes that a file holds all that this build would have made of the log so far.
pub(crate) fn write_catalog(layout: &Layout, transaction: &WriteTransaction) -> Result<()> {
    let mut table = transaction.open_table(META_BY_NAME).during(WRITING)?;
    let catalog = Catalog::of(layout.reads).encode();
    table.insert("catalog", catalog.as_slice()).during(WRITING)?;
    Ok(())
}

/// Writes how far the log was applied.
pub(crate) fn write_checkpoint(
    transaction: &WriteTransaction,
    checkpoint: Checkpoint,
    ordinals: &BTreeMap<u8, Ordinal>,
) -> Result<()> {
    let mut table = transaction.open_table(META_BY_NAME).during(WRITING)?;
    let mut value = checkpoint.position.to_be_bytes().to_vec();
    value.extend_from_slice(&checkpoint.hash);
    table.insert("checkpoint", value.as_slice()).during(WRITING)?;
    let mut next = Vec::with_capacity(ordinals.len() * NEXT_ORDINAL);
    for (sort, ordinal) in ordinals {
        next.push(*sort);
        next.extend_from_slice(&ordinal.to_be_bytes());
    }
    table.insert("ordinals", next.as_slice()).during(WRITING)?;
    Ok(())
}

/// Writes when the first thing happened, if the batch tells of an earlier one.
pub(crate) fn write_earliest(transaction: &WriteTransaction, earliest: Option<i64>) -> Result<()> {
    let Some(earliest) = earliest else {
        return Ok(());
    };
    let mut table = transaction.open_table(META_BY_NAME).during(WRITING)?;
    let known = table.get("earliest").during(WRITING)?;
    let known = known.map(|value| sized("earliest", value.value()).map(i64::from_be_bytes)).transpose()?;
    if known.is_none_or(|known| earliest < known) {
        let value = earliest.to_be_bytes();
        table.insert("earliest", value.as_slice()).during(WRITING)?;
    }
    Ok(())
}

/// Writes up to which position something changed for each projection, in their order.
pub(crate) fn write_projected(transaction: &WriteTransaction, projected: &[u64]) -> Result<()> {
    let mut table = transaction.open_table(META_BY_NAME).during(WRITING)?;
    let value: Vec<u8> = projected.iter().flat_map(|position| position.to_be_bytes()).collect();
    table.insert("projected", value.as_slice()).during(WRITING)?;
    Ok(())
}

/// Reads up to which position something changed for each projection; nothing of those that the file's
/// builder did not know.
pub(crate) fn load_projected<const N: usize>(transaction: &ReadTransaction) -> Result<[u64; N]> {
    let table = transaction.open_table(META_BY_NAME).during(READING)?;
    let value = table.get("projected").during(READING)?;
    let value = value.map(|value| value.value().to_vec()).unwrap_or_default();
    let (positions, _) = value.as_chunks::<8>();
    Ok(std::array::from_fn(|index| positions.get(index).map_or(0, |bytes| u64::from_be_bytes(*bytes))))
}

/// Reads when the first thing happened.
pub(crate) fn load_earliest(transaction: &ReadTransaction) -> Result<Option<DateTime<Utc>>> {
    let table = transaction.open_table(META_BY_NAME).during(READING)?;
    let found = table.get("earliest").during(READING)?;
    let millis = found.map(|value| sized("earliest", value.value()).map(i64::from_be_bytes)).transpose()?;
    Ok(millis.and_then(DateTime::from_timestamp_millis))
}

/// Reads only how far the log was applied.
pub(crate) fn load_checkpoint(transaction: &ReadTransaction) -> Result<Checkpoint> {
    let table = transaction.open_table(META_BY_NAME).during(READING)?;
    let found = table.get("checkpoint").during(READING)?;
    let missing = || ReadModelError::Damaged("the file has no checkpoint".to_owned());
    read_checkpoint(found.ok_or_else(missing)?.value())
}

fn read_checkpoint(value: &[u8]) -> Result<Checkpoint> {
    let (position, hash) = value.split_at_checked(8).unwrap_or_default();
    let position = u64::from_be_bytes(sized("checkpoint", position)?);
    Ok(Checkpoint { position, hash: sized("checkpoint", hash)? })
}

fn read_ordinals(value: &[u8]) -> Result<BTreeMap<u8, Ordinal>> {
    let (entries, rest) = value.as_chunks::<NEXT_ORDINAL>();
    if !rest.is_empty() {
        return Err(ReadModelError::Damaged(format!("the file's ordinals have {} bytes", value.len())));
    }
    Ok(entries.iter().map(|[sort, next @ ..]| (*sort, Ordinal::from_be_bytes(*next))).collect())
}

fn text(name: &str, value: Vec<u8>) -> Result<String> {
    String::from_utf8(value).map_err(|error| ReadModelError::Damaged(format!("the file's {name}: {error}")))
}

fn sized<const N: usize>(name: &str, value: &[u8]) -> Result<[u8; N]> {
    value
        .try_into()
        .map_err(|_| ReadModelError::Damaged(format!("the file's {name} has {} bytes", value.len())))
}
