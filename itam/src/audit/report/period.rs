//! The period of a report, found in the log.

use chrono::{DateTime, TimeDelta, Utc};
use itam_event_log::{LogReader, position_at};

use crate::audit::moment::Moment;
use crate::failure::Failure;

/// A run of positions, and the time that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    /// The first position in it; one behind the last if there is none.
    pub(super) first: u64,
    /// The last position in it.
    pub(super) last: u64,
    /// Not before this instant.
    pub(super) from: DateTime<Utc>,
    /// Not after this one.
    pub(super) to: DateTime<Utc>,
}

impl Period {
    /// Finds it in the log, by the times of storage.
    pub(super) async fn find(
        from: Moment,
        to: Moment,
        log: &dyn LogReader,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let end = to.find_last(log, now).await?;
        let (first, from) = if let Some(instant) = from.first_instant() {
            let before = position_at(log, instant - TimeDelta::milliseconds(1)).await;
            (before.map_err(Failure::Log)? + 1, instant)
        } else {
            let begin = from.find_last(log, now).await?;
            (begin.position, begin.instant)
        };
        if first > end.position + 1 || from > end.instant {
            return Err(Failure::Usage("the period ends before it begins".to_owned()));
        }
        Ok(Self { first, last: end.position, from, to: end.instant })
    }

    /// How many positions it has.
    pub(super) fn messages(&self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }
}
