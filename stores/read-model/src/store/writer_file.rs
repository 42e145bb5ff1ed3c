//! The file that a writer writes.

use std::sync::Arc;

use redb::{Database, Durability, ReadTransaction, ReadableDatabase, WriteTransaction};

use crate::store::error::{During, ReadModelError, Result, WRITING};
use crate::store::generation::{DatabaseHandle, Files, Pointer};
use crate::store::open_file::Generation;
use crate::store::options::{ReadModelOptions, Sharing};

/// The file that a writer writes.
pub(crate) enum WriterFile {
    /// The one that is read.
    Live(Arc<Generation>),
    /// One that is being built beside it.
    Apart(Database),
}

impl WriterFile {
    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::Live(_))
    }

    /// Begins a transaction that is on the disk when it has committed, or soon after.
    pub(crate) fn begin_write(&self, durability: Durability) -> Result<WriteTransaction> {
        let mut transaction = self.database()?.begin_write().during(WRITING)?;
        transaction.set_durability(durability).during(WRITING)?;
        // What a killed projector leaves needs no repair of its free space. A file that is built
        // apart is thrown away when its builder dies.
        transaction.set_quick_repair(self.is_live());
        Ok(transaction)
    }

    pub(crate) fn begin_read(&self) -> Result<ReadTransaction> {
        self.database()?.begin_read().during(WRITING)
    }

    fn database(&self) -> Result<&Database> {
        match self {
            Self::Apart(database) => Ok(database),
            Self::Live(generation) => match generation.handle() {
                DatabaseHandle::Shared(database) => Ok(database),
                DatabaseHandle::Following(_) => {
                    Err(ReadModelError::Damaged("a writer on a reader's handle".to_owned()))
                }
            },
        }
    }
}

/// A file that was built apart, as others in this process and on this host may read it from now on.
pub(crate) fn open_to_readers(
    database: Database,
    files: Files<'_>,
    pointer: Pointer,
    options: ReadModelOptions,
) -> Result<Arc<Generation>> {
    let database = match options.sharing {
        Sharing::Alone => database,
        Sharing::Followed => {
            database.close().during(WRITING)?;
            files.open_again(pointer.generation, options)?
        }
    };
    Ok(Arc::new(Generation::new(pointer, DatabaseHandle::Shared(database))))
}
