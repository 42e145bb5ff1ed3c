//! What the rules of one command come to: its events, or why there are none.

use crate::aggregate::{AggregateRef, Event};
use crate::world::Stop;

/// What a command's own rules say: its aggregate's event first, then those of others.
pub(crate) type Outcome = Result<Vec<(AggregateRef, Event)>, Stop>;

/// One event of one aggregate.
pub(crate) fn one(aggregate: impl Into<AggregateRef>, event: impl Into<Event>) -> Vec<(AggregateRef, Event)> {
    vec![(aggregate.into(), event.into())]
}
