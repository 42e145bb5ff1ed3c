//! A person as shown: what the caller may see of her.

use std::sync::Arc;

use itam_domain::person::PersonStanding;
use itam_domain::{AggregateKind, DepartmentId, LocationId, PersonId};
use itam_read_model::{PersonRecord, ReadModelError};
use itam_vault::PersonDetails;
use serde::Serialize;

use crate::csv_text::Columns;
use crate::names::ShownName;
use crate::row::instant::RevisionRow;
use crate::view::AnswerView;

/// The columns of persons in CSV.
pub(crate) const PERSON_COLUMNS: Columns = Columns(
    "id name email username employee_number job_title department_id department_name location_id location_name \
     standing version",
);

/// A person: what the caller may see of her.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Person"))]
pub(crate) struct PersonRow {
    /// Her id.
    id: PersonId,
    /// Whether she may be given anything.
    standing: PersonStanding,
    /// Her name, from the person vault; none once she is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<ShownName>,
    #[serde(flatten)]
    details: Option<Details>,
    /// The department she belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    department_id: Option<DepartmentId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    department_name: Option<ShownName>,
    /// Where she works.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_id: Option<LocationId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_name: Option<ShownName>,
    #[serde(flatten)]
    revision: RevisionRow,
}

/// What is more than a name.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct Details {
    /// Her mail address, for roles that may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Her user name, for roles that may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Her employee number, for roles that may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    employee_number: Option<String>,
    /// What she does, for roles that may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_title: Option<String>,
}

impl PersonRow {
    pub(crate) fn new(view: &AnswerView, record: &PersonRecord) -> Result<Self, ReadModelError> {
        let person = &record.item;
        // The vault may lag behind the event by a moment: an erased person has no name here, and
        // neither has who was not erased at the moment asked for, but is by now.
        let today =
            if view.then.is_some() { view.snapshot.now().find::<PersonRecord>(person.id.0)? } else { None };
        let standings = [Some(person.standing), today.map(|record| record.item.standing)];
        let is_erased = standings.contains(&Some(PersonStanding::Erased));
        let found = if is_erased { None } else { view.person(person.id) };
        let details = found.as_deref().filter(|_| view.sees_personal_data).map(details);
        Ok(Self {
            id: person.id,
            standing: person.standing,
            name: found.as_ref().map(|details| ShownName::Person(Arc::clone(details))),
            details,
            department_id: person.department_id,
            department_name: view.name_if(AggregateKind::Department, person.department_id.map(|id| id.0))?,
            location_id: person.location_id,
            location_name: view.name_if(AggregateKind::Location, person.location_id.map(|id| id.0))?,
            revision: record.revision.into(),
        })
    }
}

fn details(details: &PersonDetails) -> Details {
    Details {
        email: details.email.clone(),
        username: details.username.clone(),
        employee_number: details.employee_number.clone(),
        job_title: details.job_title.clone(),
    }
}
