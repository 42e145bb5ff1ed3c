//! The rules of persons.

use super::command::{AddPerson, DeactivatePerson, ErasePerson};
use super::event::{PersonAdded, PersonDeactivated, PersonErased, PersonEvent};
use super::state::{Person, PersonStanding};
use crate::desk::Desk;
use crate::ids::PersonId;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::world::{Stop, World};

/// Adding again is how an assignment, or a name in the vault, is changed, so the same assignment
/// twice is no mistake.
pub(crate) fn add(desk: &Desk<'_>, body: &AddPerson) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let id = body.person_id.unwrap_or(PersonId(context.command_id.created_id()));
    if world.find(id)?.is_some_and(|person| person.standing == PersonStanding::Erased) {
        let detail = format!("person {id} was erased: add her under a new id");
        return Err(Rejection::rule("person-erased", detail).into());
    }
    world.check_active(body.department_id, "/department_id")?;
    world.check_active(body.location_id, "/location_id")?;
    let added = PersonAdded { department_id: body.department_id, location_id: body.location_id };
    Ok(one(id, PersonEvent::Added(added)))
}

pub(crate) fn deactivate(desk: &Desk<'_>, body: &DeactivatePerson) -> Outcome {
    let world = desk.world;
    let person = existing(world, body.person_id)?;
    if person.standing != PersonStanding::Active {
        return Err(wrong_standing(person, "deactivate-person").into());
    }
    Ok(one(person.id, PersonEvent::Deactivated(PersonDeactivated {})))
}

pub(crate) fn erase(desk: &Desk<'_>, body: &ErasePerson) -> Outcome {
    let world = desk.world;
    let person = existing(world, body.person_id)?;
    if person.standing == PersonStanding::Erased {
        return Err(wrong_standing(person, "erase-person").into());
    }
    Ok(one(person.id, PersonEvent::Erased(PersonErased {})))
}

pub(super) fn existing(world: &World, id: PersonId) -> Result<&Person, Stop> {
    let unknown = || Rejection::not_found("/person_id", format!("there is no person {id}"));
    Ok(world.find(id)?.ok_or_else(unknown)?)
}

pub(super) fn wrong_standing(person: &Person, command: &str) -> Rejection {
    let allowed: &[&str] = match person.standing {
        PersonStanding::Active => &["add-person", "correct-person", "deactivate-person", "erase-person"],
        PersonStanding::Inactive => &["add-person", "correct-person", "erase-person"],
        PersonStanding::Erased => &[],
    };
    let standing = person.standing.as_str();
    Rejection::rule("invalid-transition", format!("the person is {standing}, which does not take {command}"))
        .fact("current_state", standing)
        .fact("allowed_commands", allowed)
}
