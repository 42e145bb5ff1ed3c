//! A redb file on a simulated disk that loses its power: for the tests of the log and of the vault, which include this
//! file, since the harness knows no redb.

use itam_tests::power::{Disk, DiskFile};
use redb::{Builder, Database, DatabaseError, StorageBackend, StorageError};

#[derive(Debug)]
struct Backend(DiskFile);

impl StorageBackend for Backend {
    fn len(&self) -> std::io::Result<u64> {
        self.0.length()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.0.resize(len)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.0.write(offset, data)
    }
}

/// Opens a file on a simulated disk, or makes it.
pub(super) fn open(disk: &Disk, builder: &Builder, name: &str) -> Result<Database, DatabaseError> {
    let file = disk.open(name).map_err(StorageError::Io)?;
    builder.create_with_backend(Backend(file))
}
