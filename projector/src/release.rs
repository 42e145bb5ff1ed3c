//! Releases: somebody has looked at a parked event and says why it may stay unapplied.
//!
//! A release changes no row and no position: the event stays parked in the read model, which is
//! therefore the same as one that is built anew. It is not in the log, because it is no fact about
//! an asset but a note about one build's read model, and because the projector appends nothing. It
//! is not in the read model either, which is thrown away. It is a line of a file beside it, which
//! nothing but the administrator removes; without the file, the events count as unseen again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use itam_files::FileAccess;
use itam_read_model::{Parked, ReadModelError, Snapshot};
use serde::{Deserialize, Serialize};

/// The format of a line that this build writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// That one parked event was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Where the event stands.
    pub position: u64,
    /// Its type, as far as it could be read.
    pub event_type: String,
    /// When the log stored it. With the type it tells the event from one of another history.
    pub stored_at: DateTime<Utc>,
    /// Who released it: an actor's id.
    pub released_by: String,
    /// When.
    pub released_at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl Release {
    /// Whether it is about this event. A file keeps times to the millisecond.
    fn is_about(&self, parked: &Parked) -> bool {
        self.event_type == parked.event_type
            && self.stored_at.timestamp_millis() == parked.seen_at.timestamp_millis()
    }
}

#[derive(Serialize, Deserialize)]
struct ReleaseLine {
    format: u32,
    release: Release,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// Why the releases cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The file cannot be used.
    #[error("the releases in {path} cannot be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// The underlying error.
        #[source]
        source: io::Error,
    },
    /// A line is not one of ours.
    #[error("line {line} of the releases in {path} is unreadable: restore the file, or remove it")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A newer build wrote it.
    #[error("the releases in {path} have format {found}, this build reads up to {FORMAT}: use a newer itam")]
    NewerFormat {
        /// Which file.
        path: PathBuf,
        /// The format found.
        found: u32,
    },
}

/// The releases of one read model: a file of which every line is one.
#[derive(Debug, Default)]
pub struct Releases {
    path: Option<PathBuf>,
    by_position: Mutex<BTreeMap<u64, Release>>,
}

impl Releases {
    /// Reads the file at `path`; none if it is not there. A last line that a crash cut short was
    /// never acknowledged, and is removed.
    ///
    /// # Errors
    /// [`ReleaseError`].
    pub fn open(path: &Path) -> Result<Self, ReleaseError> {
        let failed = |source| ReleaseError::File { path: path.to_owned(), source };
        let text = read(path)?;
        let whole = whole_lines(&text).len();
        if whole < text.len() {
            let file = itam_files::open_existing(path, FileAccess::ReadWrite).map_err(failed)?;
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        let by_position = Mutex::new(parse(path, whole_lines(&text))?);
        Ok(Self { path: Some(path.to_owned()), by_position })
    }

    /// Reads the file as it is now, beside a process that writes it, and changes nothing.
    ///
    /// # Errors
    /// [`ReleaseError`].
    pub fn look(path: &Path) -> Result<Self, ReleaseError> {
        let by_position = parse(path, whole_lines(&read(path)?))?;
        Ok(Self { path: None, by_position: Mutex::new(by_position) })
    }

    /// Writes releases, durable when this returns.
    pub(crate) fn add(&self, releases: &[Release]) -> Result<(), ReleaseError> {
        let mut by_position = self.by_position.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = &self.path {
            let failed = |source| ReleaseError::File { path: path.clone(), source };
            append(path, releases).map_err(failed)?;
        }
        by_position.extend(releases.iter().map(|release| (release.position, release.clone())));
        Ok(())
    }

    /// The release of a parked event, if somebody has released this very event.
    #[must_use]
    pub fn find(&self, position: u64, parked: &Parked) -> Option<Release> {
        let by_position = self.by_position.lock().unwrap_or_else(PoisonError::into_inner);
        by_position.get(&position).filter(|release| release.is_about(parked)).cloned()
    }

    /// Whether nothing was ever released.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_position.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// How many events of a snapshot are parked and released.
    ///
    /// # Errors
    /// [`ReadModelError`] if the snapshot cannot be read.
    pub fn count_in(&self, snapshot: &Snapshot) -> Result<u64, ReadModelError> {
        let by_position = self.by_position.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = 0;
        for (position, release) in by_position.iter() {
            let found = snapshot.parked(*position, 1)?;
            let is_there = found.iter().any(|(found, parked)| found == position && release.is_about(parked));
            count += u64::from(is_there);
        }
        Ok(count)
    }
}

fn read(path: &Path) -> Result<String, ReleaseError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(ReleaseError::File { path: path.to_owned(), source }),
    }
}

/// Without a last line that is not ended: it was cut short, or is being written.
fn whole_lines(text: &str) -> &str {
    &text[..text.rfind('\n').map_or(0, |end| end + 1)]
}

fn parse(path: &Path, lines: &str) -> Result<BTreeMap<u64, Release>, ReleaseError> {
    let mut by_position = BTreeMap::new();
    for (index, line) in lines.lines().enumerate() {
        let unreadable = || ReleaseError::Unreadable { path: path.to_owned(), line: index + 1 };
        let FormatOnly { format: found } = serde_json::from_str(line).map_err(|_| unreadable())?;
        if found > FORMAT {
            return Err(ReleaseError::NewerFormat { path: path.to_owned(), found });
        }
        let ReleaseLine { release, .. } = serde_json::from_str(line).map_err(|_| unreadable())?;
        by_position.insert(release.position, release);
    }
    Ok(by_position)
}

/// Appends whole lines in one write, so that a crash leaves at most one that is cut.
fn append(path: &Path, releases: &[Release]) -> io::Result<()> {
    let mut lines = String::new();
    for release in releases {
        let line = ReleaseLine { format: FORMAT, release: release.clone() };
        lines.push_str(&serde_json::to_string(&line).map_err(io::Error::other)?);
        lines.push('\n');
    }
    let is_new = !path.exists();
    let mut file = itam_files::open_private(path, FileAccess::Append)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| is_new && !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parked(event_type: &str) -> Parked {
        let seen_at = "2026-03-02T07:00:00.125Z".parse().expect("a time");
        Parked { event_type: event_type.to_owned(), reason: "unknown".to_owned(), seen_at }
    }

    fn release(position: u64) -> Release {
        let Parked { event_type, seen_at, .. } = parked("asset.teleported");
        Release {
            position,
            event_type,
            stored_at: seen_at,
            released_by: "administrator".to_owned(),
            released_at: seen_at,
            reason: "a test that somebody left behind".to_owned(),
        }
    }

    #[test]
    fn what_is_released_is_found_again_by_the_next_process() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("releases");
        let releases = Releases::open(&path).expect("none");
        releases.add(&[release(7), release(8)]).expect("written");
        let again = Releases::open(&path).expect("read");
        assert_eq!(again.find(7, &parked("asset.teleported")), Some(release(7)));
        assert_eq!(again.find(9, &parked("asset.teleported")), None);
        // At the same place in another history stands something else.
        assert_eq!(again.find(7, &parked("asset.beamed")), None);
    }

    #[test]
    fn a_line_that_a_crash_cut_short_is_forgotten_and_the_next_one_is_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("releases");
        Releases::open(&path).expect("none").add(&[release(7), release(8)]).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        std::fs::write(&path, &text[..text.len() - 9]).expect("cut");
        // Somebody who only looks leaves the file as it is.
        let cut = std::fs::read(&path).expect("read");
        let seen = Releases::look(&path).expect("read");
        assert!(seen.find(7, &parked("asset.teleported")).is_some());
        assert_eq!(std::fs::read(&path).expect("read"), cut);
        let releases = Releases::open(&path).expect("read");
        assert_eq!(releases.find(8, &parked("asset.teleported")), None);
        releases.add(&[release(9)]).expect("written");
        let again = Releases::open(&path).expect("read");
        for (position, is_there) in [(7, true), (8, false), (9, true)] {
            assert_eq!(again.find(position, &parked("asset.teleported")).is_some(), is_there, "{position}");
        }
    }

    #[test]
    fn what_is_not_ours_or_newer_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("releases");
        for (text, words) in [
            ("garbage\n", "line 1"),
            ("{\"format\":2,\"x\":1}\n", "format 2"),
            ("{\"format\":1}\n", "line 1"),
        ] {
            std::fs::write(&path, text).expect("written");
            let error = Releases::open(&path).expect_err("refused").to_string();
            assert!(error.contains(words), "{error}");
            assert_eq!(std::fs::read_to_string(&path).expect("still there"), text);
        }
    }
}
