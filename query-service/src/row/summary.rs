//! The summary as it is shown.

use std::collections::BTreeMap;

use itam_domain::{AggregateKind, DepartmentId, LocationId};
use itam_read_model::{Breakdown, ReadModelError, SummaryGroup};
use serde::Serialize;

use crate::names::ShownName;
use crate::row::cost::Cost;
use crate::view::AnswerView;

/// How many assets there are, and what they cost.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "InventorySummary"))]
pub(crate) struct SummaryRow {
    /// How many assets.
    assets: u64,
    /// How many in each state.
    by_state: BTreeMap<&'static str, u64>,
    /// How many of each kind.
    by_kind: BTreeMap<&'static str, u64>,
    /// How many of each kind of hardware.
    by_hardware_kind: BTreeMap<&'static str, u64>,
    /// How many at each location.
    by_location: Vec<LocationGroup>,
    /// How many each department bears the cost of.
    by_department: Vec<DepartmentGroup>,
    /// What they cost, one sum for each currency.
    acquisition_cost: Vec<Cost>,
}

/// The assets of one location; without one, those that are nowhere.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct LocationGroup {
    /// Which location.
    location_id: Option<LocationId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    location_name: Option<ShownName>,
    /// How many assets.
    assets: u64,
}

/// The assets of one department; without one, those that belong to none.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct DepartmentGroup {
    /// Which department.
    department_id: Option<DepartmentId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    department_name: Option<ShownName>,
    /// How many assets.
    assets: u64,
}

type CountByWord = BTreeMap<&'static str, u64>;

impl SummaryRow {
    pub(crate) fn new(view: &AnswerView, counted: Breakdown) -> Result<Self, ReadModelError> {
        let total = counted.total;
        let (costs, states) = (total.acquisition_cost.iter(), total.by_state.iter());
        let (mut by_kind, mut by_hardware_kind) = (CountByWord::new(), CountByWord::new());
        for ((kind, hardware), assets) in assets_of(counted.by_kind) {
            *by_kind.entry(kind.as_str()).or_default() += assets;
            if let Some(hardware) = hardware {
                *by_hardware_kind.entry(hardware.as_str()).or_default() += assets;
            }
        }
        let mut row = Self {
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
}

/// How many assets each group has, without the empty ones.
fn assets_of<T>(groups: Vec<SummaryGroup<T>>) -> Vec<(T, u64)> {
    let counts = groups.into_iter().map(|group| (group.value, group.summary.assets));
    counts.filter(|(_, assets)| *assets > 0).collect()
}
