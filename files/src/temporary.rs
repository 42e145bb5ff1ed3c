//! A file that is being made, under a name that nobody can guess.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::owner::give_file;
use crate::{folder_of, sync_folder_of};

/// How such names end.
const ENDING: &str = ".unfinished";
/// How many random characters stand in them.
const RANDOM: usize = 16;
/// After what time what a crash has left is nobody's: no file takes longer to be made.
const FORSAKEN: Duration = Duration::from_hours(24);

/// A file that is being made. It is removed when dropped, unless it got its name.
#[derive(Debug)]
pub struct Temporary(NamedTempFile);

impl Temporary {
    /// Begins a file, for its owner alone, in the folder of the one that it is going to be.
    ///
    /// # Errors
    /// What the disk says.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let mut prefix = OsString::from(".");
        prefix.push(path.file_name().unwrap_or_default());
        prefix.push(".");
        // Made with `O_EXCL` and mode 0600: nothing that is there is opened, no link followed.
        let made = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(ENDING)
            .rand_bytes(RANDOM)
            .tempfile_in(folder_of(path))?;
        give_file(made.as_file(), path)?;
        Ok(Self(made))
    }

    /// The file.
    pub fn file_mut(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    /// Where it is, for a library that opens it by name.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Gives it its name, in the place of what has it, durably.
    ///
    /// # Errors
    /// What the disk says.
    pub fn replace(self, path: &Path) -> io::Result<()> {
        self.0.as_file().sync_all()?;
        self.0.persist(path).map_err(|error| error.error)?;
        sync_folder_of(path)
    }

    /// Gives it its name where nothing may have it, durably.
    ///
    /// # Errors
    /// `AlreadyExists`; what the disk says.
    pub fn name(self, path: &Path) -> io::Result<()> {
        self.0.as_file().sync_all()?;
        self.0.persist_noclobber(path).map_err(|error| error.error)?;
        sync_folder_of(path)
    }
}

/// Removes what crashes have left in a folder of files that were being made, once they are so old
/// that nobody can be at work on them.
///
/// # Errors
/// If the folder cannot be read. One that cannot be removed stays.
pub fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = name.starts_with('.') && name.ends_with(ENDING);
        if !is_ours || !entry.file_type()?.is_file() {
            continue;
        }
        let modified = entry.metadata().and_then(|about| about.modified());
        // A clock that was set back makes it look new: then it goes another day.
        let is_forsaken = modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > FORSAKEN));
        if is_forsaken {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_was_not_finished_goes_and_one_that_is_there_is_not_replaced_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.backup");
        drop(Temporary::beside(&path).expect("begun"));
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
        let mut one = Temporary::beside(&path).expect("begun");
        let two = Temporary::beside(&path).expect("begun");
        one.file_mut().write_all(b"one").expect("written");
        one.name(&path).expect("named");
        assert_eq!(two.name(&path).expect_err("taken").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("read"), b"one");
    }

    #[test]
    fn what_a_crash_left_is_removed_when_nobody_can_be_at_work_on_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let long_ago = std::time::UNIX_EPOCH;
        for (name, is_old) in [(".a.xyz.unfinished", true), (".b.xyz.unfinished", false), (".c", true)] {
            let file = File::create(dir.path().join(name)).expect("made");
            if is_old {
                file.set_modified(long_ago).expect("set");
            }
        }
        remove_leftovers(dir.path()).expect("looked");
        let mut left: Vec<_> =
            fs::read_dir(dir.path()).expect("a folder").map(|e| e.expect("one").file_name()).collect();
        left.sort();
        assert_eq!(left, [".b.xyz.unfinished", ".c"]);
    }
}
