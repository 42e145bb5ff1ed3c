//! The two times of a question: what was true at one instant, as far as was known at another.
//!
//! # What is answered
//!
//! An event has a time at which it took effect in the world and a position at which the register
//! learnt of it. A [`Moment`] names one of each. For one thing, take its events up to the position
//! `known_at` in their order, and keep the *course* of the thing: versions, each from an effective
//! time on. Effective times do not descend within one aggregate; where a foreign event's would, the
//! latest before it stands for it.
//!
//! * An event that is no correction adds a version: the last one, changed by the event.
//! * A correction that names no time of its own (its effective time is the time at which it was
//!   recorded) says that a recorded value was wrong. It adds a version, and sets each corrected fact
//!   right in the versions before, going back from the last for as long as they hold the value that
//!   was wrong: a correction replaces a wrong value for as long as it stood.
//! * A correction that names a time says how things are from that time on. It adds a version, and
//!   where its time lies before the last version's, it sets right what held from that time on, in
//!   the same way.
//!
//! The answer at `as_of` is the last version that took effect by then. Before the first version the
//! thing was not in the register.
//!
//! So with everything known and an instant of the past, late entries and corrections are included;
//! with a past position and an instant not before it, the answer is what a reader saw then, word for
//! word.

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::audit_finding::end_of_day;

/// What was true at `as_of`, as far as was known at `known_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Business time: what had taken effect by then. The log keeps milliseconds.
    pub as_of: DateTime<Utc>,
    /// Knowledge: the position of the last event that is considered. One beyond what is applied
    /// means all that is applied.
    pub known_at: u64,
}

impl Moment {
    /// The end of a day, as far as was known at a position.
    pub(crate) fn at_end_of(day: NaiveDate, known_at: u64) -> Self {
        Self { as_of: end_of_day(day), known_at }
    }

    /// Everything that is known at a position, whenever it takes effect: the present of a register that
    /// has come so far.
    pub(crate) fn latest(known_at: u64) -> Self {
        Self { as_of: DateTime::<Utc>::MAX_UTC, known_at }
    }

    /// The instant in milliseconds, as versions have theirs.
    pub(crate) fn as_of_ms(self) -> i64 {
        self.as_of.timestamp_millis()
    }
}
