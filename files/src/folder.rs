//! Whether a folder is its owner's alone.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::owner::is_superuser;

/// Write for the group and for others.
const WRITE_FOR_OTHERS: u32 = 0o022;
/// Write for those who are neither owner nor of the group.
const WRITE_FOR_ALL: u32 = 0o002;
/// In a folder with this bit nobody renames or removes what is another's.
const STICKY: u32 = 0o1000;
/// Anything for the group and for others.
const ANYTHING_FOR_OTHERS: u32 = 0o077;

/// A folder in which others may put or exchange files.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Its mode lets them.
    #[error(
        "others than its owner may write in {path} (mode {mode:03o}), and so exchange what is in it: \
         `chmod go-w {path}`, if you trust what they may have left there"
    )]
    Writable {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is another user's.
    #[error(
        "{path} belongs to the user {owner}, and this process runs as {user}: run it as its owner, as root, or \
         `chown -R {user} {path}`"
    )]
    Foreign {
        /// The folder or file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        user: u32,
    },
    /// The way to it leads through a folder in which everybody may exchange it.
    #[error(
        "everybody may write in {path}, and so exchange the folder in it: `chmod o-w {path}` or \
         `chmod +t {path}`"
    )]
    Way {
        /// The folder above.
        path: PathBuf,
    },
    /// Something in it is a symbolic link.
    #[error("{0} is a symbolic link, which is not followed: put there what it points to, or mount that")]
    Link(PathBuf),
    /// It cannot be looked at.
    #[error("{path} cannot be looked at")]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Whether a folder is this user's (to the superuser, anybody's), and nobody else may write in it.
///
/// # Errors
/// [`FolderError`], with the way out.
pub fn check_folder(path: &Path) -> Result<(), FolderError> {
    let about = fs::metadata(path).map_err(unreadable(path))?;
    check_owner(path, &about)?;
    let mode = about.mode() & 0o7777;
    if mode & WRITE_FOR_OTHERS != 0 {
        return Err(FolderError::Writable { path: path.to_owned(), mode });
    }
    Ok(())
}

/// Whether nobody can exchange a folder from above: no folder on the way to it is everybody's to
/// write in, but with the sticky bit. What a group may do there is for whoever made the group.
///
/// # Errors
/// [`FolderError::Way`].
pub fn check_way_to(path: &Path) -> Result<(), FolderError> {
    let real = fs::canonicalize(path).map_err(unreadable(path))?;
    for above in real.ancestors().skip(1) {
        let mode = fs::metadata(above).map_err(unreadable(above))?.mode();
        if mode & WRITE_FOR_ALL != 0 && mode & STICKY == 0 {
            return Err(FolderError::Way { path: above.to_owned() });
        }
    }
    Ok(())
}

/// Takes from others what they may do with a file or folder inside a checked folder; gives back
/// the mode it had, if it was wider.
///
/// # Errors
/// [`FolderError::Link`], [`FolderError::Foreign`]; [`FolderError::Unreadable`].
pub fn close_to_others(path: &Path) -> Result<Option<u32>, FolderError> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        // Another process is through with it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path)(error)),
    };
    if about.is_symlink() {
        return Err(FolderError::Link(path.to_owned()));
    }
    check_owner(path, &about)?;
    let mode = about.mode() & 0o777;
    if mode & ANYTHING_FOR_OTHERS == 0 {
        return Ok(None);
    }
    fs::set_permissions(path, Permissions::from_mode(mode & !ANYTHING_FOR_OTHERS))
        .map_err(unreadable(path))?;
    Ok(Some(mode))
}

fn check_owner(path: &Path, about: &Metadata) -> Result<(), FolderError> {
    let (owner, user) = (about.uid(), rustix::process::geteuid().as_raw());
    if owner == user || is_superuser() {
        return Ok(());
    }
    Err(FolderError::Foreign { path: path.to_owned(), owner, user })
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unreadable { path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn with_mode(mode: u32) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        fs::set_permissions(dir.path(), Permissions::from_mode(mode)).expect("set");
        dir
    }

    #[test]
    fn a_folder_that_the_group_or_others_may_write_in_is_refused_with_the_way_out() {
        for mode in [0o700, 0o755] {
            check_folder(with_mode(mode).path()).expect("its owner's alone to write in");
        }
        for mode in [0o770, 0o775, 0o707, 0o1777] {
            let refused = check_folder(with_mode(mode).path()).expect_err("others may write");
            assert!(refused.to_string().contains("chmod go-w"), "{refused}");
        }
    }

    #[test]
    fn the_way_to_it_is_nobodys_to_change() {
        let above = with_mode(0o777);
        let path = above.path().join("data");
        fs::create_dir(&path).expect("made");
        assert!(matches!(check_way_to(&path), Err(FolderError::Way { .. })));
        fs::set_permissions(above.path(), Permissions::from_mode(0o1777)).expect("set");
        check_way_to(&path).expect("sticky");
    }

    #[test]
    fn what_others_may_use_is_closed_and_a_link_is_refused() {
        let dir = with_mode(0o700);
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "text").expect("written");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("set");
        assert_eq!(close_to_others(&file).expect("closed"), Some(0o644));
        assert_eq!(close_to_others(&file).expect("closed"), None);
        symlink(&file, &link).expect("linked");
        assert!(matches!(close_to_others(&link), Err(FolderError::Link(_))));
        assert_eq!(close_to_others(&dir.path().join("none")).expect("nothing"), None);
    }
}
