//! What is done with any table, whatever its keys and values are.

use redb::{
    Key, ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, TableHandle, Value,
    WriteTransaction,
};
use sha2::{Digest, Sha256};

use crate::store::error::{During, READING, Result, WRITING};

/// A table of the file.
pub(crate) trait Table: Sync {
    /// What the file calls it.
    fn name(&self) -> &str;
    /// Makes it, empty.
    fn create(&self, transaction: &WriteTransaction) -> Result<()>;
    /// Hashes its name and every row, in the order of the keys.
    fn dump(&self, transaction: &ReadTransaction, hash: &mut Sha256) -> Result<()>;
    /// The bytes that it takes: rows, keys and the pages around them.
    fn weigh(&self, transaction: &ReadTransaction) -> Result<u64>;
}

impl<K: Key + Sync + 'static, V: Value + Sync + 'static> Table for TableDefinition<'static, K, V> {
    fn name(&self) -> &str {
        TableHandle::name(self)
    }

    fn create(&self, transaction: &WriteTransaction) -> Result<()> {
        transaction.open_table(*self).during(WRITING).map(drop)
    }

    fn dump(&self, transaction: &ReadTransaction, hash: &mut Sha256) -> Result<()> {
        hash.update(Table::name(self).as_bytes());
        let table = transaction.open_table(*self).during(READING)?;
        for entry in table.iter().during(READING)? {
            let (key, value) = entry.during(READING)?;
            let (key, value) = (key.value(), value.value());
            let (key, value) = (K::as_bytes(&key), V::as_bytes(&value));
            for bytes in [key.as_ref(), value.as_ref()] {
                hash.update((bytes.len() as u64).to_be_bytes());
                hash.update(bytes);
            }
        }
        Ok(())
    }

    fn weigh(&self, transaction: &ReadTransaction) -> Result<u64> {
        let stats = transaction.open_table(*self).during(READING)?.stats().during(READING)?;
        Ok(stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes())
    }
}
