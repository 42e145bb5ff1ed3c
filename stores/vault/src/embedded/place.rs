//! Where the people's file is, and how one takes the place of another.
//!
//! A new file is made under another name, and gets its own when it is whole: what a power cut leaves
//! of a file that was being made cannot be told from a damaged one. Nobody makes it at the same
//! time: whoever opens the vault has the log, which is locked.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use itam_files::FileAccess;
use redb::{Builder, Database, DatabaseError, StorageError};

use super::file::remove_if_there;

/// Where the people's file is.
pub(super) enum VaultPlace {
    /// In a folder.
    File(PathBuf),
    /// On a disk that loses its power.
    #[cfg(test)]
    Simulated(itam_tests::power::Disk),
}

impl VaultPlace {
    /// Whether there is a file.
    pub(super) fn is_made(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            #[cfg(test)]
            Self::Simulated(disk) => disk.has(super::power_cuts::NAME),
        }
    }

    /// Opens the file, which only its owner may read.
    pub(super) fn open(&self) -> Result<Database, DatabaseError> {
        match self {
            Self::File(path) => open_file(path),
            #[cfg(test)]
            Self::Simulated(disk) => {
                super::simulated_disk::open(disk, &Builder::new(), super::power_cuts::NAME)
            }
        }
    }

    /// Makes an empty file beside it.
    pub(super) fn make_successor(&self) -> Result<Database, DatabaseError> {
        self.remove_successor().map_err(StorageError::Io)?;
        match self {
            // Its name is known, so that what a crash left of it is found: it may hold who was erased.
            Self::File(path) => with_file(
                itam_files::create_new(&path.with_extension("rewritten")).map_err(StorageError::Io)?,
            ),
            #[cfg(test)]
            Self::Simulated(disk) => {
                super::simulated_disk::open(disk, &Builder::new(), super::power_cuts::SUCCESSOR)
            }
        }
    }

    /// Removes what a crash left of one.
    pub(super) fn remove_successor(&self) -> io::Result<()> {
        match self {
            Self::File(path) => remove_if_there(&path.with_extension("rewritten")),
            #[cfg(test)]
            Self::Simulated(disk) => disk.remove_if_there(super::power_cuts::SUCCESSOR),
        }
    }

    /// Puts the successor in its place, durably. Whoever has it open goes on with it.
    pub(super) fn succeed(&self) -> io::Result<()> {
        match self {
            Self::File(path) => itam_files::rename_durably(&path.with_extension("rewritten"), path),
            #[cfg(test)]
            Self::Simulated(disk) => disk.rename(super::power_cuts::SUCCESSOR, super::power_cuts::NAME),
        }
    }

    /// What to call it in an error.
    pub(super) fn name(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            #[cfg(test)]
            Self::Simulated(_) => PathBuf::from(super::power_cuts::NAME),
        }
    }
}

fn open_file(path: &Path) -> Result<Database, DatabaseError> {
    with_file(itam_files::open_private(path, FileAccess::ReadWrite).map_err(StorageError::Io)?)
}

fn with_file(file: File) -> Result<Database, DatabaseError> {
    Builder::new().create_with_backend(redb::backends::FileBackend::new(file)?)
}
