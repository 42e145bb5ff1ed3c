//! `GET /v1/people/{id}/assets` and `/v1/departments/{id}/assets`: what somebody has.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::asset::Custodian;
use itam_domain::{DepartmentId, PersonId};
use itam_read_model::{AssetFilters, AssetQuery, DepartmentRecord, PersonRecord};
use itam_service_kit::Problem;

use crate::answer::as_of;
use crate::asset_filters::{self, ASSET_FILTERS};
use crate::asset_listing::{AssetListing, AssetSource, Picks};
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::listing;
use crate::moment::MOMENT;
use crate::parameters::{PAGING, read_id, refuse};
use crate::permission::Query;
use crate::read_problem::read_problem;

/// Lists the assets in a person's custody.
pub(crate) async fn of_person(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    let id = PersonId(read_id("id", &id)?);
    inquiry.require_own(Query::Holdings, id)?;
    let filters = AssetFilters {
        custodians: vec![Custodian::Person(id)],
        ..further_filters(&inquiry, &["custodian", "person_id"], &[])?
    };
    let view = desk.view(&inquiry).await?;
    let person = view.register().find::<PersonRecord>(id.0).map_err(|error| read_problem(&error))?;
    if person.is_none() {
        return Err(as_of(not_found("person", &id.to_string()), &view));
    }
    let query = AssetQuery { filters, ..AssetQuery::default() };
    listing::answer(&desk, &inquiry, view, AssetListing::ordered(query))
}

/// Lists the assets whose cost a department bears, then those that are in its custody besides.
pub(crate) async fn of_department(
    State(desk): State<QueryDesk>,
    Path(id): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Assets)?;
    let id = DepartmentId(read_id("id", &id)?);
    let further = further_filters(&inquiry, &["custodian", "person_id", "department_id"], &[])?;
    let view = desk.view(&inquiry).await?;
    let department = view.register().find::<DepartmentRecord>(id.0).map_err(|error| read_problem(&error))?;
    if department.is_none() {
        return Err(as_of(not_found("department", &id.to_string()), &view));
    }
    let borne = AssetFilters { departments: vec![id], ..further.clone() };
    let held = AssetFilters { custodians: vec![Custodian::Department(id)], ..further };
    listing::answer(&desk, &inquiry, view, one_after_the_other(vec![borne, held]))
}

/// Assets that pass the first filters, then those that pass the next ones besides.
pub(crate) fn one_after_the_other(filters: Vec<AssetFilters>) -> AssetListing {
    let source = |filters| AssetSource::Order(AssetQuery { filters, ..AssetQuery::default() });
    AssetListing { sources: filters.into_iter().map(source).collect(), picks: Picks::default() }
}

/// The filters of the request, which may not be those that the path sets.
pub(crate) fn further_filters(
    inquiry: &Inquiry,
    set_by_path: &[&str],
    known: &[&str],
) -> Result<AssetFilters, Problem> {
    inquiry.parameters.allow(&[ASSET_FILTERS, known, PAGING, MOMENT])?;
    match set_by_path.iter().find(|name| inquiry.parameters.has(name)) {
        Some(name) => Err(refuse(name, format!("The parameter {name} is set by the path already."))),
        None => asset_filters::read(&inquiry.parameters),
    }
}
