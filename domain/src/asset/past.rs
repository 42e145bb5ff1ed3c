//! An asset as it was at an earlier moment.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::course::{self, Occurrence};
use super::state::Asset;
use crate::aggregate::AggregateRef;
use crate::ids::AssetId;

/// An asset as it was when the last thing happened to something else: to an audit that froze what it expects, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssetAt {
    /// The asset.
    pub asset_id: AssetId,
    /// What else. Only what is stored before its last event counts.
    pub before: AggregateRef,
    /// The day at whose end the asset is looked at, if not at that moment.
    pub as_of: Option<NaiveDate>,
}

impl AssetAt {
    /// The asset as it was then, by the events that were stored before.
    #[must_use]
    pub fn fold<'a>(self, before: impl IntoIterator<Item = Occurrence<'a>>) -> Option<Asset> {
        course::at(self.asset_id, before, self.as_of.map_or(DateTime::<Utc>::MAX_UTC, end_of_day))
    }
}

/// The last instant of a day that the log can tell from the next.
#[must_use]
pub fn end_of_day(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.checked_add_days(Days::new(1)).map(|next| next.and_time(NaiveTime::MIN).and_utc());
    let last = midnight.and_then(|midnight| midnight.checked_sub_signed(TimeDelta::milliseconds(1)));
    last.unwrap_or(DateTime::<Utc>::MAX_UTC)
}
