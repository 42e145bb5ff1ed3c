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

/// Whether a person may be given anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonStanding {
    /// She may.
    Active,
    /// She left.
    Inactive,
    /// She left, and her name is gone. Final.
    Erased,
}

impl PersonStanding {
    /// The standing's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Erased => "erased",
        }
    }
}
