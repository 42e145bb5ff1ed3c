//! What the log knows of a person.

use crate::ids::PersonId;
use crate::master::{DepartmentId, LocationId};

/// A person, as the log knows her.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Which one.
    pub id: PersonId,
    /// The department she belongs to.
    pub department_id: Option<DepartmentId>,
    /// Where she works.
    pub location_id: Option<LocationId>,
    /// Whether she may be given anything.
    pub standing: PersonStanding,
}

crate::vocabulary! {
    /// Whether a person may be given anything.
    PersonStanding {
        /// She may.
        Active = "active",
        /// She left.
        Inactive = "inactive",
        /// She left, and her name is gone. Final.
        Erased = "erased",
    }
}
