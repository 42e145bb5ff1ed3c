//! The data directory: what is where, and of which format.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use itam_event_log::Tenant;
use itam_query_service::SealFiles;
use serde::{Deserialize, Serialize};

/// The newest format of the directory that this build knows.
const FORMAT: u32 = 1;

/// What a folder holds that a replay has built, which is no data directory.
pub(crate) const HISTORIC_LABEL: &str = "historic.json";

/// A data directory that was checked.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// What the directory says of itself.
#[derive(Serialize, Deserialize)]
struct Label {
    format: u32,
    tenant: String,
}

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    #[error("cannot use {path} in the data directory")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{0} is not readable as the label of a data directory: restore it, or choose another directory")]
    Label(PathBuf),
    #[error(
        "the data directory {path} has format {found}, this build knows up to {FORMAT}: use a newer itam"
    )]
    Newer { path: PathBuf, found: u32 },
    #[error("{0} holds a register of the past that `itam audit replay` built: choose another data directory")]
    Historic(PathBuf),
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

impl DataDir {
    /// Makes or checks the directory.
    pub(crate) fn open(path: &Path, tenant: &Tenant) -> Result<Self, DataDirError> {
        make_folder(path).map_err(|source| DataDirError::File { path: path.to_owned(), source })?;
        let dir = Self(path.to_owned());
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
    pub(crate) fn is_labeled(path: &Path) -> bool {
        Self(path.to_owned()).label().exists()
    }

    /// Checks a directory in which there must be an embedded log, and makes nothing.
    pub(crate) fn open_with_log(path: &Path, tenant: &Tenant) -> Result<Self, DataDirError> {
        if !Self(path.to_owned()).log().exists() {
            return Err(DataDirError::NoLog(path.to_owned()));
        }
        Self::open(path, tenant)
    }

    /// A directory as it is, to look at what is in it. Nothing is made.
    pub(crate) fn unchecked(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Marks an empty directory as one that is being filled, which [`DataDir::open`] refuses. What
    /// an earlier try has left in a marked one is removed.
    pub(crate) fn begin_import(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::File { path: path.to_owned(), source };
        make_folder(path).map_err(failed)?;
        let dir = Self(path.to_owned());
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

    fn write_label(&self, tenant: &Tenant) -> Result<(), DataDirError> {
        let label = Label { format: FORMAT, tenant: tenant.as_str().to_owned() };
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
        let label: Label = serde_json::from_slice(bytes).map_err(|_| DataDirError::Label(self.label()))?;
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
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The embedded log.
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("log.redb")
    }

    /// What the sealer keeps, for those who answer from it.
    pub(crate) fn seal(&self) -> SealFiles {
        SealFiles { tree: self.tree(), checkpoints: self.ledger(), keys: self.keys() }
    }

    /// The read model's files.
    pub(crate) fn read_model(&self) -> PathBuf {
        self.0.join("read-model")
    }

    /// The Merkle tree over the log.
    pub(crate) fn tree(&self) -> PathBuf {
        self.0.join("merkle.redb")
    }

    /// The checkpoints that were signed.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.0.join("checkpoints.redb")
    }

    /// The keys that sign them.
    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The parked events that somebody has released.
    pub(crate) fn parked_releases(&self) -> PathBuf {
        self.0.join("parked-releases.ndjson")
    }

    /// Who was refused what, and which tokens were made and revoked.
    pub(crate) fn security_journal(&self) -> PathBuf {
        self.0.join("security-journal")
    }

    /// What is remembered of the demo organization.
    pub(crate) fn demo(&self) -> PathBuf {
        self.0.join("demo.json")
    }

    /// The first administrator's token.
    pub(crate) fn admin_token(&self) -> PathBuf {
        self.0.join("admin.token")
    }
}

/// Makes a folder that only its owner may enter, and makes its name durable: what is in it must not
/// be lost with it.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    sync_folder_of(path)
}

/// Makes the name of a file or folder durable.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Writes a file that only its owner may read, whole or not at all, durable when this returns.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), DataDirError> {
    let written = replace_file(path, &format!("{text}\n"), 0o600);
    written.map_err(|source| DataDirError::File { path: path.to_owned(), source })
}

/// Writes a file, whole or not at all, durable when this returns.
pub(crate) fn replace_file(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    sync_folder_of(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
    fn a_private_file_is_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret");
        write_private(&path, "text").expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}
