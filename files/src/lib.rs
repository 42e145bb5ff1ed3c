//! Files that only their owner may use: the one place that makes them.
//!
//! A new file is made under a name that nobody can guess, beside the one it is going to have, and
//! gets that when it is whole and on the disk. No symbolic link is followed at the last step of a
//! path: who can place one must not choose what is written. Modes do not depend on the umask.

mod folder;
mod owner;
mod temporary;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

pub use folder::{FolderError, check_folder, check_way_to, close_to_others};
pub use owner::work_for_owner_of;
pub use temporary::{Temporary, remove_leftovers};

/// Read and write for the owner, nothing for others.
pub const PRIVATE: u32 = 0o600;
/// For what is there to be read by everybody, such as a checkpoint.
pub const PUBLIC: u32 = 0o644;
/// A folder that only its owner may enter.
const PRIVATE_FOLDER: u32 = 0o700;

/// How a file is opened that may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAccess {
    /// What is written goes behind what is there.
    Append,
    /// It is read and written anywhere.
    ReadWrite,
}

/// Takes all rights of others away from whatever this process makes without saying how, such as
/// the files of a library.
pub fn keep_to_owner() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Replaces `path` by a file with `content` that only its owner may use: after a crash it is the
/// old one or the new one.
///
/// # Errors
/// What the disk says.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with_mode(path, content, PRIVATE)
}

/// As [`replace`], with another mode.
///
/// # Errors
/// What the disk says.
pub fn replace_with_mode(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut fresh = Temporary::beside(path)?;
    fresh.file_mut().write_all(content)?;
    fresh.file_mut().set_permissions(Permissions::from_mode(mode))?;
    fresh.replace(path)
}

/// Opens a file, or makes it for its owner alone; never by a symbolic link.
///
/// # Errors
/// What the disk says; `ELOOP` for a link.
pub fn open_private(path: &Path, access: FileAccess) -> io::Result<File> {
    open_with_mode(path, access, PRIVATE)
}

/// As [`open_private`], with another mode for a file that is made.
///
/// # Errors
/// As [`open_private`].
pub fn open_with_mode(path: &Path, access: FileAccess, mode: u32) -> io::Result<File> {
    match options(access).create_new(true).mode(mode).open(path) {
        Ok(file) => {
            file.set_permissions(Permissions::from_mode(mode))?;
            owner::give_file(&file, path)?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_existing(path, access),
        Err(error) => Err(error),
    }
}

/// Opens a file that must be there; never by a symbolic link.
///
/// # Errors
/// As [`open_private`].
pub fn open_existing(path: &Path, access: FileAccess) -> io::Result<File> {
    options(access).open(path).map_err(|error| {
        if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
            let said = format!("{} is a symbolic link, which is not followed", path.display());
            return io::Error::new(error.kind(), said);
        }
        error
    })
}

/// Makes a file for its owner alone where there must be nothing, not even a link.
///
/// # Errors
/// What the disk says.
pub fn create_new(path: &Path) -> io::Result<File> {
    let file = options(FileAccess::ReadWrite).create_new(true).mode(PRIVATE).open(path)?;
    file.set_permissions(Permissions::from_mode(PRIVATE))?;
    owner::give_file(&file, path)?;
    Ok(file)
}

/// Makes a file for its owner alone, empty for a library to fill, or finds it there. Not by a link.
///
/// # Errors
/// As [`open_private`].
pub fn prepare(path: &Path) -> io::Result<()> {
    open_private(path, FileAccess::ReadWrite).map(drop)
}

fn options(access: FileAccess) -> OpenOptions {
    let mut options = OpenOptions::new();
    match access {
        FileAccess::Append => options.append(true),
        FileAccess::ReadWrite => options.read(true).write(true),
    };
    options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// Makes a folder that only its owner may enter, with those above it, and makes its name durable:
/// what is in it must not be lost with it. One that is there is left as it is.
///
/// # Errors
/// What the disk says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(path)?;
    // Whatever the umask has taken from the owner.
    fs::set_permissions(path, Permissions::from_mode(PRIVATE_FOLDER))?;
    owner::give_folder(path)?;
    sync_folder_of(path)
}

/// Makes the name of a file or folder durable.
///
/// # Errors
/// What the disk says.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Renames, and makes the new name durable.
///
/// # Errors
/// What the disk says.
pub fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder_of(to)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn a_link_at_the_name_of_a_file_is_replaced_or_refused_and_never_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (victim, link) = (dir.path().join("victim"), dir.path().join("link"));
        for attack in [
            (|link| replace(link, b"new")) as fn(&Path) -> io::Result<()>,
            |link| open_private(link, FileAccess::Append)?.write_all(b"new"),
            |link| open_private(link, FileAccess::ReadWrite)?.write_all(b"new"),
            |link| create_new(link)?.write_all(b"new"),
            prepare,
        ] {
            fs::write(&victim, "mine").expect("written");
            let _ = fs::remove_file(&link);
            symlink(&victim, &link).expect("linked");
            // Whether it is refused is told elsewhere: nothing reaches what the link points to.
            let _ = attack(&link);
            assert_eq!(fs::read_to_string(&victim).expect("read"), "mine");
        }
        fs::remove_file(&victim).expect("removed");
        assert!(prepare(&link).is_err(), "a link that points to nothing makes nothing");
        assert!(!victim.exists());
    }

    #[test]
    fn what_is_made_is_for_its_owner_alone_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("a/b");
        make_folder(&folder).expect("made");
        assert_eq!(mode(&folder), 0o700);
        let path = folder.join("file.json");
        for text in ["one", "two"] {
            replace(&path, text.as_bytes()).expect("replaced");
            assert_eq!((fs::read_to_string(&path).expect("read").as_str(), mode(&path)), (text, 0o600));
        }
        replace_with_mode(&path, b"page", PUBLIC).expect("replaced");
        assert_eq!(mode(&path), 0o644);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
    }

    #[test]
    fn many_that_replace_one_file_at_once_do_not_meet_under_its_temporary_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("itam.json");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..20).for_each(|_| replace(&path, b"the same").expect("replaced")));
            }
        });
        assert_eq!(fs::read_to_string(&path).expect("read"), "the same");
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
    }
}
