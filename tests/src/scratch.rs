//! Where processes and servers of the harness write: folders that go when they are dropped, unless
//! they are wanted as evidence.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

static KEPT_UNDER: Mutex<Option<PathBuf>> = Mutex::new(None);

fn kept_under() -> MutexGuard<'static, Option<PathBuf>> {
    KEPT_UNDER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on, what is written lies under this folder and stays; `None` ends that.
pub(crate) fn keep_under(folder: Option<PathBuf>) {
    *kept_under() = folder;
}

/// A new folder whose name begins with `prefix`.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn folder(prefix: &str) -> io::Result<TempDir> {
    folder_under(kept_under().as_deref(), prefix)
}

fn folder_under(kept: Option<&Path>, prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    match kept {
        Some(under) => builder.disable_cleanup(true).tempdir_in(under),
        None => builder.tempdir(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_handle_unless_it_is_kept() {
        let gone = folder_under(None, "itam-scratch-").unwrap().path().to_path_buf();
        assert!(!gone.exists());
        let evidence = tempfile::tempdir().unwrap();
        let kept = folder_under(Some(evidence.path()), "itam-scratch-").unwrap().path().to_path_buf();
        assert!(kept.starts_with(evidence.path()) && kept.is_dir());
    }
}
