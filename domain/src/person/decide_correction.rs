//! The rules of corrections of persons: of what the log knows of them, which is their assignment.

use std::mem::discriminant;

use super::command::{CorrectPerson, PersonCorrection};
use super::decide::{existing, wrong_standing};
use super::event::{PersonCorrected, PersonEvent, PersonFact};
use super::state::PersonStanding;
use crate::corrections::{Corrected, changes};
use crate::desk::Desk;
use crate::outcome::{Outcome, one};

pub(crate) fn correct(desk: &Desk<'_>, body: &CorrectPerson) -> Outcome {
    let world = desk.world;
    let person = existing(world, body.person_id)?;
    if person.standing == PersonStanding::Erased {
        return Err(wrong_standing(person, "correct-person").into());
    }
    let changes = changes(&body.corrections, discriminant, |correction, pointer| {
        Ok(match correction {
            PersonCorrection::DepartmentId(new) => {
                world.check_active(*new, &format!("{pointer}/department_id"))?;
                PersonFact::Department(Corrected::of(&person.department_id, new))
            }
            PersonCorrection::LocationId(new) => {
                world.check_active(*new, &format!("{pointer}/location_id"))?;
                PersonFact::Location(Corrected::of(&person.location_id, new))
            }
        })
    })?;
    Ok(one(person.id, PersonEvent::Corrected(PersonCorrected { changes })))
}
