//! How a location changes by what has happened.

use super::event::LocationEvent;
use super::state::Location;
use crate::ids::LocationId;

/// The location after `event`.
#[must_use]
pub fn evolve(id: LocationId, event: &LocationEvent) -> Location {
    match event {
        LocationEvent::Defined(data) => Location { id, definition: data.clone() },
    }
}
