//! What may be asked to happen to a person.

use crate::command_body::commands_of;
use crate::ids::PersonId;
use crate::master::{DepartmentId, LocationId};
use crate::text::ShortText;

commands_of! {
    /// Adds a person, or changes her assignment. Her name and the like go to the person vault and
    /// never into the log.
    AddPerson {
        /// Which one; without it, or with an id that is not in use, a new one.
        person_id: Option<PersonId>,
        /// Her name. Kept in the vault.
        name: ShortText,
        /// Her mail address. Kept in the vault.
        email: Option<ShortText>,
        /// Her user name, unique. Kept in the vault.
        username: Option<ShortText>,
        /// Her employee number. Kept in the vault.
        employee_number: Option<ShortText>,
        /// What she does. Kept in the vault.
        job_title: Option<ShortText>,
        /// The department she belongs to.
        department_id: Option<DepartmentId>,
        /// Where she works.
        location_id: Option<LocationId>,
    }
    /// Corrects how a person's assignment was recorded. Without `effective_time` what was wrong is set right for as long
    /// as it stood, with one from then on. What the vault keeps of her is changed by `add-person`.
    CorrectPerson {
        /// The person.
        person_id: PersonId,
        /// What should read differently, each fact once.
        corrections: Vec<PersonCorrection>,
    }
    /// Says that a person left. What she has stays hers until it is returned.
    DeactivatePerson {
        /// The person.
        person_id: PersonId,
    }
    /// Erases a person's name and mail from the vault, for ever. Her history stays, under her id.
    ErasePerson {
        /// The person.
        person_id: PersonId,
    }
}

/// One fact as it should read; `null` says that there is none.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PersonCorrection {
    /// The department she belongs to.
    DepartmentId(Option<DepartmentId>),
    /// Where she works.
    LocationId(Option<LocationId>),
}
