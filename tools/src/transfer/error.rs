//! Why a backup, a restore or a copy was refused or failed.

use std::path::PathBuf;

/// Why nothing, or not everything, was moved. Nothing that is unfinished is ever opened as whole.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A file cannot be used.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file to be written is there already.
    #[error("{0} is there already: choose another name")]
    Exists(PathBuf),
    /// The file is something else.
    #[error("{0} is not a backup of itam")]
    NotABackup(PathBuf),
    /// A newer build has made the backup.
    #[error("the backup {path} has format {found}, this build reads up to {supported}: use a newer itam")]
    NewerFormat {
        /// Which.
        path: PathBuf,
        /// What was found.
        found: u32,
        /// What this build knows.
        supported: u32,
    },
    /// The backup is not as it was written.
    #[error("the backup {path} is damaged, and nothing of it was restored: {what}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The backup is another tenant's.
    #[error("the backup belongs to the tenant {found}, not {wanted}: name it with --tenant")]
    OtherTenant {
        /// What was found.
        found: String,
        /// What was wanted.
        wanted: String,
    },
    /// The target is to be filled, and is not empty.
    #[error("{0} is not empty: restore and copy write into empty places only")]
    NotEmpty(String),
    /// The target holds another history.
    #[error("what is in the target already is not the beginning of this history: {0}")]
    OtherHistory(String),
    /// What is in the target is not what was read.
    #[error("what was written is not what was read: {0}")]
    Differs(String),
    /// The service stopped sending.
    #[error("{0} stopped in the middle of the backup: {1}")]
    CutOff(String, String),
}
