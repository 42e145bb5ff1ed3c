//! Lists, worklists and totals of any kind of record.

use std::marker::PhantomData;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use itam_read_model::{RecordFacet, RecordFilters, RecordKind, RecordType, RecordWorklist};
use itam_service_kit::{Problem, Representation};

use crate::answer::one;
use crate::desk::QueryDesk;
use crate::inquiry::Inquiry;
use crate::listing;
use crate::moment::{AtMoment, FutureMoment};
use crate::parameters::refuse;
use crate::read_problem::read_problem;
use crate::record_filters::{
    group_by, least_days, list_parameters, queries, read, totals_parameters, worklist_parameters,
};
use crate::record_listing::{RecordListing, RecordTable, WaitingListing, WaitingTable};
use crate::row::totals::TotalsRow;
use crate::view::off_thread;

/// What is asked about the records of a table.
pub(crate) fn kind_of<R: RecordType>() -> &'static RecordKind {
    RecordKind::of(R::KIND).expect("what has rows is asked about")
}

/// The list that a request asks for. A requester sees her own.
pub(crate) fn listing_of<T: RecordTable>(inquiry: &Inquiry) -> Result<RecordListing<T>, Problem> {
    let reach = inquiry.require(T::QUERY)?;
    let kind = kind_of::<T::Record>();
    inquiry.parameters.allow(&[&list_parameters(kind)])?;
    let sources = queries(kind, inquiry, reach, T::OPEN)?;
    Ok(RecordListing { sources, least_days: least_days(&inquiry.parameters)?, table: PhantomData })
}

/// The routes of the list of a kind, and of its totals.
pub(crate) fn routes_of<T: RecordTable>(plural: &str) -> Router<QueryDesk> {
    let (all, totals) = (format!("/v1/{plural}"), format!("/v1/{plural}/summary"));
    Router::new().route(&all, get(list::<T>)).route(&totals, get(summary::<T>))
}

/// Lists records.
pub(crate) async fn list<T: RecordTable>(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    let listing = listing_of::<T>(&inquiry)?;
    let view = desk.view(&inquiry).await?;
    listing::answer(&desk, &inquiry, view, listing)
}

/// Lists a worklist of records: what waits longest comes first. What will be due before a day to come is
/// known today.
pub(crate) async fn waiting<T: WaitingTable>(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
    worklist: &'static RecordWorklist,
) -> Result<Response, Problem> {
    let reach = inquiry.require(T::QUERY)?;
    let kind = kind_of::<T::Record>();
    inquiry.parameters.allow(&[&worklist_parameters(kind)])?;
    let filters = read(kind, &inquiry, reach, None)?;
    let future = if worklist.ends_before { FutureMoment::Foreseen } else { FutureMoment::Refused };
    let view = desk.view_into(&inquiry, future).await?;
    listing::answer(&desk, &inquiry, view, WaitingListing::<T> { worklist, filters, table: PhantomData })
}

/// Shows how many records there are and what they amount to, by some of their facets.
pub(crate) async fn summary<T: RecordTable>(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    let reach = inquiry.require(T::QUERY)?;
    let kind = kind_of::<T::Record>();
    inquiry.parameters.allow(&[&totals_parameters(kind)])?;
    let filters = read(kind, &inquiry, reach, None)?;
    let grouped = group_by(kind, &inquiry.parameters)?;
    totals(&desk, &inquiry, kind, filters, grouped).await
}

/// Answers the totals of the things of a kind that pass the filters, by some of the kind's facets.
pub(crate) async fn totals(
    desk: &QueryDesk,
    inquiry: &Inquiry,
    kind: &'static RecordKind,
    filters: RecordFilters,
    grouped: Vec<&'static RecordFacet>,
) -> Result<Response, Problem> {
    let view = desk.view(inquiry).await?;
    let asked = grouped.clone();
    let (view, found) = off_thread(view, move |view| view.register().totals(kind, &filters, &asked)).await?;
    let row = TotalsRow::new(&view, kind, &grouped, found).map_err(|error| read_problem(&error))?;
    let row =
        row.ok_or_else(|| refuse("group_by", "There are too many groups: filter, or group by less."))?;
    let tag = inquiry.list_tag(&view, Representation::Json);
    one(inquiry, &view, tag, &AtMoment { row: &row, moment: view.moment_row() })
}
