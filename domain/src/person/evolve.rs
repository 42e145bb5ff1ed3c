//! How a person changes by what has happened.

use super::event::PersonEvent;
use super::state::{Person, PersonStanding};
use crate::ids::PersonId;

/// The person after `event`.
#[must_use]
pub fn evolve(id: PersonId, person: Option<Person>, event: &PersonEvent) -> Option<Person> {
    if let PersonEvent::Added(data) = event {
        let (department_id, location_id) = (data.department_id, data.location_id);
        return Some(Person { id, department_id, location_id, standing: PersonStanding::Active });
    }
    let mut person = person?;
    match event {
        PersonEvent::Added(_) => {}
        PersonEvent::Deactivated(_) => person.standing = PersonStanding::Inactive,
        PersonEvent::Erased(_) => person.standing = PersonStanding::Erased,
    }
    Some(person)
}
