//! How a department changes by what has happened.

use super::event::DepartmentEvent;
use super::state::Department;
use crate::ids::DepartmentId;

/// The department after `event`.
#[must_use]
pub fn evolve(id: DepartmentId, event: &DepartmentEvent) -> Department {
    match event {
        DepartmentEvent::Defined(data) => Department { id, definition: data.clone() },
    }
}
