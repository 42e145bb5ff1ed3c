//! The canonical dump: two files that hold the same have the same hash, however they came to it.

use redb::{Key, ReadTransaction, ReadableTable, TableDefinition, Value};
use sha2::{Digest, Sha256};

use crate::error::{ReadModelError, Result};
use crate::snapshot::{READING, Snapshot};
use crate::tables::{
    ASSET_BY_ORDER, ASSET_BY_ORDINAL, ASSET_BY_SERIAL, ASSET_BY_TAG, ASSET_BY_TOKEN, BLOCK_BY_FACET,
    DATED_BY_FACET, FORMER_KEY, ID_BY_ORDINAL, LEDGER_BY_RUN, META_BY_NAME, OPEN_LINE_BY_DAY, ORDINAL_BY_ID,
    PARKED_BY_POSITION, POSITION_BY_SUBJECT, RECORD_BY_NAME, RECORD_BY_ORDINAL, RECORD_BY_STAGE,
    RECORD_BY_TOKEN, TOTAL_BY_GROUP, VERSION_BY_RECORD, VERSIONS_BY_ASSET,
};

impl Snapshot {
    /// The SHA-256 over every row of every table in the order of its keys, checkpoint included.
    /// Reads the whole file.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn dump_hash(&self) -> Result<[u8; 32]> {
        hash(self.transaction())
    }
}

/// The canonical hash of what a transaction sees.
pub(crate) fn hash(transaction: &ReadTransaction) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    dump_table(transaction, META_BY_NAME, &mut hash)?;
    dump_table(transaction, ORDINAL_BY_ID, &mut hash)?;
    dump_table(transaction, ID_BY_ORDINAL, &mut hash)?;
    dump_table(transaction, ASSET_BY_ORDINAL, &mut hash)?;
    dump_table(transaction, BLOCK_BY_FACET, &mut hash)?;
    dump_table(transaction, ASSET_BY_ORDER, &mut hash)?;
    dump_table(transaction, ASSET_BY_TAG, &mut hash)?;
    dump_table(transaction, ASSET_BY_SERIAL, &mut hash)?;
    dump_table(transaction, ASSET_BY_TOKEN, &mut hash)?;
    dump_table(transaction, RECORD_BY_ORDINAL, &mut hash)?;
    dump_table(transaction, RECORD_BY_NAME, &mut hash)?;
    dump_table(transaction, RECORD_BY_TOKEN, &mut hash)?;
    dump_table(transaction, RECORD_BY_STAGE, &mut hash)?;
    dump_table(transaction, OPEN_LINE_BY_DAY, &mut hash)?;
    dump_table(transaction, POSITION_BY_SUBJECT, &mut hash)?;
    dump_table(transaction, TOTAL_BY_GROUP, &mut hash)?;
    dump_table(transaction, PARKED_BY_POSITION, &mut hash)?;
    dump_table(transaction, VERSIONS_BY_ASSET, &mut hash)?;
    dump_table(transaction, VERSION_BY_RECORD, &mut hash)?;
    dump_table(transaction, LEDGER_BY_RUN, &mut hash)?;
    dump_table(transaction, FORMER_KEY, &mut hash)?;
    dump_table(transaction, DATED_BY_FACET, &mut hash)?;
    Ok(hash.finalize().into())
}

fn dump_table<K: Key + 'static, V: Value + 'static>(
    transaction: &ReadTransaction,
    definition: TableDefinition<'static, K, V>,
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
