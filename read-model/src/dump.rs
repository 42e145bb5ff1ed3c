//! The canonical dump: two files that hold the same have the same hash, however they came to it.

use redb::{Key, ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, Value};
use sha2::{Digest, Sha256};

use crate::error::{ReadModelError, Result};
use crate::snapshot::{READING, Snapshot};
use crate::tables::{
    ASSET_BY_ORDER, ASSET_BY_ORDINAL, ASSET_BY_SERIAL, ASSET_BY_TAG, ASSET_BY_TOKEN, BLOCK_BY_FACET,
    CHRONICLE_BY_RUN, COUNTS_BY_AUDIT, DATED_BY_FACET, FINDING_BY_AUDIT, FINDING_BY_VERDICT, FORMER_KEY,
    ID_BY_ORDINAL, META_BY_NAME, OPEN_LINE_BY_DAY, ORDINAL_BY_ID, PARKED_BY_POSITION, POSITION_BY_SUBJECT,
    RECORD_BY_NAME, RECORD_BY_ORDINAL, RECORD_BY_STAGE, RECORD_BY_TOKEN, TOTAL_BY_GROUP, VERSION_BY_RECORD,
    VERSIONS_BY_ASSET,
};

/// Does something with every table, in the order of the canonical dump.
macro_rules! each_table {
    ($todo:ident($($argument:expr),*)) => {
        each_table!(@ $todo ($($argument),*)
            META_BY_NAME ORDINAL_BY_ID ID_BY_ORDINAL
            ASSET_BY_ORDINAL BLOCK_BY_FACET ASSET_BY_ORDER
            ASSET_BY_TAG ASSET_BY_SERIAL ASSET_BY_TOKEN
            RECORD_BY_ORDINAL RECORD_BY_NAME RECORD_BY_TOKEN
            RECORD_BY_STAGE OPEN_LINE_BY_DAY POSITION_BY_SUBJECT
            TOTAL_BY_GROUP PARKED_BY_POSITION VERSIONS_BY_ASSET
            VERSION_BY_RECORD CHRONICLE_BY_RUN FORMER_KEY
            DATED_BY_FACET FINDING_BY_AUDIT FINDING_BY_VERDICT
            COUNTS_BY_AUDIT
        )
    };
    (@ $todo:ident $arguments:tt $($table:ident)+) => {
        $(each_table!(# $todo $table $arguments);)+
    };
    (# $todo:ident $table:ident ($($argument:expr),*)) => {
        $todo($table, $($argument),*)?
    };
}

impl Snapshot {
    /// The SHA-256 over every row of every table in the order of its keys, checkpoint included.
    /// Reads the whole file.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn dump_hash(&self) -> Result<[u8; 32]> {
        hash(self.transaction())
    }

    /// What every table takes, in bytes, by its name: rows, keys and the pages around them. Reads
    /// every page.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn space(&self) -> Result<Vec<(String, u64)>> {
        let mut found = Vec::new();
        each_table!(weigh_table(self.transaction(), &mut found));
        Ok(found)
    }
}

/// The canonical hash of what a transaction sees.
pub(crate) fn hash(transaction: &ReadTransaction) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    each_table!(dump_table(transaction, &mut hash));
    Ok(hash.finalize().into())
}

fn weigh_table<K: Key + 'static, V: Value + 'static>(
    definition: TableDefinition<'static, K, V>,
    transaction: &ReadTransaction,
    found: &mut Vec<(String, u64)>,
) -> Result<()> {
    let table = transaction.open_table(definition).map_err(ReadModelError::store(READING))?;
    let stats = table.stats().map_err(ReadModelError::store(READING))?;
    let bytes = stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes();
    found.push((redb::TableHandle::name(&definition).to_owned(), bytes));
    Ok(())
}

fn dump_table<K: Key + 'static, V: Value + 'static>(
    definition: TableDefinition<'static, K, V>,
    transaction: &ReadTransaction,
    hash: &mut Sha256,
) -> Result<()> {
    hash.update(redb::TableHandle::name(&definition).as_bytes());
    let table = transaction.open_table(definition).map_err(ReadModelError::store(READING))?;
    for entry in table.iter().map_err(ReadModelError::store(READING))? {
        let (key, value) = entry.map_err(ReadModelError::store(READING))?;
        let (key, value) = (key.value(), value.value());
        let (key, value) = (K::as_bytes(&key), V::as_bytes(&value));
        for bytes in [key.as_ref(), value.as_ref()] {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
    Ok(())
}
