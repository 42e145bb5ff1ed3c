//! Why a data directory cannot be used.

use std::io;
use std::path::PathBuf;

use itam_files::FolderError;

use super::FORMAT;

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    #[error("cannot use {path} in the data directory")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the data directory is not safe to use")]
    NotPrivate(#[from] FolderError),
    #[error("{0} is not readable as the label of a data directory: restore it, or choose another directory")]
    Label(PathBuf),
    #[error(
        "the data directory {path} has format {found}, this build knows up to {FORMAT}: use a newer itam"
    )]
    Newer { path: PathBuf, found: u32 },
    #[error("{0} holds a register of the past that `itam audit replay` built: choose another data directory")]
    Historic(PathBuf),
    #[error(
        "{0} is no data directory of itam: name the one of the service with --data, or its NATS servers with --nats"
    )]
    NoDataDir(PathBuf),
    #[error("there is no embedded log in {0}")]
    NoLog(PathBuf),
    #[error("the data directory {0} is not empty: restore and copy write into empty places only")]
    NotEmpty(PathBuf),
    #[error(
        "the data directory {0} holds half of what was to be restored or copied into it: run that again, \
         or remove the directory"
    )]
    Unfinished(PathBuf),
    #[error(
        "the data directory {path} belongs to the tenant {found}, not {wanted}: choose another directory"
    )]
    OtherTenant { path: PathBuf, found: String, wanted: String },
}
