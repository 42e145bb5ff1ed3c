//! `GET /v1/people/{id}/assets` and `/v1/departments/{id}/assets`: what somebody has.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::asset::Custodian;
use itam_domain::{AggregateKind, DepartmentId, PersonId};
use itam_read_model::{AssetFilters, AssetQuery, DepartmentRecord, PersonRecord};
use itam_service_kit::Problem;

use crate::answer::as_of;
use crate::asset_filters::{self, ASSET_FILTERS};
use crate::asset_listing::{AssetListing, AssetSource, Picks};
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::listing;
use crate::parameters::{read_id, refuse};
use crate::permission::Query;
use crate::query_parameter::{MOMENT, PAGING, ParameterValues, QueryParameter, Words};
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
        ..further_filters(&inquiry, AggregateKind::Person)?
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
    let further = further_filters(&inquiry, AggregateKind::Department)?;
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

/// What the list of the assets of something takes: the filters that the path does not set.
pub(crate) fn parameters_of(holder: AggregateKind) -> Vec<QueryParameter> {
    let set_by_path = set_by_path(holder);
    let mut taken = ASSET_FILTERS.to_vec();
    taken.retain(|filter| !set_by_path.contains(&filter.name));
    if holder == AggregateKind::Location {
        let descendants = ParameterValues::Word(Words::These(&["descendants"]));
        taken.push(QueryParameter::new("include", "Also what is within the location.", descendants));
    }
    [&taken, PAGING, MOMENT].concat()
}

/// The filters that a path sets.
fn set_by_path(holder: AggregateKind) -> &'static [&'static str] {
    match holder {
        AggregateKind::Location => &["custodian", "person_id", "location_id"],
        AggregateKind::Department => &["custodian", "person_id", "department_id"],
        _ => &["custodian", "person_id"],
    }
}

/// The filters of the request, which may not be those that the path sets.
pub(crate) fn further_filters(inquiry: &Inquiry, holder: AggregateKind) -> Result<AssetFilters, Problem> {
    if let Some(name) = set_by_path(holder).iter().find(|name| inquiry.parameters.has(name)) {
        return Err(refuse(name, format!("The parameter {name} is set by the path already.")));
    }
    inquiry.parameters.allow(&[&parameters_of(holder)])?;
    asset_filters::read(&inquiry.parameters)
}
