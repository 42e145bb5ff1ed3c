//! The lock of the token file.

use std::fs::File;
use std::path::Path;

use itam_files::FileAccess;

use crate::VaultError;
use crate::error::fault;

/// The lock, until it is dropped. A file of its own: it must outlive the replacement of the other one.
pub(super) fn lock(path: &Path) -> Result<File, VaultError> {
    let lock = itam_files::open_private(&path.with_extension("lock"), FileAccess::ReadWrite)
        .map_err(|e| fault("locking the tokens", e))?;
    File::lock(&lock).map_err(|e| fault("locking the tokens", e))?;
    Ok(lock)
}
