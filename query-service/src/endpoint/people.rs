//! `GET /v1/people`, and one of them.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::PersonId;
use itam_domain::asset::Custodian;
use itam_domain::person::PersonStanding;
use itam_read_model::{AssetFilters, AssetQuery, MAX_PAGE, PersonRecord, ReadModelError, WaitingRecord};
use itam_service_kit::{Problem, ProblemCode};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::{as_of, content_tag, one, to_json};
use crate::csv_text::Columns;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::endpoint::records::listing_of;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, ListRun, Listing};
use crate::parameters::{read_id, refuse};
use crate::permission::Query;
use crate::query_parameter::ONE;
use crate::read_problem::read_problem;
use crate::record_listing::{RecordListing, RecordTable, WaitingTable};
use crate::row::person::{PERSON_COLUMNS, PersonRow};
use crate::view::AnswerView;

/// Persons, whose names are in the vault.
pub(crate) struct PersonTable;

impl RecordTable for PersonTable {
    type Record = PersonRecord;

    const QUERY: Query = Query::People;
    const COLUMNS: Columns = PERSON_COLUMNS;

    fn row(view: &AnswerView, record: &PersonRecord) -> Result<impl Serialize, ReadModelError> {
        PersonRow::new(view, record)
    }
}

impl WaitingTable for PersonTable {
    type Record = PersonRecord;

    const QUERY: Query = Query::People;
    const COLUMNS: Columns = PERSON_COLUMNS;

    /// Who left and has nothing is done.
    fn is_shown(view: &AnswerView, waiting: &WaitingRecord<PersonRecord>) -> Result<bool, ReadModelError> {
        still_holds(view, waiting.record.item.id)
    }

    fn row(
        view: &AnswerView,
        waiting: &WaitingRecord<PersonRecord>,
    ) -> Result<impl Serialize, ReadModelError> {
        PersonRow::new(view, &waiting.record)
    }
}

/// Whether a person has any asset in her custody.
pub(crate) fn still_holds(view: &AnswerView, id: PersonId) -> Result<bool, ReadModelError> {
    let filters = AssetFilters { custodians: vec![Custodian::Person(id)], ..AssetFilters::default() };
    let query = AssetQuery { filters, ..AssetQuery::default() };
    Ok(!view.register().list(&query, None, 1)?.items.is_empty())
}

/// Those persons whom the vault found, in its order unless another is asked for, on one page.
struct FoundListing {
    listing: RecordListing<PersonTable>,
    found: Vec<Uuid>,
    is_sorted: bool,
}

impl Listing for FoundListing {
    type Item = PersonRecord;

    const COLUMNS: Columns = PERSON_COLUMNS;

    fn run(
        &self,
        view: &AnswerView,
        from: &PageStart,
        limit: usize,
    ) -> Result<ListRun<PersonRecord>, ReadModelError> {
        let mut people = self.listing.run(view, from, MAX_PAGE)?.items;
        if !self.is_sorted {
            people.sort_by_key(|record| self.found.iter().position(|id| *id == record.item.id.0));
        }
        // Until the vault has erased her name, too.
        people.retain(|record| record.item.standing != PersonStanding::Erased);
        people.truncate(limit);
        Ok(ListRun::whole(people))
    }

    fn row(&self, view: &AnswerView, record: &PersonRecord) -> Result<impl Serialize, ReadModelError> {
        PersonRow::new(view, record)
    }
}

/// Lists persons. `q` finds by the beginnings of words of the name, mail address, user name or
/// employee number, `username` by exactly that: both give at most one page.
pub(crate) async fn list(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    let mut listing = listing_of::<PersonTable>(&inquiry)?;
    let found = found(&desk, &inquiry)?;
    let view = desk.view(&inquiry).await?;
    let Some(found) = found else {
        return listing::answer(&desk, &inquiry, view, listing);
    };
    for query in &mut listing.sources {
        (query.search, query.among) = (None, Some(found.clone()));
    }
    let is_sorted = inquiry.parameters.has("sort");
    listing::answer(&desk, &inquiry, view, FoundListing { listing, found, is_sorted })
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
    inquiry.parameters.allow(ONE)?;
    let id = PersonId(read_id("id", &id)?);
    let view = desk.view(&inquiry).await?;
    let found = view.register().find(id.0).map_err(|error| read_problem(&error))?;
    let record = found.ok_or_else(|| as_of(not_found("person", &id.to_string()), &view))?;
    let row = PersonRow::new(&view, &record).map_err(|error| read_problem(&error))?;
    let tag = content_tag(&to_json(&row)?);
    one(&inquiry, &view, tag, &row)
}
