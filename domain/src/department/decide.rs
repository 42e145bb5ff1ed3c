//! The rules of departments.

use super::command::DefineDepartment;
use super::event::{DepartmentDefined, DepartmentEvent};
use crate::aggregate::AggregateKind;
use crate::context::Context;
use crate::ids::DepartmentId;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::vocabulary::Standing;
use crate::world::{Stop, World};

/// Decides what a department is from now on.
pub(crate) fn decide(world: &World, body: &DefineDepartment, context: &Context<'_>) -> Outcome {
    let id = body.department_id.unwrap_or(DepartmentId(context.command_id.created_id()));
    let before = world.find_department(id)?;
    check_parent(world, id, body.parent_id)?;
    if before.is_none_or(|before| before.definition.parent_id != body.parent_id) {
        world.check_department(body.parent_id, "/parent_id")?;
    }
    let defined = DepartmentDefined {
        name: body.name.clone(),
        cost_center: body.cost_center.clone(),
        parent_id: body.parent_id,
        notes: body.notes.clone(),
        standing: body.standing.unwrap_or(Standing::Active),
    };
    if before.is_some_and(|before| before.definition == defined) {
        let detail = "the department reads like this already";
        return Err(Rejection::rule("nothing-to-do", detail).into());
    }
    Ok(one(AggregateKind::Department, id.0, DepartmentEvent::Defined(defined)))
}

/// The most levels a tree of departments may have.
const MAX_DEPTH: usize = 16;

/// No department is part of itself, through any number of others.
fn check_parent(world: &World, id: DepartmentId, parent_id: Option<DepartmentId>) -> Result<(), Stop> {
    let mut above = parent_id;
    for _ in 0..MAX_DEPTH {
        let Some(parent) = above else { return Ok(()) };
        if parent == id {
            let detail = "a department cannot be part of itself";
            return Err(Rejection::invalid("/parent_id", "circle", detail).into());
        }
        above = world.department(parent, "/parent_id")?.definition.parent_id;
    }
    let detail = format!("departments nest at most {MAX_DEPTH} deep");
    Err(Rejection::invalid("/parent_id", "too-deep", detail).into())
}
