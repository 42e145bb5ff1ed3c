//! Moments of a history as people name them: a position, an instant, or a day.

use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use itam_domain::format_instant;
use itam_event_log::{LogReader, position_at, stored_at};

use crate::failure::Failure;

/// A moment of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedMoment {
    /// A position of the log.
    Position(u64),
    /// An instant.
    Instant(DateTime<Utc>),
    /// A day, in UTC.
    Day(NaiveDate),
}

/// A moment, found in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundMoment {
    /// The last position of that moment, at least 1.
    pub(crate) position: u64,
    /// The instant that was named; for a position, when it was stored.
    pub(crate) instant: DateTime<Utc>,
}

impl FromStr for NamedMoment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let position = text.parse().map_err(|_| format!("{text} is too large for a position"))?;
            return if position == 0 {
                Err("positions begin at 1".to_owned())
            } else {
                Ok(Self::Position(position))
            };
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Day(day));
        }
        let instant = DateTime::parse_from_rfc3339(text);
        instant.map(|instant| Self::Instant(instant.with_timezone(&Utc))).map_err(|_| {
            format!(
                "{text:?} is none of: a position such as 4711, a day such as 2026-03-31, an instant such as \
                 2026-03-31T12:00:00Z"
            )
        })
    }
}

impl NamedMoment {
    /// The last instant of it, to the millisecond; none for a position.
    fn last_instant(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Position(_) => None,
            Self::Instant(instant) => Some(instant),
            Self::Day(day) => Some(midnight_after(day) - TimeDelta::milliseconds(1)),
        }
    }

    /// The first instant of it; none for a position.
    pub(super) fn first_instant(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Position(_) => None,
            Self::Instant(instant) => Some(instant),
            Self::Day(day) => Some(day.and_time(NaiveTime::MIN).and_utc()),
        }
    }

    /// The last position that the log had stored when the moment was over.
    pub(crate) async fn find_last(
        self,
        log: &dyn LogReader,
        now: DateTime<Utc>,
    ) -> Result<FoundMoment, Failure> {
        let head = log.head().await.map_err(Failure::Log)?;
        if head == 0 {
            return Err(Failure::Usage("the log is empty".to_owned()));
        }
        let Some(instant) = self.last_instant() else {
            return self.find_position(log, head).await;
        };
        if instant > now {
            return Err(Failure::Usage(format!(
                "{} is not over yet: name an earlier one, or a position; the log's last is {head}",
                format_instant(instant)
            )));
        }
        match position_at(log, instant).await.map_err(Failure::Log)? {
            0 => {
                let first = format_instant(stored_at(log, 1).await.map_err(Failure::Log)?);
                let asked = format_instant(instant);
                Err(Failure::Usage(format!(
                    "there was nothing at {asked}: the log stored its first message at {first}"
                )))
            }
            position => Ok(FoundMoment { position, instant }),
        }
    }

    async fn find_position(self, log: &dyn LogReader, head: u64) -> Result<FoundMoment, Failure> {
        let Self::Position(position) = self else {
            return Err(Failure::Usage("no position was named".to_owned()));
        };
        if position > head {
            return Err(Failure::Usage(format!(
                "there is no position {position} yet: the log ends at {head}"
            )));
        }
        let instant = stored_at(log, position).await.map_err(Failure::Log)?;
        Ok(FoundMoment { position, instant })
    }
}

fn midnight_after(day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    next.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_moment_is_a_position_a_day_or_an_instant() {
        assert_eq!("4711".parse(), Ok(NamedMoment::Position(4711)));
        let day = "2026-03-31".parse::<NamedMoment>().expect("a day");
        assert_eq!(day.last_instant(), Some(instant("2026-03-31T23:59:59.999Z")));
        let noon = "2026-03-31T14:00:00+02:00".parse::<NamedMoment>().expect("an instant");
        assert_eq!(noon.last_instant(), Some(instant("2026-03-31T12:00:00Z")));
    }

    #[test]
    fn anything_else_is_refused_with_what_it_could_be() {
        for wrong in
            ["", "yesterday", "31.03.2026", "2026-13-01", "2026-02-30", "2026-03-31T12:00:00", "-1", "1.5"]
        {
            let error = wrong.parse::<NamedMoment>().expect_err(wrong);
            assert!(error.contains("a position such as 4711"), "{error}");
        }
        assert!("0".parse::<NamedMoment>().expect_err("zero").contains("begin at 1"));
        assert!("99999999999999999999".parse::<NamedMoment>().expect_err("too large").contains("too large"));
    }
}
