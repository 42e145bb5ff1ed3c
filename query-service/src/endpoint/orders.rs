//! `GET /v1/purchase-orders`, one of them, and their worklists.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_read_model::{PurchaseOrderRecord, ReadModelError, WaitingRecord};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::{as_of, one};
use crate::csv_text::Columns;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::permission::Query;
use crate::query_parameter::ONE;
use crate::read_problem::read_problem;
use crate::record_listing::{RecordTable, WaitingTable};
use crate::row::open_line::{OPEN_LINE_COLUMNS, OpenLineRow};
use crate::row::order::{ORDER_COLUMNS, OrderRow};
use crate::view::AnswerView;

/// Purchase orders.
pub(crate) struct OrderTable;

impl RecordTable for OrderTable {
    type Record = PurchaseOrderRecord;

    const QUERY: Query = Query::PurchaseOrders;
    const COLUMNS: Columns = ORDER_COLUMNS;
    const OPEN: &'static [&'static str] = &["issued", "partially_received"];

    fn row(view: &AnswerView, record: &PurchaseOrderRecord) -> Result<impl Serialize, ReadModelError> {
        OrderRow::new(view, record)
    }
}

impl WaitingTable for OrderTable {
    type Record = PurchaseOrderRecord;

    const QUERY: Query = Query::PurchaseOrders;
    const COLUMNS: Columns = ORDER_COLUMNS;

    fn row(
        view: &AnswerView,
        waiting: &WaitingRecord<PurchaseOrderRecord>,
    ) -> Result<impl Serialize, ReadModelError> {
        OrderRow::new(view, &waiting.record)
    }
}

/// Single lines of purchase orders.
pub(crate) struct OpenLineTable;

impl WaitingTable for OpenLineTable {
    type Record = PurchaseOrderRecord;

    const QUERY: Query = Query::PurchaseOrders;
    const COLUMNS: Columns = OPEN_LINE_COLUMNS;

    fn row(
        view: &AnswerView,
        waiting: &WaitingRecord<PurchaseOrderRecord>,
    ) -> Result<impl Serialize, ReadModelError> {
        OpenLineRow::new(view, waiting)
    }
}

/// Shows one purchase order, named by id or by number. Its entity tag is its version.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::PurchaseOrders)?;
    inquiry.parameters.allow(ONE)?;
    let view = desk.view(&inquiry).await?;
    let found = match Uuid::try_parse(&name) {
        Ok(id) => view.register().find::<PurchaseOrderRecord>(id),
        Err(_) => view.register().purchase_order_by_number(&name),
    };
    let record = found
        .map_err(|error| read_problem(&error))?
        .ok_or_else(|| as_of(not_found("purchase order", &name), &view))?;
    let row = OrderRow::new(&view, &record).map_err(|error| read_problem(&error))?;
    one(&inquiry, &view, EntityTag::of_version(record.revision.version), &row)
}
