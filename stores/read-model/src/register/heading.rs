//! What stands before the row of a version: when it came, from when on it holds, and how far back it speaks.

use itam_domain::Envelope;
use itam_domain::course::{Correctable, Course, EffectiveReach};

/// What stands before a version's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) position: u64,
    /// From when on it holds (ms): never before the version before it.
    pub(crate) effective: i64,
    pub(crate) reach: EffectiveReach,
}

impl Heading {
    /// Of the version that an event makes, behind versions up to `latest`. Both times of the event are compared as
    /// the log keeps them, in milliseconds.
    pub(crate) fn of(envelope: &Envelope, position: u64, latest: Option<i64>) -> Self {
        let [own, recorded] =
            [envelope.effective_at, envelope.recorded_at].map(|time| time.timestamp_millis());
        let reach = EffectiveReach::of(envelope.event.event_type(), own, recorded, latest);
        Self { position, effective: latest.map_or(own, |latest| latest.max(own)), reach }
    }
}

/// The course that versions make, oldest first, by the rule of [`crate::register::moment`].
pub(crate) fn course<T: Correctable>(versions: impl IntoIterator<Item = (Heading, T)>) -> Course<T> {
    let mut course = Course::default();
    for (heading, thing) in versions {
        course.add(heading.effective, heading.reach, thing);
    }
    course
}

/// The courses that versions make without the last of them and with it.
pub(crate) fn before_and_after<T: Correctable>(mut versions: Vec<(Heading, T)>) -> [Course<T>; 2] {
    let last = versions.pop();
    let before = course(versions);
    let mut after = before.clone();
    if let Some((heading, thing)) = last {
        after.add(heading.effective, heading.reach, thing);
    }
    [before, after]
}
