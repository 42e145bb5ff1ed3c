//! `GET /v1/compliance/…`: whether the data on assets that leave service were removed.

use axum::extract::State;
use axum::response::Response;
use itam_domain::{AggregateKind, DepartmentId};
use itam_read_model::{
    Cursor, Projection, ProjectionSnapshot, ProjectionView, ReadModelError, SanitizationStatus,
};
use itam_service_kit::{Problem, Representation};
use serde::Serialize;

use crate::answer::one;
use crate::desk::QueryDesk;
use crate::inquiry::Inquiry;
use crate::moment::{AtMoment, MOMENT};
use crate::names::Name;
use crate::parameters::PAGING;
use crate::permission::Query;
use crate::projected_listing::{answer, at};
use crate::view::{View, beside};

/// How many assets have which status, in all and by department.
#[derive(Serialize)]
struct SanitizationRow {
    assets: Counts,
    by_department: Vec<DepartmentRow>,
}

#[derive(Default, Serialize)]
struct Counts {
    outstanding: u64,
    recorded: u64,
    uncontrolled: u64,
}

/// The assets of one department; without one, those that belong to none.
#[derive(Serialize)]
struct DepartmentRow {
    department_id: Option<DepartmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department_name: Option<Name>,
    assets: Counts,
}

impl Counts {
    fn add(&mut self, status: SanitizationStatus, assets: u64) {
        match status {
            SanitizationStatus::Outstanding => self.outstanding += assets,
            SanitizationStatus::Recorded => self.recorded += assets,
            SanitizationStatus::Uncontrolled => self.uncontrolled += assets,
        }
    }
}

/// Lists the assets of which the data were removed, or not.
pub(crate) async fn assets(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Compliance)?;
    inquiry.parameters.allow(&[&["sanitization"], PAGING, MOMENT])?;
    let words =
        inquiry.parameters.words("sanitization", SanitizationStatus::ALL, SanitizationStatus::as_str)?;
    let statuses = if words.is_empty() { SanitizationStatus::ALL.to_vec() } else { words };
    let page = move |view: ProjectionView<'_>, cursor: Option<&Cursor>, limit| {
        view.assets_by_sanitization(&statuses, cursor, limit)
    };
    answer(&desk, &inquiry, Projection::Compliance, page).await
}

/// Lists the assets whose data are to be removed: whichever is retired longest comes first.
pub(crate) async fn outstanding(
    State(desk): State<QueryDesk>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::Compliance)?;
    inquiry.parameters.allow(&[PAGING, MOMENT])?;
    let page = |view: ProjectionView<'_>, cursor: Option<&Cursor>, limit| {
        view.sanitization_outstanding(cursor, limit)
    };
    answer(&desk, &inquiry, Projection::Compliance, page).await
}

/// Shows how many assets have which status.
pub(crate) async fn totals(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Compliance)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let (view, snapshot) = desk.projection(&inquiry, Projection::Compliance).await?;
    let (view, row) = beside(view, move |view| summarize(view, &snapshot)).await?;
    let tag = inquiry.list_tag(&view, Representation::Json);
    one(&inquiry, &view, tag, &AtMoment { row: &row, moment: view.moment_row() })
}

fn summarize(view: &View, snapshot: &ProjectionSnapshot) -> Result<SanitizationRow, ReadModelError> {
    let mut row = SanitizationRow { assets: Counts::default(), by_department: Vec::new() };
    for total in at(snapshot, view).sanitization_totals()? {
        row.assets.add(total.status, total.assets);
        let department_id = total.department;
        if row.by_department.last().is_none_or(|last| last.department_id != department_id) {
            let id = department_id.map(|id| id.0);
            let department_name = view.name_if(AggregateKind::Department, id)?;
            row.by_department.push(DepartmentRow {
                department_id,
                department_name,
                assets: Counts::default(),
            });
        }
        if let Some(last) = row.by_department.last_mut() {
            last.assets.add(total.status, total.assets);
        }
    }
    Ok(row)
}
