//! Why a data directory cannot be used.

use std::io;
use std::path::PathBuf;

use itam_files::FolderError;

use super::FORMAT;

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// A file in it cannot be used.
    #[error("cannot use {path} in the data directory")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others may write in it, or there is a link in it.
    #[error("the data directory is not safe to use")]
    NotPrivate(#[from] FolderError),
    /// Its label cannot be read.
    #[error("{0} is not readable as the label of a data directory: restore it, or choose another directory")]
    Label(PathBuf),
    /// A newer build has made it.
    #[error(
        "the data directory {path} has format {found}, this build knows up to {FORMAT}: use a newer itam"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// What was found.
        found: u32,
    },
    /// It is the folder of a replay.
    #[error("{0} holds a register of the past that `itam audit replay` built: choose another data directory")]
    Historic(PathBuf),
    /// No service has used it.
    #[error(
        "{0} is no data directory of itam: name the one of the service with --data, or its NATS servers with --nats"
    )]
    NoDataDir(PathBuf),
    /// There is no embedded log in it.
    #[error("there is no embedded log in {0}")]
    NoLog(PathBuf),
    /// It is to be filled, and is not empty.
    #[error("the data directory {0} is not empty: restore and copy write into empty places only")]
    NotEmpty(PathBuf),
    /// Its filling was cut short.
    #[error(
        "the data directory {0} holds half of what was to be restored or copied into it: run that again, \
         or remove the directory"
    )]
    Unfinished(PathBuf),
    /// It belongs to another tenant.
    #[error(
        "the data directory {path} belongs to the tenant {found}, not {wanted}: choose another directory"
    )]
    OtherTenant {
        /// Which.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was wanted.
        wanted: String,
    },
}
