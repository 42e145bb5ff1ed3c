//! The department: who bears costs, and who has assets in common.

use serde::{Deserialize, Serialize};

use super::{Correct, Define, Defined, Definition, DefinitionEvent};
use crate::command_body::commands_of;
use crate::events::EventType;
use crate::guard_name::GuardName;
use crate::ids::ids;
use crate::key::KeyKind;
use crate::text::{Note, ShortText};
use crate::vocabulary::Standing;

ids! {
    /// A department.
    DepartmentId;
}

/// A department as it was last defined.
pub type Department = Defined<DepartmentDefined>;
/// Everything that can have happened to it.
pub type DepartmentEvent = DefinitionEvent<DepartmentDefined>;

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

commands_of! {
    /// Defines a department. With the id of one that exists: how it reads from now on, in every field.
    DefineDepartment {
        /// Which one; without it, or with an id that is not in use, a new one.
        department_id: Option<DepartmentId>,
        /// Its name, unique.
        name: ShortText,
        /// The number of its cost center.
        cost_center: Option<ShortText>,
        /// The department that it is a part of.
        parent_id: Option<DepartmentId>,
        /// Anything else.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}

/// Corrects how a department was recorded.
pub type CorrectDepartment = Correct<DefineDepartment>;

impl Definition for DepartmentDefined {
    type Id = DepartmentId;

    const EVENT: EventType = EventType { name: "department.defined", version: 1 };
    const CORRECTION: EventType = EventType { name: "department.corrected", version: 1 };
    const NOUN: &'static str = "department";
    const NAMES: KeyKind = KeyKind::names("department", "department name");
    const TREE: Option<GuardName> = Some(GuardName::DepartmentTree);

    fn name(&self) -> &ShortText {
        &self.name
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn parent(&self) -> Option<DepartmentId> {
        self.parent_id
    }
}

impl Define for DefineDepartment {
    type Definition = DepartmentDefined;

    fn id(&self) -> Option<DepartmentId> {
        self.department_id
    }

    fn definition(&self) -> DepartmentDefined {
        DepartmentDefined {
            name: self.name.clone(),
            cost_center: self.cost_center.clone(),
            parent_id: self.parent_id,
            notes: self.notes.clone(),
            standing: self.standing.unwrap_or(Standing::Active),
        }
    }
}

#[cfg(feature = "schemars")]
impl super::Sampled for DepartmentDefined {
    fn sample() -> super::Sample {
        super::Sample {
            number: 22,
            version: 2,
            command: (
                "define-department",
                serde_json::json!({"name": "Sales", "cost_center": "4100", "parent_id": super::sample_id(21)}),
            ),
            event: serde_json::json!({"name": "Sales", "cost_center": "4100", "parent_id": super::sample_id(21),
                                      "notes": "Moved in 2025.", "standing": "inactive"}),
        }
    }
}
