//! The folder of a replay: a read model, and a label that says which past it shows. The label is
//! written last, so that what a replay left that was cut short is never taken for whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use itam_read_model::SCHEMA_VERSION;
use serde::{Deserialize, Serialize};

use crate::data_dir::{HISTORIC_LABEL, write_private};
use crate::failure::Failure;

/// The newest format of the label that this build knows.
pub(super) const FORMAT: u32 = 1;

/// What a folder says of the past that it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayLabel {
    pub(crate) format: u32,
    /// Whose past it is.
    pub tenant: String,
    /// The last position applied.
    pub position: u64,
    /// The instant that was asked for, or at which that position was stored.
    pub until: DateTime<Utc>,
    /// The canonical hash of every row.
    pub hash: String,
    /// The SHA-256 of the last message's body, by which the log is known again.
    pub message_hash: String,
    pub(crate) events: u64,
    pub(crate) parked: u64,
    pub(crate) schema_version: u32,
    pub(crate) app_version: String,
}

/// The folder of a replay.
#[derive(Debug)]
pub struct HistoricFolder {
    path: PathBuf,
    /// Whether it was made for this replay.
    is_new: bool,
}

impl HistoricFolder {
    /// Makes the folder, or takes an empty one.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        let failed = failed(path);
        let is_new = !path.exists();
        if is_new {
            itam_files::make_folder(path).map_err(&failed)?;
        }
        if fs::read_dir(path).map_err(&failed)?.next().is_some() {
            let folder = path.display();
            return Err(Failure::Usage(if path.join(HISTORIC_LABEL).exists() {
                format!("{folder} holds a replay already: nothing is overwritten, choose another folder")
            } else {
                format!("{folder} is not empty: nothing is overwritten, choose an empty or a new folder")
            }));
        }
        Ok(Self { path: path.to_owned(), is_new })
    }

    /// Where the read model is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says what is there, durably: it is whole.
    pub(super) fn finish(&self, label: &ReplayLabel) -> Result<(), Failure> {
        let text = serde_json::to_string(label).expect("a label is plain JSON");
        write_private(&self.path.join(HISTORIC_LABEL), &text)?;
        fs::File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(failed(&self.path))
    }

    /// Removes what a replay left that failed.
    pub(super) fn clear(&self) -> Result<(), Failure> {
        let clear = || {
            for entry in fs::read_dir(&self.path)? {
                fs::remove_file(entry?.path())?;
            }
            if self.is_new { fs::remove_dir(&self.path) } else { Ok(()) }
        };
        clear().map_err(failed(&self.path))
    }

    /// Reads what a folder says, and refuses one that this build cannot show.
    ///
    /// # Errors
    /// If there is no whole replay, or one that this build cannot show.
    pub fn open(path: &Path) -> Result<(Self, ReplayLabel), Failure> {
        let named = path.join(HISTORIC_LABEL);
        let text = match fs::read_to_string(&named) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::Usage(format!(
                    "{} holds no complete replay: make one with `itam audit replay --into`",
                    path.display()
                )));
            }
            Err(error) => return Err(failed(&named)(error)),
        };
        let refused = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
        let label: ReplayLabel = serde_json::from_str(&text)
            .map_err(|error| refused(format!("{HISTORIC_LABEL} cannot be read: {error}")))?;
        if label.format > FORMAT || label.schema_version != SCHEMA_VERSION {
            return Err(refused(format!(
                "the replay was made by itam {} with schema {}, this build has {SCHEMA_VERSION}: replay again",
                label.app_version, label.schema_version
            )));
        }
        Ok((Self { path: path.to_owned(), is_new: false }, label))
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::File { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> ReplayLabel {
        ReplayLabel {
            format: FORMAT,
            tenant: "main".to_owned(),
            position: 7,
            until: DateTime::UNIX_EPOCH,
            hash: "ab".to_owned(),
            message_hash: "cd".to_owned(),
            events: 5,
            parked: 0,
            schema_version: SCHEMA_VERSION,
            app_version: "0.0.0".to_owned(),
        }
    }

    #[test]
    fn only_a_finished_folder_is_opened_and_a_full_one_is_never_written() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("past");
        let folder = HistoricFolder::begin(&path).expect("new");
        fs::write(path.join("inventory.1.redb"), "half").expect("written");
        let refused = HistoricFolder::open(&path).expect_err("unfinished").to_string();
        assert!(refused.contains("holds no complete replay"), "{refused}");
        let refused = HistoricFolder::begin(&path).expect_err("full").to_string();
        assert!(refused.contains("is not empty"), "{refused}");
        folder.finish(&label()).expect("finished");
        assert_eq!(HistoricFolder::open(&path).expect("whole").1, label());
        let refused = HistoricFolder::begin(&path).expect_err("full").to_string();
        assert!(refused.contains("holds a replay already"), "{refused}");
    }

    #[test]
    fn what_failed_leaves_nothing_of_its_own_and_nothing_of_others_is_removed() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("new");
        let folder = HistoricFolder::begin(&path).expect("new");
        fs::write(path.join("inventory.1.redb"), "half").expect("written");
        folder.clear().expect("cleared");
        assert!(!path.exists());
        fs::create_dir(&path).expect("made");
        HistoricFolder::begin(&path).expect("empty").clear().expect("cleared");
        assert!(path.exists(), "the folder was there before");
    }

    #[test]
    fn a_label_of_another_build_or_none_at_all_is_refused_with_the_reason() {
        let parent = tempfile::tempdir().expect("a folder");
        let other = ReplayLabel { schema_version: SCHEMA_VERSION + 1, ..label() };
        let folder = HistoricFolder::begin(parent.path()).expect("empty");
        folder.finish(&other).expect("finished");
        let refused = HistoricFolder::open(parent.path()).expect_err("another schema").to_string();
        assert!(refused.contains("replay again"), "{refused}");
        fs::write(parent.path().join(HISTORIC_LABEL), "garbage").expect("written");
        let refused = HistoricFolder::open(parent.path()).expect_err("garbage").to_string();
        assert!(refused.contains("cannot be read"), "{refused}");
    }
}
