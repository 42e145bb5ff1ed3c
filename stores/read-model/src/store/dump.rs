//! The canonical dump: two files that hold the same have the same hash, however they came to it.

use redb::ReadTransaction;
use sha2::{Digest, Sha256};

use crate::store::error::Result;
use crate::store::layout::Layout;
use crate::store::snapshot::Snapshot;
use crate::store::tables::REGISTER;

impl Snapshot {
    /// The SHA-256 over every row of every table in the order of its keys, checkpoint included.
    /// Reads the whole file.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn dump_hash(&self) -> Result<[u8; 32]> {
        hash(&REGISTER, self.transaction())
    }

    /// What every table takes, in bytes, by its name: rows, keys and the pages around them. Reads
    /// every page.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn space(&self) -> Result<Vec<(String, u64)>> {
        weigh(&REGISTER, self.transaction())
    }
}

/// What every table of a read model takes, in bytes, by its name.
pub(crate) fn weigh(layout: &Layout, transaction: &ReadTransaction) -> Result<Vec<(String, u64)>> {
    layout.tables.iter().map(|table| Ok((table.name().to_owned(), table.weigh(transaction)?))).collect()
}

/// The canonical hash of what a transaction sees of a read model.
pub(crate) fn hash(layout: &Layout, transaction: &ReadTransaction) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    for table in layout.tables {
        table.dump(transaction, &mut hash)?;
    }
    Ok(hash.finalize().into())
}
