//! The project: an undertaking that things are bought for, and charged to.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Correct, Define, Defined, Definition, DefinitionEvent, DepartmentId};
use crate::command_body::commands_of;
use crate::context::Context;
use crate::events::EventType;
use crate::ids::ids;
use crate::key::KeyKind;
use crate::rejection::Rejection;
use crate::text::{Note, ShortText};
use crate::touches::Touches;
use crate::unique_label::UniqueLabel;
use crate::vocabulary::Standing;
use crate::world::{Stop, World};

ids! {
    /// A project.
    ProjectId;
}

/// A project as it was last defined.
pub type Project = Defined<ProjectDefined>;
/// Everything that can have happened to it.
pub type ProjectEvent = DefinitionEvent<ProjectDefined>;

/// A project as it reads from now on: every field, not only what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ProjectDefined {
    /// Its code, unique.
    pub code: ShortText,
    /// Its name.
    pub name: ShortText,
    /// The department that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department_id: Option<DepartmentId>,
    /// The first day on which it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_from: Option<NaiveDate>,
    /// The last day on which it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_until: Option<NaiveDate>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// Whether it may be newly referred to.
    pub standing: Standing,
}

commands_of! {
    /// Defines a project. With the id of one that exists: how it reads from now on, in every field.
    DefineProject {
        /// Which one; without it, or with an id that is not in use, a new one.
        project_id: Option<ProjectId>,
        /// Its code, unique.
        code: ShortText,
        /// Its name.
        name: ShortText,
        /// The department that answers for it.
        department_id: Option<DepartmentId>,
        /// The first day on which it runs.
        active_from: Option<NaiveDate>,
        /// The last day on which it runs.
        active_until: Option<NaiveDate>,
        /// Anything else.
        notes: Option<Note>,
        /// Whether it may be newly referred to; yes if not said.
        standing: Option<Standing>,
    }
}

/// Corrects how a project was recorded.
pub type CorrectProject = Correct<DefineProject>;

impl Definition for ProjectDefined {
    type Id = ProjectId;

    const EVENT: EventType = EventType { name: "project.defined", version: 1 };
    const CORRECTION: EventType = EventType { name: "project.corrected", version: 1 };
    const NOUN: &'static str = "project";
    const NAMES: KeyKind = KeyKind::new("project", "project code", "code-held");

    fn name(&self) -> &ShortText {
        &self.name
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    /// Its code.
    fn label(&self) -> UniqueLabel {
        UniqueLabel::name(Self::NAMES, &[self.code.as_str()])
    }
}

impl Define for DefineProject {
    type Definition = ProjectDefined;

    fn id(&self) -> Option<ProjectId> {
        self.project_id
    }

    fn definition(&self) -> ProjectDefined {
        ProjectDefined {
            code: self.code.clone(),
            name: self.name.clone(),
            department_id: self.department_id,
            active_from: self.active_from,
            active_until: self.active_until,
            notes: self.notes.clone(),
            standing: self.standing.unwrap_or(Standing::Active),
        }
    }

    fn refers(&self, to: &mut Touches) {
        to.refers(self.department_id);
    }

    fn check(&self, world: &World, before: Option<&ProjectDefined>) -> Result<(), Stop> {
        if self.active_until.is_some_and(|until| self.active_from.is_some_and(|from| until < from)) {
            let detail = "a project does not end before it begins";
            return Err(Rejection::invalid("/active_until", "ends-before-it-begins", detail).into());
        }
        if before.is_some_and(|before| before.department_id == self.department_id) {
            return Ok(());
        }
        world.check_active(self.department_id, "/department_id")
    }
}

/// Checks that something may be charged to the project that the command newly names at `pointer`, if it names one: it is
/// active, and it runs on the day on which the command takes effect.
pub(crate) fn check_charge(
    world: &World,
    project_id: Option<ProjectId>,
    pointer: &str,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let Some(project_id) = project_id else { return Ok(()) };
    let project = &world.active(project_id, pointer)?.definition;
    let day = context.effective_at().date_naive();
    let (from, until) = (project.active_from, project.active_until);
    if from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until) {
        return Ok(());
    }
    let from_when = from.map_or(String::new(), |from| format!(" from {from}"));
    let until_when = until.map_or(String::new(), |until| format!(" until {until}"));
    let detail = format!(
        "project {} runs{from_when}{until_when}, and {day} is not within that: nothing is charged to it on that day",
        project.code
    );
    let shown = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let rejection = Rejection::invalid(pointer, "project-not-running", detail);
    let rejection = rejection.fact("active_from", shown(from)).fact("active_until", shown(until));
    Err(rejection.fact("effective_on", day.to_string()).into())
}

#[cfg(feature = "schemars")]
impl super::Sampled for ProjectDefined {
    fn sample() -> super::Sample {
        let event = serde_json::json!({
            "code": "P-2026-04", "name": "Move to the new office", "department_id": super::sample_id(22),
            "active_from": "2026-01-01", "active_until": "2026-12-31", "notes": "Approved by the board.",
            "standing": "active",
        });
        let command = serde_json::json!({
            "code": "P-2026-04", "name": "Move to the new office", "department_id": super::sample_id(22),
            "active_from": "2026-01-01", "active_until": "2026-12-31",
        });
        super::Sample { number: 51, version: 1, command: ("define-project", command), event }
    }
}
