//! `GET /v1/people`, and one of them.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::person::PersonStanding;
use itam_domain::{DepartmentId, LocationId, PersonId};
use itam_read_model::{MAX_PAGE, PersonFilters, PersonRecord, ReadModelError};
use itam_service_kit::{Problem, ProblemCode};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::{as_of, content_tag, one, to_json};
use crate::csv_text::Column;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, Listing, Run};
use crate::moment::MOMENT;
use crate::parameters::{PAGING, read_id, refuse};
use crate::permission::Query;
use crate::read_problem::read_problem;
use crate::row::person::{PERSON_COLUMNS, PersonRow};
use crate::view::View;

const STANDINGS: &[PersonStanding] =
    &[PersonStanding::Active, PersonStanding::Inactive, PersonStanding::Erased];

/// Persons in the order in which they were added, or those found by name.
struct PersonListing {
    filters: PersonFilters,
    /// The persons that the vault found; `None` lists all.
    found: Option<Vec<Uuid>>,
}

impl Listing for PersonListing {
    type Item = PersonRecord;

    const COLUMNS: &'static [Column] = PERSON_COLUMNS;

    fn run(&self, view: &View, from: &PageStart, limit: usize) -> Result<Run<PersonRecord>, ReadModelError> {
        let (filters, cursor) = from.within(std::slice::from_ref(&self.filters))?;
        let Some(found) = &self.found else {
            return view.register().people(filters, cursor, limit).map(Run::of_page);
        };
        let mut people = Vec::new();
        for id in found {
            people.extend(view.register().person(PersonId(*id))?);
        }
        people.retain(|record| self.takes(record));
        people.truncate(limit);
        Ok(Run::whole(people))
    }

    fn row(&self, view: &View, record: &PersonRecord) -> Result<impl Serialize, ReadModelError> {
        PersonRow::new(view, record)
    }
}

impl PersonListing {
    fn takes(&self, record: &PersonRecord) -> bool {
        let (person, filters) = (&record.item, &self.filters);
        person.standing != PersonStanding::Erased
            && filters.standing.is_none_or(|standing| person.standing == standing)
            && (filters.department.is_none() || person.department_id == filters.department)
            && (filters.location.is_none() || person.location_id == filters.location)
    }
}

/// Lists persons. `q` finds by the beginnings of words of the name, mail address, user name or
/// employee number, `username` by exactly that: both give at most one page.
pub(crate) async fn list(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::People)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[&["q", "username", "standing", "department_id", "location_id"], PAGING, MOMENT])?;
    let listing = PersonListing {
        filters: PersonFilters {
            standing: parameters.word("standing", STANDINGS, PersonStanding::as_str)?,
            department: parameters.id("department_id", DepartmentId)?,
            location: parameters.id("location_id", LocationId)?,
        },
        found: found(&desk, &inquiry)?,
    };
    let view = desk.view(&inquiry).await?;
    listing::answer(&desk, &inquiry, view, listing)
}

fn found(desk: &QueryDesk, inquiry: &Inquiry) -> Result<Option<Vec<Uuid>>, Problem> {
    let (typed, username) = (inquiry.parameters.text("q")?, inquiry.parameters.text("username")?);
    if (typed.is_some() || username.is_some()) && !inquiry.sees_personal_data() {
        // Finding by a mail address or user name tells whose it is.
        let detail = format!("The role {} may not search people.", inquiry.caller.0.role);
        return Err(Problem::new(ProblemCode::Forbidden, detail).with("role", inquiry.caller.0.role.as_str()));
    }
    let people = &desk.parts.people;
    match (typed, username) {
        (Some(_), Some(_)) => Err(refuse("q", "The parameter q does not go together with username.")),
        (Some(typed), None) => Ok(Some(people.search_prefix(typed, MAX_PAGE))),
        (None, Some(username)) => Ok(Some(people.find_by_username(username).into_iter().collect())),
        (None, None) => Ok(None),
    }
}

/// Shows one person. Her entity tag is of what is shown, since names change without an event.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::People)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let id = PersonId(read_id("id", &id)?);
    let view = desk.view(&inquiry).await?;
    let found = view.register().person(id).map_err(|error| read_problem(&error))?;
    let record = found.ok_or_else(|| as_of(not_found("person", &id.to_string()), &view))?;
    let row = PersonRow::new(&view, &record).map_err(|error| read_problem(&error))?;
    let tag = content_tag(&to_json(&row)?);
    one(&inquiry, &view, tag, &row)
}
