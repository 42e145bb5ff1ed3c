//! The rules of locations.

use super::command::DefineLocation;
use super::event::{LocationDefined, LocationEvent};
use crate::aggregate::AggregateKind;
use crate::context::Context;
use crate::ids::LocationId;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::vocabulary::{LocationKind, Standing};
use crate::world::{Stop, World};

/// Decides what a location is from now on.
pub(crate) fn decide(world: &World, body: &DefineLocation, context: &Context<'_>) -> Outcome {
    let id = body.location_id.unwrap_or(LocationId(context.command_id.created_id()));
    let before = world.find_location(id)?;
    check_parent(world, id, body.parent_id)?;
    if before.is_none_or(|before| before.definition.parent_id != body.parent_id) {
        world.check_location(body.parent_id, "/parent_id")?;
    }
    let defined = LocationDefined {
        name: body.name.clone(),
        kind: body.kind.unwrap_or(LocationKind::Site),
        parent_id: body.parent_id,
        address: body.address.clone(),
        country: body.country.clone(),
        notes: body.notes.clone(),
        standing: body.standing.unwrap_or(Standing::Active),
    };
    if before.is_some_and(|before| before.definition == defined) {
        let detail = "the location reads like this already";
        return Err(Rejection::rule("nothing-to-do", detail).into());
    }
    Ok(one(AggregateKind::Location, id.0, LocationEvent::Defined(defined)))
}

/// The most levels a tree of locations may have.
const MAX_DEPTH: usize = 16;

/// No location is part of itself, through any number of others.
fn check_parent(world: &World, id: LocationId, parent_id: Option<LocationId>) -> Result<(), Stop> {
    let mut above = parent_id;
    for _ in 0..MAX_DEPTH {
        let Some(parent) = above else { return Ok(()) };
        if parent == id {
            let detail = "a location cannot be part of itself";
            return Err(Rejection::invalid("/parent_id", "circle", detail).into());
        }
        above = world.location(parent, "/parent_id")?.definition.parent_id;
    }
    let detail = format!("locations nest at most {MAX_DEPTH} deep");
    Err(Rejection::invalid("/parent_id", "too-deep", detail).into())
}
