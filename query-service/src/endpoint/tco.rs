//! `GET /v1/tco/…`: what assets cost, and what is on order.

use axum::extract::State;
use axum::response::Response;
use itam_domain::{AggregateKind, VendorId};
use itam_read_model::{CostStatus, Cursor, Projection, ProjectionSnapshot, ProjectionView, ReadModelError};
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
use crate::row::asset::Cost;
use crate::view::{View, beside};

/// What is awaited, by vendor.
#[derive(Serialize)]
struct OnOrderRow {
    by_vendor: Vec<VendorRow>,
}

#[derive(Serialize)]
struct VendorRow {
    vendor_id: VendorId,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_name: Option<Name>,
    /// The orders that were ever issued to it.
    orders: u64,
    /// What was ordered and did not arrive yet.
    awaited: Vec<Cost>,
}

/// Lists the assets of which it is known what they cost, or not.
pub(crate) async fn assets(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Tco)?;
    inquiry.parameters.allow(&[&["cost"], PAGING, MOMENT])?;
    let words = inquiry.parameters.words("cost", CostStatus::ALL, CostStatus::as_str)?;
    let statuses = if words.is_empty() { CostStatus::ALL.to_vec() } else { words };
    let page = move |view: ProjectionView<'_>, cursor: Option<&Cursor>, limit| {
        view.assets_by_cost_status(&statuses, cursor, limit)
    };
    answer(&desk, &inquiry, Projection::Tco, page).await
}

/// Shows what is awaited.
pub(crate) async fn on_order(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Tco)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let (view, snapshot) = desk.projection(&inquiry, Projection::Tco).await?;
    let (view, row) = beside(view, move |view| summarize(view, &snapshot)).await?;
    let tag = inquiry.list_tag(&view, Representation::Json);
    one(&inquiry, &view, tag, &AtMoment { row: &row, moment: view.moment_row() })
}

fn summarize(view: &View, snapshot: &ProjectionSnapshot) -> Result<OnOrderRow, ReadModelError> {
    let totals = at(snapshot, view).on_order_totals()?.into_iter();
    let row = |total: itam_read_model::OnOrderTotal| {
        Ok(VendorRow {
            vendor_id: total.vendor,
            vendor_name: view.name(AggregateKind::Vendor, total.vendor.0)?,
            orders: total.orders,
            awaited: total.awaited.into_iter().map(Cost::new).collect(),
        })
    };
    Ok(OnOrderRow { by_vendor: totals.map(row).collect::<Result<_, ReadModelError>>()? })
}
