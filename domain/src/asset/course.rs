//! The course of an asset through business time, with what later corrections set right in it.
//!
//! An event that is no correction adds a version. A correction that names no time of its own says that a
//! recorded value was wrong: it adds a version, and sets each corrected fact right in the versions
//! before, going back for as long as they hold the wrong value. A correction that names a time does the
//! same from that time on.

use chrono::{DateTime, Utc};

use super::correctable::CorrectableFact;
use super::event::AssetEvent;
use super::facts::AssetFacts;
use super::state::Asset;
use crate::aggregate::AggregateState;
use crate::envelope::as_stored;
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

/// What an asset was from an instant on, until the next stretch.
struct Stretch {
    from: DateTime<Utc>,
    asset: Asset,
}

/// The asset as it was at `as_of`, as far as `occurrences`, in their order, tell; `None` if it was not
/// in the register then.
#[must_use]
pub fn at<'a>(
    id: AssetId,
    occurrences: impl IntoIterator<Item = Occurrence<'a>>,
    as_of: DateTime<Utc>,
) -> Option<Asset> {
    let mut course: Vec<Stretch> = Vec::new();
    let mut last: Option<(Asset, DateTime<Utc>)> = None;
    for Occurrence { effective_at, recorded_at, event } in occurrences {
        let (effective, recorded) = (as_stored(effective_at), as_stored(recorded_at));
        let (before, latest) = last.map_or((None, effective), |(asset, latest)| (Some(asset), latest));
        let after = Asset::evolve(id, before.clone(), event, "")?;
        let latest = latest.max(effective);
        if let (AssetEvent::Corrected(_), Some(before)) = (event, &before) {
            let since = if effective == recorded { DateTime::<Utc>::MIN_UTC } else { effective };
            set_right(&mut course, since, &before.facts, &after.facts);
        }
        course.push(Stretch { from: latest, asset: after.clone() });
        last = Some((after, latest));
    }
    course.into_iter().rev().find(|stretch| stretch.from <= as_of).map(|stretch| stretch.asset)
}

/// Sets each fact in which `right` differs from `wrong` right in what held from `since` on, going
/// back for as long as it holds what was wrong.
fn set_right(course: &mut Vec<Stretch>, since: DateTime<Utc>, wrong: &AssetFacts, right: &AssetFacts) {
    divide(course, since);
    for fact in CorrectableFact::ALL.iter().filter(|fact| fact.differs(wrong, right)) {
        for stretch in course.iter_mut().rev().take_while(|stretch| stretch.from >= since) {
            if fact.differs(&stretch.asset.facts, wrong) {
                break;
            }
            fact.copy(&mut stretch.asset.facts, right);
        }
    }
}

/// Makes a stretch begin at `since`, if the course has begun by then.
fn divide(course: &mut Vec<Stretch>, since: DateTime<Utc>) {
    let behind = course.partition_point(|stretch| stretch.from <= since);
    let Some(stretch) = behind.checked_sub(1).and_then(|index| course.get(index)) else { return };
    if stretch.from < since {
        let asset = stretch.asset.clone();
        course.insert(behind, Stretch { from: since, asset });
    }
}
