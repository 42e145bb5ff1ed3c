//! What can go wrong with the read model.

use std::path::PathBuf;

/// Why the read model could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelError {
    /// There is no file to read yet: the projector has not made one, or is repairing it.
    #[error("the read model {} is not there yet: the projector has to build or repair it", .0.display())]
    NotBuilt(PathBuf),
    /// The store under it failed.
    #[error("the read model failed while {operation}")]
    Store {
        /// What was tried.
        operation: &'static str,
        /// What redb says.
        #[source]
        source: Box<redb::Error>,
    },
    /// The file system failed.
    #[error("{operation} {} failed", path.display())]
    File {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A row does not hold what a row of its table holds.
    #[error("the read model is damaged: {0}")]
    Damaged(String),
    /// A newer build wrote the file.
    #[error("the read model {} has schema {found}, this build knows up to {known}: use a newer itam", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The schema found.
        found: u32,
        /// The newest schema of this build.
        known: u32,
    },
    /// A build that knows more types of events wrote the file.
    #[error(
        "the read model {} was built by an itam that knows {found}, which this build does not: use a newer itam",
        path.display()
    )]
    NewerEvents {
        /// The file.
        path: PathBuf,
        /// The first type and version that is not known here.
        found: String,
    },
    /// Another process writes it.
    #[error("the read model {} is written by another process", .0.display())]
    InUse(PathBuf),
    /// An event came out of order.
    #[error("position {found} was given where {expected} has to follow")]
    Gap {
        /// The position that has to follow.
        expected: u64,
        /// The position given.
        found: u64,
    },
    /// A cursor that no page of this list gave out.
    #[error("the cursor does not belong to this list")]
    Cursor,
}

/// What most of the read model tries.
pub(crate) const READING: &str = "reading the read model";
/// What the writer tries.
pub(crate) const WRITING: &str = "writing the read model";

/// Files an error of redb under what was tried.
pub(crate) trait During<T> {
    fn during(self, operation: &'static str) -> Result<T>;
}

impl<T, E: Into<redb::Error>> During<T> for std::result::Result<T, E> {
    fn during(self, operation: &'static str) -> Result<T> {
        self.map_err(|error| ReadModelError::Store { operation, source: Box::new(error.into()) })
    }
}

impl ReadModelError {
    /// Whether the disk failed, such as for want of space: opening the file again may help, and
    /// until then it takes nothing.
    #[must_use]
    pub fn is_disk_failure(&self) -> bool {
        match self {
            Self::File { .. } => true,
            Self::Store { source, .. } => {
                matches!(**source, redb::Error::Io(_) | redb::Error::PreviousIo) && !is_cut(source)
            }
            _ => false,
        }
    }

    /// Whether there is no file where one should be.
    pub(crate) fn is_missing(&self) -> bool {
        let Self::Store { source, .. } = self else {
            return false;
        };
        matches!(&**source, redb::Error::Io(error) if error.kind() == std::io::ErrorKind::NotFound)
    }

    /// Whether a newer build wrote the file.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::NewerSchema { .. } | Self::NewerEvents { .. })
    }

    /// Whether the file itself is to blame, so that building it anew helps.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Store { source, .. } => {
                is_cut(source)
                    || matches!(
                        **source,
                        redb::Error::Corrupted(_)
                            | redb::Error::UpgradeRequired(_)
                            | redb::Error::RepairAborted
                            | redb::Error::TableDoesNotExist(_)
                            | redb::Error::TableTypeMismatch { .. }
                    )
            }
            Self::NotBuilt(_)
            | Self::File { .. }
            | Self::NewerSchema { .. }
            | Self::NewerEvents { .. }
            | Self::InUse(_)
            | Self::Gap { .. }
            | Self::Cursor => false,
        }
    }
}

/// Whether the file ends before what it says that it holds, or holds what cannot be.
fn is_cut(error: &redb::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    matches!(error, redb::Error::Io(error) if matches!(error.kind(), UnexpectedEof | InvalidData))
}

/// The result of reading or writing the read model.
pub type Result<T> = std::result::Result<T, ReadModelError>;
