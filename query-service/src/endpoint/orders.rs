//! `GET /v1/purchase-orders`, and one of them.

use axum::extract::{Path, State};
use axum::response::Response;
use itam_domain::{PurchaseOrderId, VendorId};
use itam_read_model::{
    Direction, PurchaseOrderFilters, PurchaseOrderRecord, PurchaseOrderStatus, ReadModelError,
};
use itam_service_kit::{EntityTag, Problem};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::{as_of, one};
use crate::csv_text::Column;
use crate::cursor::PageStart;
use crate::desk::QueryDesk;
use crate::endpoint::requisitions::direction;
use crate::inquiry::{Inquiry, not_found};
use crate::listing::{self, Listing, Run};
use crate::moment::MOMENT;
use crate::parameters::{PAGING, refuse};
use crate::permission::Query;
use crate::read_problem::read_problem;
use crate::row::order::{ORDER_COLUMNS, OrderRow};
use crate::view::View;

/// The stages in which pieces are awaited.
const OPEN: &[PurchaseOrderStatus] = &[PurchaseOrderStatus::Issued, PurchaseOrderStatus::PartiallyReceived];

/// Purchase orders by age, stage after stage.
struct OrderListing {
    stages: Vec<PurchaseOrderFilters>,
    direction: Direction,
}

impl Listing for OrderListing {
    type Item = PurchaseOrderRecord;

    const COLUMNS: &'static [Column] = ORDER_COLUMNS;

    fn run(
        &self,
        view: &View,
        from: &PageStart,
        limit: usize,
    ) -> Result<Run<PurchaseOrderRecord>, ReadModelError> {
        let (filters, cursor) = from.within(&self.stages)?;
        let page = view.register().purchase_orders(filters, self.direction, cursor, limit)?;
        Ok(Run::of_source(page, from.source, self.stages.len()))
    }

    fn row(&self, view: &View, record: &PurchaseOrderRecord) -> Result<impl Serialize, ReadModelError> {
        OrderRow::new(view, record)
    }
}

/// Lists purchase orders, the oldest first unless asked otherwise.
pub(crate) async fn list(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::PurchaseOrders)?;
    let parameters = &inquiry.parameters;
    parameters.allow(&[&["stage", "open", "vendor_id", "sort"], PAGING, MOMENT])?;
    let mut stages = parameters.words("stage", PurchaseOrderStatus::ALL, PurchaseOrderStatus::as_str)?;
    if parameters.word("open", &["true"], |word| word)?.is_some() {
        if !stages.is_empty() {
            return Err(refuse("open", "The parameter open does not go together with stage."));
        }
        stages = OPEN.to_vec();
    }
    let vendor = parameters.id("vendor_id", VendorId)?;
    let filters = |status| PurchaseOrderFilters { status, vendor };
    let listing = OrderListing {
        stages: if stages.is_empty() {
            vec![filters(None)]
        } else {
            stages.into_iter().map(Some).map(filters).collect()
        },
        direction: direction(&inquiry)?,
    };
    let view = desk.view(&inquiry).await?;
    listing::answer(&desk, &inquiry, view, listing)
}

/// Shows one purchase order, named by id or by number. Its entity tag is its version.
pub(crate) async fn show(
    State(desk): State<QueryDesk>,
    Path(name): Path<String>,
    inquiry: Inquiry,
) -> Result<Response, Problem> {
    inquiry.require(Query::PurchaseOrders)?;
    inquiry.parameters.allow(&[MOMENT])?;
    let view = desk.view(&inquiry).await?;
    let found = match Uuid::try_parse(&name) {
        Ok(id) => view.register().purchase_order(PurchaseOrderId(id)),
        Err(_) => view.register().purchase_order_by_number(&name),
    };
    let record = found
        .map_err(|error| read_problem(&error))?
        .ok_or_else(|| as_of(not_found("purchase order", &name), &view))?;
    let row = OrderRow::new(&view, &record).map_err(|error| read_problem(&error))?;
    one(&inquiry, &view, EntityTag::of_version(record.revision.version), &row)
}
