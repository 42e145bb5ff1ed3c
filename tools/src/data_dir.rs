//! The data directory: what is where, and of which format.

mod error;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use itam_event_log::Tenant;
use itam_files::{
    check_folder, check_way_to, close_to_others, make_folder, remove_leftovers, work_for_owner_of,
};
use serde::{Deserialize, Serialize};

pub use error::DataDirError;

/// The newest format of the directory that this build knows.
pub const FORMAT: u32 = 1;

/// What a folder holds that a replay has built, which is no data directory.
pub(crate) const HISTORIC_LABEL: &str = "historic.json";

/// A data directory that was checked.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

/// What the directory says of itself.
#[derive(Serialize, Deserialize)]
struct DirectoryLabel {
    format: u32,
    tenant: String,
}

impl DataDir {
    /// Makes or checks the directory.
    ///
    /// # Errors
    /// If it cannot be made, is not its owner's alone, or belongs to another tenant or build.
    pub fn open(path: &Path, tenant: &Tenant) -> Result<Self, DataDirError> {
        make_folder(path).map_err(|source| DataDirError::File { path: path.to_owned(), source })?;
        let dir = Self(path.to_owned());
        dir.keep_private()?;
        if dir.import_mark().exists() {
            return Err(DataDirError::Unfinished(path.to_owned()));
        }
        if path.join(HISTORIC_LABEL).exists() {
            return Err(DataDirError::Historic(path.to_owned()));
        }
        match fs::read(dir.label()) {
            Ok(bytes) => dir.check(&bytes, tenant)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => dir.write_label(tenant)?,
            Err(source) => {
                return Err(DataDirError::File { path: dir.label(), source });
            }
        }
        Ok(dir)
    }

    /// Whether a path is a data directory, without making it one.
    #[must_use]
    pub fn is_labeled(path: &Path) -> bool {
        Self(path.to_owned()).label().exists()
    }

    /// Checks a directory that a service has used before, and makes none.
    ///
    /// # Errors
    /// If no service has used it, or as [`DataDir::open`].
    pub fn open_used(path: &Path, tenant: &Tenant) -> Result<Self, DataDirError> {
        if !Self::is_labeled(path) {
            return Err(DataDirError::NoDataDir(path.to_owned()));
        }
        Self::open(path, tenant)
    }

    /// Checks a directory in which there must be an embedded log, and makes nothing.
    pub(crate) fn open_with_log(path: &Path, tenant: &Tenant) -> Result<Self, DataDirError> {
        if !Self(path.to_owned()).log().exists() {
            return Err(DataDirError::NoLog(path.to_owned()));
        }
        Self::open(path, tenant)
    }

    /// Compares the label of a directory in which there must be an embedded log, and changes nothing.
    pub(crate) fn look_at(path: &Path, tenant: &Tenant) -> Result<Self, DataDirError> {
        let dir = Self(path.to_owned());
        if !dir.log().exists() {
            return Err(DataDirError::NoLog(path.to_owned()));
        }
        let label = fs::read(dir.label());
        let label = label.map_err(|source| DataDirError::File { path: dir.label(), source })?;
        dir.check(&label, tenant)?;
        Ok(dir)
    }

    /// A directory as it is, to look at what is in it. Nothing is made.
    #[must_use]
    pub fn unchecked(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Marks an empty directory as one that is being filled, which [`DataDir::open`] refuses. What
    /// an earlier try has left in a marked one is removed.
    pub(crate) fn begin_import(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::File { path: path.to_owned(), source };
        make_folder(path).map_err(failed)?;
        let dir = Self(path.to_owned());
        dir.keep_private()?;
        let is_marked = dir.import_mark().exists();
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            if !is_marked {
                return Err(DataDirError::NotEmpty(path.to_owned()));
            }
            if entry == dir.import_mark() {
                continue;
            }
            let removed = if entry.is_dir() { fs::remove_dir_all(&entry) } else { fs::remove_file(&entry) };
            removed.map_err(failed)?;
        }
        write_private(&dir.import_mark(), "unfinished")?;
        dir.sync()?;
        Ok(dir)
    }

    /// Labels the directory and takes the mark away: it is whole.
    pub(crate) fn finish_import(&self, tenant: &Tenant) -> Result<(), DataDirError> {
        self.write_label(tenant)?;
        self.sync()?;
        let mark = self.import_mark();
        fs::remove_file(&mark).map_err(|source| DataDirError::File { path: mark, source })?;
        self.sync()
    }

    /// Refuses a directory in which others may write, for what is in it could be exchanged or be
    /// theirs; and closes to them what is there already, since an older build or another hand made it.
    fn keep_private(&self) -> Result<(), DataDirError> {
        check_folder(&self.0)?;
        check_way_to(&self.0)?;
        let failed = |source| DataDirError::File { path: self.0.clone(), source };
        if let Some(user) = work_for_owner_of(&self.0).map_err(failed)? {
            let path = self.0.display();
            tracing::warn!(%path, user, "root works in another user's data directory: what it makes is theirs");
        }
        if may_others_enter(&self.0) {
            let path = self.0.display();
            tracing::warn!(%path, "others may look into the data directory: `chmod 700` keeps them out");
        }
        for path in self.private_paths()? {
            if let Some(mode) = close_to_others(&path)? {
                let mode = format!("{mode:03o}");
                tracing::warn!(path = %path.display(), mode, "others could use this; it is closed to them now");
            }
        }
        remove_leftovers(&self.0).map_err(failed)
    }

    /// What is in the directory and nobody else's business: what this program makes there, and what is
    /// in its folders.
    pub(crate) fn private_paths(&self) -> Result<Vec<PathBuf>, DataDirError> {
        let files = ["vault.redb", "tokens.json", "token-uses.json"].map(|name| self.0.join(name));
        let folders = [self.read_model(), self.keys(), self.security_journal()];
        let mut paths = vec![self.label(), self.log(), self.tree(), self.ledger(), self.parked_releases()];
        paths.extend([self.demo(), self.admin_token(), self.import_mark()]);
        paths.extend(files);
        paths.extend(folders.iter().cloned());
        paths.retain(|path| path.symlink_metadata().is_ok());
        // A link to a folder is not looked into: it is refused as a link.
        for folder in folders.iter().filter(|path| path.symlink_metadata().is_ok_and(|about| about.is_dir()))
        {
            let failed = |source| DataDirError::File { path: folder.clone(), source };
            for entry in fs::read_dir(folder).map_err(failed)? {
                paths.push(entry.map_err(failed)?.path());
            }
        }
        Ok(paths)
    }

    fn write_label(&self, tenant: &Tenant) -> Result<(), DataDirError> {
        let label = DirectoryLabel { format: FORMAT, tenant: tenant.as_str().to_owned() };
        let text = serde_json::to_string(&label).expect("a label is plain JSON");
        write_private(&self.label(), &text)
    }

    /// Makes the names in the directory durable.
    fn sync(&self) -> Result<(), DataDirError> {
        let synced = fs::File::open(&self.0).and_then(|dir| dir.sync_all());
        synced.map_err(|source| DataDirError::File { path: self.0.clone(), source })
    }

    fn import_mark(&self) -> PathBuf {
        self.0.join("unfinished.import")
    }

    fn check(&self, bytes: &[u8], tenant: &Tenant) -> Result<(), DataDirError> {
        let label: DirectoryLabel =
            serde_json::from_slice(bytes).map_err(|_| DataDirError::Label(self.label()))?;
        let path = self.0.clone();
        if label.format > FORMAT {
            return Err(DataDirError::Newer { path, found: label.format });
        }
        if label.tenant != tenant.as_str() {
            let wanted = tenant.as_str().to_owned();
            return Err(DataDirError::OtherTenant { path, found: label.tenant, wanted });
        }
        Ok(())
    }

    fn label(&self) -> PathBuf {
        self.0.join("itam.json")
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The embedded log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.0.join("log.redb")
    }

    /// The read model's files.
    #[must_use]
    pub fn read_model(&self) -> PathBuf {
        self.0.join("read-model")
    }

    /// The Merkle tree over the log.
    #[must_use]
    pub fn tree(&self) -> PathBuf {
        self.0.join("merkle.redb")
    }

    /// The checkpoints that were signed.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.0.join("checkpoints.redb")
    }

    /// The keys that sign them.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The parked events that somebody has released.
    #[must_use]
    pub fn parked_releases(&self) -> PathBuf {
        self.0.join("parked-releases.ndjson")
    }

    /// Who was refused what, and which tokens were made and revoked.
    #[must_use]
    pub fn security_journal(&self) -> PathBuf {
        self.0.join("security-journal")
    }

    /// What is remembered of the demo organization.
    pub(crate) fn demo(&self) -> PathBuf {
        self.0.join("demo.json")
    }

    /// The first administrator's token.
    #[must_use]
    pub fn admin_token(&self) -> PathBuf {
        self.0.join("admin.token")
    }
}

/// Whether others than its owner may list a folder or open what is in it.
#[must_use]
pub fn may_others_enter(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

/// Writes a file that only its owner may read, whole or not at all, durable when this returns.
///
/// # Errors
/// If the file cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<(), DataDirError> {
    let written = itam_files::replace(path, format!("{text}\n").as_bytes());
    written.map_err(|source| DataDirError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        Tenant::try_new(name).expect("a name")
    }

    #[test]
    fn a_directory_is_made_once_and_found_again_for_its_tenant_only() {
        let parent = tempfile::tempdir().expect("a directory");
        let path = parent.path().join("a/b");
        DataDir::open(&path, &tenant("main")).expect("made");
        DataDir::open(&path, &tenant("main")).expect("found");
        let other = DataDir::open(&path, &tenant("other")).expect_err("another tenant");
        assert!(other.to_string().contains("belongs to the tenant main"), "{other}");
    }

    #[test]
    fn a_directory_of_a_newer_format_is_refused_with_the_reason_and_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let label = dir.path().join("itam.json");
        fs::write(&label, r#"{"format":2,"tenant":"main"}"#).expect("written");
        let error = DataDir::open(dir.path(), &tenant("main")).expect_err("newer");
        assert!(error.to_string().contains("has format 2, this build knows up to 1"), "{error}");
        fs::write(&label, "garbage").expect("written");
        assert!(matches!(DataDir::open(dir.path(), &tenant("main")), Err(DataDirError::Label(_))));
        assert_eq!(fs::read_to_string(&label).expect("still there"), "garbage");
    }

    #[test]
    fn a_directory_that_is_being_filled_is_opened_by_nobody_until_it_is_whole() {
        let parent = tempfile::tempdir().expect("a directory");
        let path = parent.path().join("data");
        let dir = DataDir::begin_import(&path).expect("empty");
        fs::write(dir.log(), "half").expect("written");
        let refused = DataDir::open(&path, &tenant("main")).expect_err("unfinished");
        assert!(matches!(refused, DataDirError::Unfinished(_)), "{refused}");
        let dir = DataDir::begin_import(&path).expect("begun again");
        assert!(!dir.log().exists());
        dir.finish_import(&tenant("main")).expect("whole");
        DataDir::open(&path, &tenant("main")).expect("whole");
        let refused = DataDir::begin_import(&path).expect_err("full");
        assert!(matches!(refused, DataDirError::NotEmpty(_)), "{refused}");
    }

    #[test]
    fn processes_that_start_at_once_on_one_directory_do_not_fail_on_each_other() {
        for _ in 0..20 {
            let parent = tempfile::tempdir().expect("a directory");
            let path = parent.path().join("data");
            std::thread::scope(|scope| {
                let starts = [(); 3].map(|()| scope.spawn(|| DataDir::open(&path, &tenant("main"))));
                for start in starts {
                    start.join().expect("no panic").expect("started");
                }
            });
            let names = fs::read_dir(&path).expect("a directory").count();
            assert_eq!(names, 1, "something is left beside the label");
        }
    }

    #[test]
    fn what_is_not_its_owners_alone_is_refused_or_closed_and_links_are_not_followed() {
        let parent = tempfile::tempdir().expect("a directory");
        let path = parent.path().join("data");
        let dir = DataDir::open(&path, &tenant("main")).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o775)).expect("set");
        let refused = DataDir::open(&path, &tenant("main")).expect_err("the group may write");
        assert!(matches!(refused, DataDirError::NotPrivate(_)), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
        write_private(&dir.admin_token(), "text").expect("written");
        fs::set_permissions(dir.admin_token(), fs::Permissions::from_mode(0o644)).expect("set");
        DataDir::open(&path, &tenant("main")).expect("closed to others");
        let mode = fs::metadata(dir.admin_token()).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let victim = parent.path().join("victim");
        for name in [dir.label(), dir.log(), dir.admin_token(), dir.keys(), dir.parked_releases()] {
            let _ = fs::remove_file(&name);
            std::os::unix::fs::symlink(&victim, &name).expect("linked");
            let refused = DataDir::open(&path, &tenant("main")).expect_err("a link");
            assert!(
                matches!(refused, DataDirError::NotPrivate(itam_files::FolderError::Link(_))),
                "{refused}"
            );
            assert!(!victim.exists());
            fs::remove_file(&name).expect("removed");
        }
    }

    #[test]
    fn a_private_file_is_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret");
        write_private(&path, "text").expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}
