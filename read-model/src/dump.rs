//! The canonical dump: two files that hold the same have the same hash, however they came to it.

use redb::{Key, ReadableTable, TableDefinition, Value};
use sha2::{Digest, Sha256};

use crate::error::{ReadModelError, Result};
use crate::snapshot::{READING, Snapshot};
use crate::tables::{
    ASSET_BY_FACET, ASSET_BY_ORDER, ASSET_BY_ORDINAL, ASSET_BY_SERIAL, ASSET_BY_TAG, ASSET_BY_TOKEN,
    ID_BY_ORDINAL, META_BY_NAME, OPEN_LINE_BY_DAY, ORDINAL_BY_ID, PARKED_BY_POSITION, POSITION_BY_SUBJECT,
    RECORD_BY_NAME, RECORD_BY_ORDINAL, RECORD_BY_STAGE, RECORD_BY_TOKEN, TOTAL_BY_GROUP,
};

impl Snapshot {
    /// The SHA-256 over every row of every table in the order of its keys, checkpoint included.
    /// Reads the whole file.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn dump_hash(&self) -> Result<[u8; 32]> {
        let mut hash = Sha256::new();
        self.dump_table(META_BY_NAME, &mut hash)?;
        self.dump_table(ORDINAL_BY_ID, &mut hash)?;
        self.dump_table(ID_BY_ORDINAL, &mut hash)?;
        self.dump_table(ASSET_BY_ORDINAL, &mut hash)?;
        self.dump_table(ASSET_BY_FACET, &mut hash)?;
        self.dump_table(ASSET_BY_ORDER, &mut hash)?;
        self.dump_table(ASSET_BY_TAG, &mut hash)?;
        self.dump_table(ASSET_BY_SERIAL, &mut hash)?;
        self.dump_table(ASSET_BY_TOKEN, &mut hash)?;
        self.dump_table(RECORD_BY_ORDINAL, &mut hash)?;
        self.dump_table(RECORD_BY_NAME, &mut hash)?;
        self.dump_table(RECORD_BY_TOKEN, &mut hash)?;
        self.dump_table(RECORD_BY_STAGE, &mut hash)?;
        self.dump_table(OPEN_LINE_BY_DAY, &mut hash)?;
        self.dump_table(POSITION_BY_SUBJECT, &mut hash)?;
        self.dump_table(TOTAL_BY_GROUP, &mut hash)?;
        self.dump_table(PARKED_BY_POSITION, &mut hash)?;
        Ok(hash.finalize().into())
    }

    fn dump_table<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
        hash: &mut Sha256,
    ) -> Result<()> {
        let name = redb::TableHandle::name(&definition);
        hash.update(name.as_bytes());
        for entry in self.table(definition)?.iter().map_err(ReadModelError::store(READING))? {
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
}
