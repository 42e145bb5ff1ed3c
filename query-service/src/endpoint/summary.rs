//! `GET /v1/inventory/summary`: how many assets there are, and what they cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use itam_domain::vocabulary::{AssetKind, AssetState, HardwareKind};
use itam_domain::{AggregateKind, DepartmentId, LocationId};
use itam_read_model::{Group, ReadModelError, SummaryFilters};
use itam_service_kit::{Problem, Representation};
use serde::Serialize;

use crate::answer::one;
use crate::desk::QueryDesk;
use crate::inquiry::Inquiry;
use crate::names::Name;
use crate::permission::Query;
use crate::row::asset::Cost;
use crate::view::{View, read_problem};

const FILTERS: &[&str] = &["state", "kind", "hardware_kind", "location_id", "department_id"];

/// The summary as it is answered.
#[derive(Serialize)]
pub(crate) struct SummaryRow {
    assets: u64,
    by_state: BTreeMap<&'static str, u64>,
    by_kind: BTreeMap<&'static str, u64>,
    by_hardware_kind: BTreeMap<&'static str, u64>,
    by_location: Vec<LocationGroup>,
    by_department: Vec<DepartmentGroup>,
    acquisition_cost: Vec<Cost>,
}

/// The assets of one location; without one, those that are nowhere.
#[derive(Serialize)]
struct LocationGroup {
    location_id: Option<LocationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_name: Option<Name>,
    assets: u64,
}

/// The assets of one department; without one, those that belong to none.
#[derive(Serialize)]
struct DepartmentGroup {
    department_id: Option<DepartmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department_name: Option<Name>,
    assets: u64,
}

/// Shows the summary of the assets that pass the filters.
pub(crate) async fn show(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Summary)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[FILTERS])?;
    let filters = SummaryFilters {
        states: parameters.words("state", AssetState::ALL, AssetState::as_str)?,
        kinds: parameters.words("kind", AssetKind::ALL, AssetKind::as_str)?,
        hardware_kinds: parameters.words("hardware_kind", HardwareKind::ALL, HardwareKind::as_str)?,
        locations: parameters.ids("location_id", LocationId)?,
        departments: parameters.ids("department_id", DepartmentId)?,
    };
    let view = desk.view(&inquiry).await?;
    let summarize = || summarize(&view, &filters).map_err(|error| read_problem(&error));
    let row = if filters == SummaryFilters::default() {
        desk.whole_summary(view.position(), summarize)?
    } else {
        Arc::new(summarize()?)
    };
    let tag = inquiry.list_tag(view.position(), view.today(), Representation::Json);
    one(&inquiry, view.position(), tag, row.as_ref())
}

fn summarize(view: &View, filters: &SummaryFilters) -> Result<SummaryRow, ReadModelError> {
    let total = view.snapshot.summary(filters)?;
    let costs = total.acquisition_cost.iter();
    let states = total.by_state.iter();
    Ok(SummaryRow {
        assets: total.assets,
        by_state: states.map(|(state, count)| (state.as_str(), *count)).collect(),
        by_kind: by_kind(view, filters)?,
        by_hardware_kind: by_hardware_kind(view, filters)?,
        by_location: by_location(view, filters, total.assets)?,
        by_department: by_department(view, filters, total.assets)?,
        acquisition_cost: costs.map(|(currency, minor)| Cost::new((*currency, *minor))).collect(),
    })
}

type Counts = BTreeMap<&'static str, u64>;

fn by_kind(view: &View, filters: &SummaryFilters) -> Result<Counts, ReadModelError> {
    let mut counts = Counts::new();
    for kind in wanted(&filters.kinds, AssetKind::ALL) {
        let filters = SummaryFilters { kinds: vec![kind], ..filters.clone() };
        counts.insert(kind.as_str(), view.snapshot.summary(&filters)?.assets);
    }
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}

fn by_hardware_kind(view: &View, filters: &SummaryFilters) -> Result<Counts, ReadModelError> {
    let mut counts = Counts::new();
    for kind in wanted(&filters.hardware_kinds, HardwareKind::ALL) {
        let filters = SummaryFilters { hardware_kinds: vec![kind], ..filters.clone() };
        counts.insert(kind.as_str(), view.snapshot.summary(&filters)?.assets);
    }
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}

fn wanted<T: Copy>(filter: &[T], all: &[T]) -> Vec<T> {
    if filter.is_empty() { all.to_vec() } else { filter.to_vec() }
}

fn by_location(
    view: &View,
    filters: &SummaryFilters,
    total: u64,
) -> Result<Vec<LocationGroup>, ReadModelError> {
    let count = |id| {
        let filters = SummaryFilters { locations: vec![id], ..filters.clone() };
        Ok(view.snapshot.summary(&filters)?.assets)
    };
    let found = view.snapshot.summary_by_location()?;
    let mut rows = Vec::new();
    for (location_id, assets) in counts(found, filters, &filters.locations, total, count)? {
        rows.push(LocationGroup {
            location_id,
            location_name: view.name_if(AggregateKind::Location, location_id.map(|id| id.0))?,
            assets,
        });
    }
    Ok(rows)
}

fn by_department(
    view: &View,
    filters: &SummaryFilters,
    total: u64,
) -> Result<Vec<DepartmentGroup>, ReadModelError> {
    let count = |id| {
        let filters = SummaryFilters { departments: vec![id], ..filters.clone() };
        Ok(view.snapshot.summary(&filters)?.assets)
    };
    let found = view.snapshot.summary_by_department()?;
    let mut rows = Vec::new();
    for (department_id, assets) in counts(found, filters, &filters.departments, total, count)? {
        rows.push(DepartmentGroup {
            department_id,
            department_name: view.name_if(AggregateKind::Department, department_id.map(|id| id.0))?,
            assets,
        });
    }
    Ok(rows)
}

/// How many assets each group has, without the empty ones. With filters each has to be asked for;
/// no filter names the group without an id: it has what the others leave of the total.
fn counts<T: Copy + PartialEq>(
    found: Vec<Group<Option<T>>>,
    filters: &SummaryFilters,
    wanted: &[T],
    total: u64,
    count: impl Fn(T) -> Result<u64, ReadModelError>,
) -> Result<Vec<(Option<T>, u64)>, ReadModelError> {
    let mut counts = Vec::new();
    if *filters == SummaryFilters::default() {
        counts.extend(found.into_iter().map(|group| (group.value, group.summary.assets)));
    } else {
        let ids = found.into_iter().filter_map(|group| group.value);
        for id in ids.filter(|id| wanted.is_empty() || wanted.contains(id)) {
            counts.push((Some(id), count(id)?));
        }
        let named: u64 = counts.iter().map(|(_, assets)| *assets).sum();
        counts.push((None, total.saturating_sub(named)));
    }
    counts.retain(|(_, assets)| *assets > 0);
    Ok(counts)
}
