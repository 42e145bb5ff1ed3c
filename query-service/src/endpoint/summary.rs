//! `GET /v1/inventory/summary`: how many assets there are, and what they cost.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use itam_domain::vocabulary::{AssetKind, AssetState, HardwareKind};
use itam_domain::{DepartmentId, LocationId};
use itam_read_model::{ReadModelError, SummaryFilters};
use itam_service_kit::{Problem, Representation};

use crate::answer::one;
use crate::asset_filters::ASSET_FILTERS;
use crate::desk::QueryDesk;
use crate::inquiry::Inquiry;
use crate::moment::AtMoment;
use crate::permission::Query;
use crate::query_parameter::{MOMENT, QueryParameter};
use crate::read_problem::read_problem;
use crate::row::summary::SummaryRow;
use crate::view::{AnswerView, off_thread};

/// What the summary takes: of the filters of assets those that it counts by.
pub(crate) fn parameters() -> Vec<QueryParameter> {
    let counted = ["state", "kind", "hardware_kind", "location_id", "department_id"];
    let mut taken = ASSET_FILTERS.to_vec();
    taken.retain(|filter| counted.contains(&filter.name));
    [&taken, MOMENT].concat()
}

/// Shows the summary of the assets that pass the filters. The present has counters; a moment is
/// counted out, and not on the threads that answer.
pub(crate) async fn show(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Summary)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[&self::parameters()])?;
    let filters = SummaryFilters {
        states: parameters.words("state", AssetState::ALL, AssetState::as_str)?,
        kinds: parameters.words("kind", AssetKind::ALL, AssetKind::as_str)?,
        hardware_kinds: parameters.words("hardware_kind", HardwareKind::ALL, HardwareKind::as_str)?,
        locations: parameters.ids("location_id", LocationId)?,
        departments: parameters.ids("department_id", DepartmentId)?,
    };
    let view = desk.view(&inquiry).await?;
    let (view, row) = if view.then.is_some() {
        let (view, row) = off_thread(view, move |view| summarize(view, &filters)).await?;
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

fn summarize(view: &AnswerView, filters: &SummaryFilters) -> Result<SummaryRow, ReadModelError> {
    SummaryRow::new(view, view.register().breakdown(filters)?)
}
