//! The one place that reads the clock.

use std::sync::{Mutex, OnceLock, PoisonError};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Tells the time, in whole milliseconds: the precision of every stored instant.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the operating system.
///
/// `ITAM_CLOCK_OFFSET_S` puts it off by so many seconds, for tests of clocks that are wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> DateTime<Utc> {
        (Utc::now() + offset()).trunc_subsecs(3)
    }
}

/// By how much the clock is put off; read once.
fn offset() -> TimeDelta {
    static OFFSET: OnceLock<TimeDelta> = OnceLock::new();
    *OFFSET.get_or_init(|| {
        let seconds = std::env::var("ITAM_CLOCK_OFFSET_S").ok().and_then(|text| text.parse().ok());
        seconds.and_then(TimeDelta::try_seconds).unwrap_or_default()
    })
}

/// A clock that stands still until it is set: for tests and for the demo's past.
#[derive(Debug)]
pub struct SettableClock(Mutex<DateTime<Utc>>);

impl SettableClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now.trunc_subsecs(3)))
    }

    /// Sets the clock.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now.trunc_subsecs(3);
    }

    /// Moves the clock.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now + by).trunc_subsecs(3);
    }
}

impl Clock for SettableClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_has_whole_milliseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000_000, 0);
    }

    #[test]
    fn a_settable_clock_stands_until_it_is_moved() {
        let start = DateTime::from_timestamp(1_000_000, 1_999_999).unwrap();
        let clock = SettableClock::new(start);
        assert_eq!(clock.now().timestamp_subsec_nanos(), 1_000_000);
        clock.advance(TimeDelta::seconds(5));
        assert_eq!(clock.now().timestamp(), 1_000_005);
        clock.set(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
    }
}
