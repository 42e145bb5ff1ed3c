//! Where the file of the embedded log is, and how it comes to be there.
//!
//! What a power cut leaves of a file that was being made cannot be told from a damaged log. So it is
//! made under another name, and gets its own when it is whole.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use itam_files::Temporary;
use redb::{Builder, Database, DatabaseError, StorageError};

use super::fault::fault;
use crate::LogError;

/// Where the bytes of the log are.
pub(super) enum LogPlace {
    /// In a file, which is locked against other processes.
    File(PathBuf),
    /// On a disk that loses its power.
    #[cfg(test)]
    Simulated(itam_tests::power::Disk),
}

impl LogPlace {
    /// Opens the file. If there is none it is made, and `prepare` fills it, before it is seen.
    pub(super) fn open(
        &self,
        builder: &Builder,
        prepare: impl FnOnce(&Database) -> Result<(), LogError>,
    ) -> Result<Database, LogError> {
        let prepare = |made: Result<Database, DatabaseError>| prepare(&made.map_err(|e| self.error(e))?);
        match self {
            Self::File(path) => {
                if !path.exists() {
                    make_file(path, |unfinished| prepare(builder.create(unfinished)))?;
                }
                itam_files::prepare(path).map_err(|error| self.error(StorageError::Io(error).into()))?;
                builder.create(path)
            }
            #[cfg(test)]
            Self::Simulated(disk) => super::power_cuts::open(disk, builder, prepare)?,
        }
        .map_err(|error| self.error(error))
    }

    pub(super) fn error(&self, error: DatabaseError) -> LogError {
        let corrupt = |what: String| LogError::Corrupt(format!("{self}: {what}"));
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
                LogError::InUse(self.to_string())
            }
            DatabaseError::Storage(StorageError::Corrupted(what)) => corrupt(what),
            DatabaseError::Storage(StorageError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                corrupt(error.to_string())
            }
            DatabaseError::RepairAborted => corrupt("its repair was aborted".to_owned()),
            other => fault("opening the embedded log", other),
        }
    }
}

impl fmt::Display for LogPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            #[cfg(test)]
            Self::Simulated(_) => formatter.write_str("the simulated disk"),
        }
    }
}

/// Makes the folder and a file that only its owner may read, in which `fill` puts what belongs
/// there. Processes that start at once take turns: the folder is locked meanwhile.
fn make_file(path: &Path, fill: impl FnOnce(&Path) -> Result<(), LogError>) -> Result<(), LogError> {
    let failed = |source: io::Error| LogError::Unavailable {
        operation: "making the embedded log's file",
        source: source.into(),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    itam_files::make_folder(folder).map_err(failed)?;
    let locked = File::open(folder).map_err(failed)?;
    locked.lock().map_err(failed)?;
    if path.exists() {
        return Ok(());
    }
    let unfinished = Temporary::beside(path).map_err(failed)?;
    fill(unfinished.path())?;
    // Durably: the entry in the folder must survive a power cut as surely as the first commit.
    unfinished.replace(path).map_err(failed)
}
