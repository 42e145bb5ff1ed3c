//! Chance that is the same on every run: `SplitMix64`, which is a few lines and never changes.

use chrono::{DateTime, Duration, NaiveTime, Utc};

/// Dice that fall alike for the same seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.next() % length as u64).unwrap_or(0)
    }

    /// Whether something of this chance, in hundredths, happens.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// A moment of some working day that lies so many days later; within the day, a little later.
    pub(super) fn later(&mut self, from: DateTime<Utc>, least_days: u64, most_days: u64) -> DateTime<Utc> {
        let days = self.between(least_days, most_days);
        if days == 0 {
            return from + Duration::minutes(self.minutes(5, 90));
        }
        let day = from.date_naive() + Duration::days(i64::try_from(days).unwrap_or(1));
        let morning = day.and_time(NaiveTime::MIN).and_utc() + Duration::hours(7);
        morning + Duration::minutes(self.minutes(0, 570))
    }

    fn minutes(&mut self, low: u64, high: u64) -> i64 {
        i64::try_from(self.between(low, high)).unwrap_or(1)
    }
}
