//! What can go wrong with the read model.

use std::path::PathBuf;

/// Why the read model could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelError {
    /// There is no file to read yet: the projector has not made one, or is repairing it.
    #[error("the read model in {} is not there yet: the projector has to build or repair it", .0.display())]
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

impl ReadModelError {
    /// Makes a function that files a redb error under what was tried.
    pub(crate) fn store<E: Into<redb::Error>>(operation: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Store { operation, source: Box::new(error.into()) }
    }

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
