//! How a person changes by what has happened.

use super::event::{PersonEvent, PersonFact};
use super::state::{Person, PersonStanding};
use crate::aggregate::AggregateState;
use crate::ids::PersonId;

impl AggregateState for Person {
    type Id = PersonId;
    type Event = PersonEvent;

    const NOUN: &'static str = "person";
    const IS_REFERENCE: bool = true;

    fn evolve(id: PersonId, person: Option<Self>, event: &PersonEvent, _actor: &str) -> Option<Self> {
        if let PersonEvent::Added(data) = event {
            let (department_id, location_id) = (data.department_id, data.location_id);
            return Some(Person { id, department_id, location_id, standing: PersonStanding::Active });
        }
        let mut person = person?;
        match event {
            PersonEvent::Added(_) => {}
            PersonEvent::Corrected(data) => data.changes.iter().for_each(|fact| correct(&mut person, fact)),
            PersonEvent::Deactivated(_) => person.standing = PersonStanding::Inactive,
            PersonEvent::Erased(_) => person.standing = PersonStanding::Erased,
        }
        Some(person)
    }

    /// Whether she may be given anything.
    fn is_active(&self) -> bool {
        self.standing == PersonStanding::Active
    }
}

fn correct(person: &mut Person, fact: &PersonFact) {
    match fact {
        PersonFact::Department(fact) => person.department_id = fact.new,
        PersonFact::Location(fact) => person.location_id = fact.new,
    }
}
