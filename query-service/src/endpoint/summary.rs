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
use crate::moment::{AtMoment, MOMENT};
use crate::names::Name;
use crate::permission::Query;
use crate::row::asset::Cost;
use crate::view::{View, beside, read_problem};

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

/// Shows the summary of the assets that pass the filters. The present has counters; a moment is
/// counted out, and not on the threads that answer.
pub(crate) async fn show(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Summary)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[FILTERS, MOMENT])?;
    let filters = SummaryFilters {
        states: parameters.words("state", AssetState::ALL, AssetState::as_str)?,
        kinds: parameters.words("kind", AssetKind::ALL, AssetKind::as_str)?,
        hardware_kinds: parameters.words("hardware_kind", HardwareKind::ALL, HardwareKind::as_str)?,
        locations: parameters.ids("location_id", LocationId)?,
        departments: parameters.ids("department_id", DepartmentId)?,
    };
    let view = desk.view(&inquiry).await?;
    let (view, row) = if view.then.is_some() {
        let (view, row) = beside(view, move |view| summarize(view, &filters)).await?;
        (view, Arc::new(row))
    } else {
        let summarize = || summarize(&view, &filters).map_err(|error| read_problem(&error));
        let row = if filters == SummaryFilters::default() {
            desk.whole_summary(view.position(), summarize)?
        } else {
            Arc::new(summarize()?)
        };
        (view, row)
    };
    let tag = inquiry.list_tag(&view, Representation::Json);
    one(&inquiry, &view, tag, &AtMoment { row: row.as_ref(), moment: view.moment_row() })
}

type Counts = BTreeMap<&'static str, u64>;

fn summarize(view: &View, filters: &SummaryFilters) -> Result<SummaryRow, ReadModelError> {
    let counted = view.register().breakdown(filters)?;
    let total = counted.total;
    let (costs, states) = (total.acquisition_cost.iter(), total.by_state.iter());
    let (mut by_kind, mut by_hardware_kind) = (Counts::new(), Counts::new());
    for ((kind, hardware), assets) in assets_of(counted.by_kind) {
        *by_kind.entry(kind.as_str()).or_default() += assets;
        if let Some(hardware) = hardware {
            *by_hardware_kind.entry(hardware.as_str()).or_default() += assets;
        }
    }
    let mut row = SummaryRow {
        assets: total.assets,
        by_state: states.map(|(state, count)| (state.as_str(), *count)).collect(),
        by_kind,
        by_hardware_kind,
        by_location: Vec::new(),
        by_department: Vec::new(),
        acquisition_cost: costs.map(|(currency, minor)| Cost::new((*currency, *minor))).collect(),
    };
    for (location_id, assets) in assets_of(counted.by_location) {
        let location_name = view.name_if(AggregateKind::Location, location_id.map(|id| id.0))?;
        row.by_location.push(LocationGroup { location_id, location_name, assets });
    }
    for (department_id, assets) in assets_of(counted.by_department) {
        let department_name = view.name_if(AggregateKind::Department, department_id.map(|id| id.0))?;
        row.by_department.push(DepartmentGroup { department_id, department_name, assets });
    }
    Ok(row)
}

/// How many assets each group has, without the empty ones.
fn assets_of<T>(groups: Vec<Group<T>>) -> Vec<(T, u64)> {
    let counts = groups.into_iter().map(|group| (group.value, group.summary.assets));
    counts.filter(|(_, assets)| *assets > 0).collect()
}
