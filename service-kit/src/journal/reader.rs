//! Reading the journal: all segments of a directory, by time, page by page.

use std::collections::{BinaryHeap, HashMap};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use super::entry::{JournalEntry, JournalEvent, Ring};
use super::segment::{JournalSegment, list};

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    /// Not before this instant.
    pub from: Option<DateTime<Utc>>,
    /// Not after this one.
    pub to: Option<DateTime<Utc>>,
    /// Of these codes; of all if there are none.
    pub codes: Vec<String>,
    /// Of these actors; of all if there are none.
    pub actors: Vec<String>,
    /// Of these events; of all if there are none.
    pub events: Vec<JournalEvent>,
}

/// A run of entries, oldest first.
#[derive(Clone, Debug, Default)]
pub struct JournalPage {
    /// The entries.
    pub entries: Vec<JournalEntry>,
    /// Where the next page begins; none if there is none.
    pub next: Option<String>,
}

/// Where an entry stands: its time in milliseconds, its segment and its line.
type Key = (i64, String, u64);

impl JournalFilter {
    fn takes(&self, entry: &JournalEntry) -> bool {
        let is_one_of = |wanted: &[String], found: Option<&String>| {
            wanted.is_empty() || found.is_some_and(|found| wanted.contains(found))
        };
        self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at <= to)
            && is_one_of(&self.codes, entry.code.as_ref())
            && is_one_of(&self.actors, entry.actor.as_ref())
            && (self.events.is_empty() || self.events.contains(&entry.event))
    }

    /// Whether a segment may hold what is wanted. An entry stands in the segment of its own day.
    fn may_be_in(&self, segment: &JournalSegment) -> bool {
        self.from.is_none_or(|from| segment.day >= from.date_naive())
            && self.to.is_none_or(|to| segment.day <= to.date_naive())
    }
}

/// Reads up to `limit` entries behind the cursor `after`, which an earlier page gave. Reads every
/// segment that may hold some, and keeps no more than a page in memory. Blocks on the disk.
///
/// # Errors
/// If a file cannot be read; [`io::ErrorKind::InvalidInput`] if the cursor is none.
pub fn read_journal(
    folder: &Path,
    filter: &JournalFilter,
    after: Option<&str>,
    limit: NonZeroUsize,
) -> io::Result<JournalPage> {
    let after = after.map(read_cursor).transpose()?;
    // The largest key on top: it goes when there are too many.
    let mut kept: BinaryHeap<(Key, String)> = BinaryHeap::new();
    let mut is_more = false;
    for segment in list(folder)?.iter().filter(|segment| filter.may_be_in(segment)) {
        let name = segment.name();
        let text = match fs::read_to_string(folder.join(&name)) {
            Ok(text) => text,
            // Removed for its age meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for (number, line) in (0_u64..).zip(text.lines()) {
            // A line that a crash has cut is no entry.
            let Ok(entry) = serde_json::from_str::<JournalEntry>(line) else { continue };
            let key = (entry.at.timestamp_millis(), name.clone(), number);
            if !filter.takes(&entry) || after.as_ref().is_some_and(|after| key <= *after) {
                continue;
            }
            kept.push((key, line.to_owned()));
            if kept.len() > limit.get() {
                is_more = true;
                kept.pop();
            }
        }
    }
    let kept = kept.into_sorted_vec();
    let next = if is_more { kept.last().map(|(key, _)| write_cursor(key)) } else { None };
    let entries = kept.iter().filter_map(|(_, line)| serde_json::from_str(line).ok()).collect();
    Ok(JournalPage { entries, next })
}

/// How many refusals were written of each actor on a day.
pub(super) fn refusals_of(folder: &Path, day: NaiveDate) -> io::Result<HashMap<String, u64>> {
    let mut counts = HashMap::new();
    let is_wanted = |segment: &&JournalSegment| segment.day == day && segment.is_of(Ring::Refusals);
    for segment in list(folder)?.iter().filter(is_wanted) {
        let text = match fs::read_to_string(folder.join(segment.name())) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let entries = text.lines().filter_map(|line| serde_json::from_str::<JournalEntry>(line).ok());
        let refused = entries.filter(|entry| entry.event == JournalEvent::Refused && entry.last_at.is_none());
        for actor in refused.filter_map(|entry| entry.actor) {
            *counts.entry(actor).or_default() += 1;
        }
    }
    Ok(counts)
}

fn write_cursor((at, segment, line): &Key) -> String {
    data_encoding::BASE64URL_NOPAD.encode(format!("{at} {line} {segment}").as_bytes())
}

fn read_cursor(text: &str) -> io::Result<Key> {
    let read = || {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.splitn(3, ' ');
        let (at, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((at, parts.next()?.to_owned(), line))
    };
    read().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no cursor of this journal"))
}
