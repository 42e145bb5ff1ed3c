//! The files of the journal: lines of JSON in segments, of which the oldest are removed.
//!
//! `<ring>.<day>.<number>.<process>.ndjson`: several processes may keep their journals in one
//! directory; each appends to segments of its own, and any may remove an old one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use itam_files::FileAccess;

use super::JournalLimits;
use super::entry::Ring;

/// How large a segment grows. What is removed is removed by the segment.
const SEGMENT_BYTES: u64 = 1024 * 1024;

/// The name of a segment, taken apart. They sort by age.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JournalSegment {
    pub(super) day: NaiveDate,
    number: u32,
    process: String,
    ring: String,
}

impl JournalSegment {
    fn read(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".ndjson")?.splitn(4, '.');
        let ring = parts.next()?.to_owned();
        let day = parts.next()?.parse().ok()?;
        let number = parts.next()?.parse().ok()?;
        Some(Self { day, number, process: parts.next()?.to_owned(), ring })
    }

    pub(super) fn is_of(&self, ring: Ring) -> bool {
        self.ring == ring.as_str()
    }

    pub(super) fn name(&self) -> String {
        format!("{}.{}.{:06}.{}.ndjson", self.ring, self.day, self.number, self.process)
    }
}

/// The segments in a directory, oldest first; none if there is no such directory.
pub(super) fn list(folder: &Path) -> io::Result<Vec<JournalSegment>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut segments = Vec::new();
    for entry in entries {
        segments.extend(entry?.file_name().to_str().and_then(JournalSegment::read));
    }
    segments.sort();
    Ok(segments)
}

/// One ring of one process, open for appending.
pub(super) struct RingFile {
    folder: PathBuf,
    ring: Ring,
    process: &'static str,
    limits: JournalLimits,
    open: Option<(JournalSegment, File, u64)>,
}

impl RingFile {
    pub(super) fn new(folder: &Path, ring: Ring, process: &'static str, limits: JournalLimits) -> Self {
        Self { folder: folder.to_owned(), ring, process, limits, open: None }
    }

    /// Appends a line in one write, so that lines of two processes never mix.
    pub(super) fn append(&mut self, today: NaiveDate, line: &[u8]) -> io::Result<()> {
        let is_usable = |(segment, _, bytes): &(JournalSegment, File, u64)| {
            segment.day == today && *bytes < SEGMENT_BYTES
        };
        if !self.open.as_ref().is_some_and(is_usable) {
            self.open = None;
            self.remove_old(today)?;
            self.open = Some(self.next(today)?);
        }
        let Some((_, file, bytes)) = &mut self.open else {
            return Err(io::Error::other("no segment is open"));
        };
        *bytes += line.len() as u64;
        file.write_all(line)
    }

    /// Makes what was appended durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.open.as_ref().map_or(Ok(()), |(_, file, _)| file.sync_data())
    }

    /// The newest segment of the day if there is room in it, else a new one.
    fn next(&self, today: NaiveDate) -> io::Result<(JournalSegment, File, u64)> {
        itam_files::make_folder(&self.folder)?;
        let is_own = |segment: &JournalSegment| {
            segment.day == today && segment.process == self.process && segment.ring == self.ring.as_str()
        };
        let newest = list(&self.folder)?.into_iter().rfind(is_own).map_or(1, |segment| segment.number);
        for number in [newest, newest + 1] {
            let (ring, process) = (self.ring.as_str().to_owned(), self.process.to_owned());
            let segment = JournalSegment { day: today, number, process, ring };
            let path = self.folder.join(segment.name());
            let file = itam_files::open_private(&path, FileAccess::Append)?;
            let bytes = file.metadata()?.len();
            if bytes < SEGMENT_BYTES {
                return Ok((segment, file, bytes));
            }
        }
        Err(io::Error::other("the next segment is full already"))
    }

    /// Removes the segments of this ring that are too old, or before so many newer entries.
    pub(super) fn remove_old(&self, today: NaiveDate) -> io::Result<()> {
        let oldest = today.checked_sub_days(Days::new(u64::from(self.limits.days)));
        let mut entries = 0;
        let segments = list(&self.folder)?.into_iter().rev();
        for segment in segments.filter(|segment| segment.ring == self.ring.as_str()) {
            let path = self.folder.join(segment.name());
            let is_old = oldest.is_some_and(|oldest| segment.day < oldest);
            if is_old || entries >= self.limits.entries {
                match fs::remove_file(&path) {
                    // Another process was faster.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    removed => removed?,
                }
                continue;
            }
            entries += count_lines(&path)?;
        }
        Ok(())
    }
}

fn count_lines(path: &Path) -> io::Result<u64> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes.split_inclusive(|byte| *byte == b'\n').count() as u64),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn names(folder: &Path) -> Vec<String> {
        list(folder).expect("listed").iter().map(JournalSegment::name).collect()
    }

    #[test]
    fn a_ring_keeps_so_many_entries_and_no_more_than_two_segments_beyond() {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = JournalLimits { entries: 5, days: 90 };
        let mut ring = RingFile::new(folder.path(), Ring::Refusals, "up", limits);
        let line = [&vec![b'x'; 600_000][..], b"\n"].concat();
        for _ in 0..40 {
            ring.append(day("2026-03-01"), &line).expect("written");
        }
        let kept: u64 = names(folder.path())
            .iter()
            .map(|name| count_lines(&folder.path().join(name)).expect("read"))
            .sum();
        assert!((5..=8).contains(&kept), "{kept} entries in {:?}", names(folder.path()));
    }

    #[test]
    fn old_days_go_and_other_rings_and_files_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("notes.txt"), "mine").expect("written");
        let limits = JournalLimits { entries: 1000, days: 2 };
        let mut changes = RingFile::new(folder.path(), Ring::Changes, "up", limits);
        changes.append(day("2026-03-01"), b"{}\n").expect("written");
        let mut ring = RingFile::new(folder.path(), Ring::Refusals, "up", limits);
        for date in ["2026-03-01", "2026-03-02", "2026-03-04"] {
            ring.append(day(date), b"{}\n").expect("written");
        }
        let expected = [
            "changes.2026-03-01.000001.up.ndjson",
            "refusals.2026-03-02.000001.up.ndjson",
            "refusals.2026-03-04.000001.up.ndjson",
        ];
        assert_eq!(names(folder.path()), expected);
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn a_process_goes_on_with_its_segment_after_a_restart_and_beside_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = JournalLimits::default();
        for process in ["up", "token", "up"] {
            let mut ring = RingFile::new(folder.path(), Ring::Changes, process, limits);
            ring.append(day("2026-03-01"), b"{}\n").expect("written");
            ring.sync().expect("synced");
        }
        let expected = ["changes.2026-03-01.000001.token.ndjson", "changes.2026-03-01.000001.up.ndjson"];
        assert_eq!(names(folder.path()), expected);
        assert_eq!(count_lines(&folder.path().join(expected[1])).expect("read"), 2);
    }
}
