//! Why a backup, a restore or a copy was refused or failed.

use std::path::PathBuf;

/// Why nothing, or not everything, was moved. Nothing that is unfinished is ever opened as whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    #[error("cannot use {path}")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{0} is there already: choose another name")]
    Exists(PathBuf),
    #[error("{0} is not a backup of itam")]
    NotABackup(PathBuf),
    #[error("the backup {path} has format {found}, this build reads up to {supported}: use a newer itam")]
    NewerFormat { path: PathBuf, found: u32, supported: u32 },
    #[error("the backup {path} is damaged, and nothing of it was restored: {what}")]
    Damaged { path: PathBuf, what: String },
    #[error("the backup belongs to the tenant {found}, not {wanted}: name it with --tenant")]
    OtherTenant { found: String, wanted: String },
    #[error("{0} is not empty: restore and copy write into empty places only")]
    NotEmpty(String),
    #[error("what is in the target already is not the beginning of this history: {0}")]
    OtherHistory(String),
    #[error("what was written is not what was read: {0}")]
    Differs(String),
    #[error("{0} stopped in the middle of the backup: {1}")]
    CutOff(String, String),
}
