//! `GET /v1/inventory/summary`: how many assets there are, and what they cost.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use itam_domain::vocabulary::{AssetKind, AssetState, HardwareKind};
use itam_domain::{AggregateKind, DepartmentId, LocationId};
use itam_read_model::{ReadModelError, Summary, SummaryFilters};
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

#[derive(Serialize)]
struct SummaryRow {
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
    let row = summarize(&view, &filters).map_err(|error| read_problem(&error))?;
    let tag = inquiry.list_tag(view.position(), view.today(), Representation::Json);
    one(&inquiry, view.position(), tag, &row)
}

fn summarize(view: &View, filters: &SummaryFilters) -> Result<SummaryRow, ReadModelError> {
    let total = view.snapshot.summary(filters)?;
    let costs = total
        .acquisition_cost
        .iter()
        .map(|(currency, minor)| Cost::new((*currency, *minor)));
    let acquisition_cost = costs.collect();
    let (by_kind, by_hardware_kind) = by_kind(view, filters)?;
    Ok(SummaryRow {
        assets: total.assets,
        by_state: total
            .by_state
            .iter()
            .map(|(state, count)| (state.as_str(), *count))
            .collect(),
        by_kind,
        by_hardware_kind,
        by_location: by_location(view, filters)?,
        by_department: by_department(view, filters)?,
        acquisition_cost,
    })
}

type Counts = BTreeMap<&'static str, u64>;

fn by_kind(view: &View, filters: &SummaryFilters) -> Result<(Counts, Counts), ReadModelError> {
    let (mut kinds, mut hardware_kinds) = (Counts::new(), Counts::new());
    let is_plain = *filters == SummaryFilters::default();
    for group in view.snapshot.summary_by_kind()? {
        let (kind, hardware) = group.value;
        let is_wanted = (filters.kinds.is_empty() || filters.kinds.contains(&kind))
            && (filters.hardware_kinds.is_empty()
                || hardware.is_some_and(|hardware| filters.hardware_kinds.contains(&hardware)));
        if !is_wanted {
            continue;
        }
        let summary = match hardware {
            _ if is_plain => group.summary,
            Some(hardware) => view.snapshot.summary(&SummaryFilters {
                kinds: vec![kind],
                hardware_kinds: vec![hardware],
                ..filters.clone()
            })?,
            // A filter cannot say "without a sub-kind": only hardware has any.
            None => view.snapshot.summary(&SummaryFilters {
                kinds: vec![kind],
                ..filters.clone()
            })?,
        };
        add(&mut kinds, kind.as_str(), &summary);
        if let Some(hardware) = hardware {
            add(&mut hardware_kinds, hardware.as_str(), &summary);
        }
    }
    Ok((kinds, hardware_kinds))
}

fn add(counts: &mut Counts, word: &'static str, summary: &Summary) {
    if summary.assets > 0 {
        *counts.entry(word).or_default() += summary.assets;
    }
}

fn by_location(view: &View, filters: &SummaryFilters) -> Result<Vec<LocationGroup>, ReadModelError> {
    let is_plain = *filters == SummaryFilters::default();
    let mut groups = Vec::new();
    for group in view.snapshot.summary_by_location()? {
        let id = group.value;
        let assets = match id {
            _ if is_plain => group.summary.assets,
            Some(id) if filters.locations.is_empty() || filters.locations.contains(&id) => {
                let filters = SummaryFilters {
                    locations: vec![id],
                    ..filters.clone()
                };
                view.snapshot.summary(&filters)?.assets
            }
            // No filter names the assets that are nowhere: they are what the others leave.
            _ => continue,
        };
        let location_name = view.name_if(AggregateKind::Location, id.map(|id| id.0))?;
        groups.push(LocationGroup {
            location_id: id,
            location_name,
            assets,
        });
    }
    groups.retain(|group| group.assets > 0);
    Ok(groups)
}

fn by_department(view: &View, filters: &SummaryFilters) -> Result<Vec<DepartmentGroup>, ReadModelError> {
    let is_plain = *filters == SummaryFilters::default();
    let mut groups = Vec::new();
    for group in view.snapshot.summary_by_department()? {
        let id = group.value;
        let assets = match id {
            _ if is_plain => group.summary.assets,
            Some(id) if filters.departments.is_empty() || filters.departments.contains(&id) => {
                let filters = SummaryFilters {
                    departments: vec![id],
                    ..filters.clone()
                };
                view.snapshot.summary(&filters)?.assets
            }
            // No filter names the assets that belong to none: they are what the others leave.
            _ => continue,
        };
        let department_name = view.name_if(AggregateKind::Department, id.map(|id| id.0))?;
        groups.push(DepartmentGroup {
            department_id: id,
            department_name,
            assets,
        });
    }
    groups.retain(|group| group.assets > 0);
    Ok(groups)
}
