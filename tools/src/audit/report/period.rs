//! The period of a report, found in the log.

use chrono::{DateTime, TimeDelta, Utc};
use itam_event_log::{LogReader, position_at};

use crate::audit::moment::{FoundMoment, NamedMoment};
use crate::failure::Failure;

/// A run of positions, and the time that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    /// The first position in it; one behind the last if there is none.
    pub(super) first: u64,
    /// The last position in it.
    pub(super) last: u64,
    /// Not before this instant; the earliest there is, if nothing was said.
    pub(super) from: DateTime<Utc>,
    /// Not after this one.
    pub(super) to: DateTime<Utc>,
}

impl Period {
    /// Finds it in the log, by the times of storage: from the log's beginning and up to now, where
    /// nothing is said.
    pub(super) async fn find(
        from: Option<NamedMoment>,
        to: Option<NamedMoment>,
        log: &dyn LogReader,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let end = if let Some(to) = to {
            to.find_last(log, now).await?
        } else {
            let head = log.head().await.map_err(Failure::Log)?;
            let end = NamedMoment::Position(head.max(1)).find_last(log, now).await?;
            FoundMoment { instant: end.instant.max(now), ..end }
        };
        let (first, from) = begin(from, log, now).await?;
        if first > end.position + 1 || from > end.instant {
            return Err(Failure::Usage("the period ends before it begins".to_owned()));
        }
        Ok(Self { first, last: end.position, from, to: end.instant })
    }

    /// Whether a position is in it.
    pub(super) fn has(&self, position: u64) -> bool {
        (self.first..=self.last).contains(&position)
    }

    /// How many positions it has.
    pub(super) fn messages(&self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }
}

/// The first position, and the instant from which on things beside the log belong to the period.
async fn begin(
    from: Option<NamedMoment>,
    log: &dyn LogReader,
    now: DateTime<Utc>,
) -> Result<(u64, DateTime<Utc>), Failure> {
    let Some(from) = from else { return Ok((1, DateTime::<Utc>::MIN_UTC)) };
    let Some(instant) = from.first_instant() else {
        let begin = from.find_last(log, now).await?;
        return Ok((begin.position, begin.instant));
    };
    let before = position_at(log, instant - TimeDelta::milliseconds(1)).await.map_err(Failure::Log)?;
    Ok((before + 1, instant))
}
