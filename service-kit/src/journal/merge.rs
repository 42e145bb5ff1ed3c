//! What is written of many refusals: equal ones once and with their number, and of one actor no more than
//! its share.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::JournalLimits;
use super::entry::{JournalEntry, JournalEvent};

/// For how long equal refusals are counted instead of written, in seconds.
const EQUAL_WITHIN_S: i64 = 60;
/// For how long all further refusals of an actor beyond its share are, in seconds.
const BEYOND_WITHIN_S: i64 = 3600;
/// One actor gets the so manieth part of what is kept.
const PART: u64 = 4;
/// What an actor gets a day, however little is kept.
const LEAST: u64 = 20;

/// Decides what of the entries is written.
pub(super) struct JournalMerger {
    /// How many different entries an actor may have written in a day.
    share: u64,
    day: NaiveDate,
    used: HashMap<String, u64>,
    open: HashMap<Key, Repeats>,
}

/// What makes two refusals equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    actor: Option<String>,
    role: Option<String>,
    /// Code, reason and action; none for all beyond an actor's share.
    what: Option<[Option<String>; 3]>,
}

/// The refusals that followed one that was written.
struct Repeats {
    until: DateTime<Utc>,
    /// The first and the last of them.
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    count: u64,
}

impl JournalMerger {
    /// Begins, on a day on which so much was written of actors already.
    pub(super) fn new(limits: JournalLimits, day: NaiveDate, used: HashMap<String, u64>) -> Self {
        let share = (limits.entries / (PART * u64::from(limits.days.max(1)))).max(LEAST);
        Self { share, day, used, open: HashMap::new() }
    }

    /// Gives what is to be written of an entry at once: itself, a shorter one, or nothing yet.
    pub(super) fn take(&mut self, mut entry: JournalEntry) -> Vec<JournalEntry> {
        if entry.event != JournalEvent::Refused {
            return vec![entry];
        }
        let key = Key::of(&entry);
        if self.is_repeated(&key, entry.at) {
            return Vec::new();
        }
        if self.takes_share(&entry) {
            return self.begin(key, entry, EQUAL_WITHIN_S);
        }
        let key = Key { what: None, ..key };
        if self.is_repeated(&key, entry.at) {
            return Vec::new();
        }
        (entry.code, entry.reason, entry.action, entry.trace_id) = (None, None, None, None);
        self.begin(key, entry, BEYOND_WITHIN_S)
    }

    /// Gives what was counted in spans that are over at `now`; with none, in all.
    pub(super) fn due(&mut self, now: Option<DateTime<Utc>>) -> Vec<JournalEntry> {
        let is_due = |repeats: &Repeats| now.is_none_or(|now| now >= repeats.until);
        let due: Vec<_> = self.open.extract_if(|_, repeats| is_due(repeats)).collect();
        due.into_iter().filter_map(|(key, repeats)| key.told(&repeats)).collect()
    }

    fn is_repeated(&mut self, key: &Key, at: DateTime<Utc>) -> bool {
        let Some(repeats) = self.open.get_mut(key).filter(|repeats| at < repeats.until) else { return false };
        repeats.count += 1;
        let first = repeats.span.map_or(at, |(first, _)| first);
        repeats.span = Some((first, at));
        true
    }

    /// What was counted in the span before is told first.
    fn begin(&mut self, key: Key, entry: JournalEntry, seconds: i64) -> Vec<JournalEntry> {
        let until = entry.at + TimeDelta::seconds(seconds);
        let before = self.open.insert(key.clone(), Repeats { until, span: None, count: 0 });
        before.and_then(|repeats| key.told(&repeats)).into_iter().chain([entry]).collect()
    }

    /// Whether the actor has a share left; strangers share what is kept of them all.
    fn takes_share(&mut self, entry: &JournalEntry) -> bool {
        let Some(actor) = &entry.actor else { return true };
        let day = entry.at.date_naive();
        if day != self.day {
            self.day = day;
            self.used.clear();
        }
        let used = self.used.entry(actor.clone()).or_default();
        let has_left = *used < self.share;
        *used += u64::from(has_left);
        has_left
    }
}

impl Key {
    fn of(entry: &JournalEntry) -> Self {
        let what = [&entry.code, &entry.reason, &entry.action].map(Clone::clone);
        Self { actor: entry.actor.clone(), role: entry.role.clone(), what: Some(what) }
    }

    /// One entry for all that were counted, if any were.
    fn told(self, repeats: &Repeats) -> Option<JournalEntry> {
        let (first, last) = repeats.span?;
        let mut entry = JournalEntry::new(first, JournalEvent::Refused);
        [entry.code, entry.reason, entry.action] = self.what.unwrap_or_default();
        (entry.actor, entry.role) = (self.actor, self.role);
        (entry.count, entry.last_at) = (Some(repeats.count), Some(last));
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(at_s: i64, actor: Option<&str>, action: &str) -> JournalEntry {
        let at = DateTime::from_timestamp(1_780_000_000 + at_s, 0).expect("an instant");
        let mut entry = JournalEntry::new(at, JournalEvent::Refused);
        entry.code = Some("forbidden".to_owned());
        entry.action = Some(action.to_owned());
        entry.actor = actor.map(str::to_owned);
        entry
    }

    fn merger(entries: u64, days: u32) -> JournalMerger {
        let day = refused(0, None, "").at.date_naive();
        JournalMerger::new(JournalLimits { entries, days }, day, HashMap::new())
    }

    #[test]
    fn equal_refusals_are_written_once_and_then_with_their_number_and_times() {
        let mut merger = merger(100_000, 90);
        let first = refused(0, Some("a"), "deploy-asset");
        assert_eq!(merger.take(first.clone()), std::slice::from_ref(&first));
        for at_s in 1..=50 {
            assert_eq!(merger.take(refused(at_s, Some("a"), "deploy-asset")), []);
        }
        for other in [refused(1, Some("b"), "deploy-asset"), refused(1, Some("a"), "return-asset")] {
            assert_eq!(merger.take(other.clone()), [other]);
        }
        assert_eq!(merger.due(Some(refused(59, None, "").at)), []);
        let told = merger.due(Some(refused(60, None, "").at));
        let expected = JournalEntry {
            count: Some(50),
            last_at: Some(refused(50, None, "").at),
            ..refused(1, Some("a"), "deploy-asset")
        };
        assert_eq!(told, [expected]);
        assert_eq!(merger.take(refused(70, Some("a"), "deploy-asset")).len(), 1);
    }

    #[test]
    fn one_actor_has_a_share_of_a_day_and_beyond_it_a_number() {
        let mut merger = merger(3600, 90);
        let flood = |merger: &mut JournalMerger, at_s: i64| -> usize {
            (0..1000).map(|number| merger.take(refused(at_s, Some("a"), &number.to_string())).len()).sum()
        };
        // Twenty of its own, and one that stands for all others.
        assert_eq!(flood(&mut merger, 0), 21);
        assert_eq!(flood(&mut merger, 120), 0, "nothing within the hour");
        assert_eq!(merger.take(refused(0, Some("b"), "x")).len(), 1);
        let told = merger.due(None);
        let beyond: Vec<_> = told.iter().filter(|entry| entry.code.is_none()).collect();
        assert_eq!(beyond.len(), 1);
        assert_eq!((beyond[0].count, beyond[0].actor.as_deref()), (Some(979 + 1000), Some("a")));
        assert_eq!(flood(&mut merger, 86_400), 21, "the next day");
    }

    #[test]
    fn changes_of_tokens_are_all_written() {
        let mut merger = merger(100, 90);
        for _ in 0..100 {
            let entry = JournalEntry::new(refused(0, None, "").at, JournalEvent::TokenCreated);
            assert_eq!(merger.take(entry).len(), 1);
        }
    }
}
