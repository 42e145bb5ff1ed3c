//! What has happened to a person, without a word of who she is.

use serde::{Deserialize, Serialize};

use crate::corrections::Corrected;
use crate::events::events;
use crate::master::{DepartmentId, LocationId};

events! {
    /// Everything that can have happened to a person.
    PersonEvent of "person" {
        /// She was added, or her assignment changed.
        "person.added" v 1 => Added(PersonAdded),
        /// Her assignment was recorded wrongly.
        "person.corrected" v 1 => Corrected(PersonCorrected),
        /// She left.
        "person.deactivated" v 1 => Deactivated(PersonDeactivated),
        /// Her name and mail were erased from the vault.
        "person.erased" v 1 => Erased(PersonErased),
    }
}

/// She was added, or her assignment changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PersonAdded {
    /// The department she belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department_id: Option<DepartmentId>,
    /// Where she works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
}

/// She left. What she has stays hers until it is returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PersonDeactivated {}

/// Her name and mail were erased from the vault (GDPR, art. 17).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PersonErased {}

/// Her assignment was recorded wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PersonCorrected {
    /// Each corrected fact, with what was recorded and what it should read.
    pub changes: Vec<PersonFact>,
}

/// A fact of a person that can be corrected, with what was recorded and what it should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum PersonFact {
    /// The department she belongs to.
    Department(Corrected<Option<DepartmentId>>),
    /// Where she works.
    Location(Corrected<Option<LocationId>>),
}
