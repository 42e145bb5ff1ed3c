//! What has happened to a department.

use serde::{Deserialize, Serialize};

use crate::events::events;
use crate::ids::DepartmentId;
use crate::text::{Note, ShortText};
use crate::vocabulary::Standing;

events! {
    /// Everything that can have happened to a department.
    DepartmentEvent of "department" {
        /// It was defined, or defined anew.
        "department.defined" v 1 => Defined(DepartmentDefined),
    }
}

/// A department as it reads from now on: every field, not only what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DepartmentDefined {
    /// Its name, unique.
    pub name: ShortText,
    /// The number of its cost center.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_center: Option<ShortText>,
    /// The department that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<DepartmentId>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// Whether it may be newly referred to.
    pub standing: Standing,
}
