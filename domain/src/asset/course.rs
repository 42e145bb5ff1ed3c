//! The course of an asset, as its events tell it.

use chrono::{DateTime, Utc};

use super::event::AssetEvent;
use super::state::Asset;
use crate::aggregate::AggregateState;
use crate::course::{Course, EffectiveReach};
use crate::events::WireEvent;
use crate::ids::AssetId;

/// An event with when it took effect and when it was recorded.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// When it took effect.
    pub effective_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What happened.
    pub event: &'a AssetEvent,
}

/// The asset as it was at `as_of`, as far as `occurrences`, in their order, tell; `None` if it was not
/// in the register then.
#[must_use]
pub fn at<'a>(
    id: AssetId,
    occurrences: impl IntoIterator<Item = Occurrence<'a>>,
    as_of: DateTime<Utc>,
) -> Option<Asset> {
    let mut course = Course::default();
    let mut last: Option<(Asset, i64)> = None;
    for Occurrence { effective_at, recorded_at, event } in occurrences {
        let (own, recorded) = (effective_at.timestamp_millis(), recorded_at.timestamp_millis());
        let (before, latest) = last.unzip();
        let after = Asset::evolve(id, before, event, "")?;
        let reach = EffectiveReach::of(event.event_type(), own, recorded, latest);
        let from = latest.map_or(own, |latest| latest.max(own));
        course.add(from, reach, after.clone());
        last = Some((after, from));
    }
    course.at(as_of.timestamp_millis()).cloned()
}
