//! For whom files are made when the superuser works in what is another user's.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown, fchown};
use std::path::Path;
use std::sync::OnceLock;

use crate::folder_of;

/// The user and group whose folder the superuser works in.
static WORKS_FOR: OnceLock<(u32, u32)> = OnceLock::new();

/// Whether this process may do anything, whoever owns it.
pub(crate) fn is_superuser() -> bool {
    rustix::process::geteuid().is_root()
}

/// If this is the superuser and the folder another's: from now on, whatever this process makes in
/// folders of that user is given to it, so that a service which runs as that user can go on. Gives
/// back who that is. It holds for the first such folder of a process.
///
/// # Errors
/// If the folder cannot be looked at.
pub fn work_for_owner_of(folder: &Path) -> io::Result<Option<u32>> {
    let about = fs::metadata(folder)?;
    if !is_superuser() || about.uid() == 0 {
        return Ok(None);
    }
    let (user, _) = WORKS_FOR.get_or_init(|| (about.uid(), about.gid()));
    Ok(Some(*user))
}

/// Gives a file that was just made to whom this process works for.
pub(crate) fn give_file(file: &File, path: &Path) -> io::Result<()> {
    match owner_to_be(path)? {
        Some((user, group)) => fchown(file, Some(user), Some(group)),
        None => Ok(()),
    }
}

/// Gives a folder that was just made to whom this process works for.
pub(crate) fn give_folder(path: &Path) -> io::Result<()> {
    match owner_to_be(path)? {
        Some((user, group)) => chown(path, Some(user), Some(group)),
        None => Ok(()),
    }
}

/// Only in folders of that user: what the superuser makes elsewhere is nobody else's.
fn owner_to_be(path: &Path) -> io::Result<Option<(u32, u32)>> {
    let Some((user, group)) = WORKS_FOR.get() else { return Ok(None) };
    let is_theirs = fs::metadata(folder_of(path))?.uid() == *user;
    Ok(is_theirs.then_some((*user, *group)))
}
