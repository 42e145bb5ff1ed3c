//! A line of a purchase order of which pieces are awaited, as it is shown.

use chrono::NaiveDate;
use itam_domain::purchase_order::PurchaseOrderLine;
use itam_domain::{AggregateKind, PurchaseOrderId, ShortText, VendorId};
use itam_read_model::{PurchaseOrderRecord, ReadModelError, WaitingRecord};
use serde::Serialize;

use crate::csv_text::Columns;
use crate::names::ShownName;
use crate::view::AnswerView;

/// The columns of open lines in CSV.
pub(crate) const OPEN_LINE_COLUMNS: Columns = Columns(
    "days purchase_order_id number vendor_id vendor_name expected_on line model_id model_name quantity received \
     open unit_price=unit_price/amount currency=unit_price/currency cost_center_id project_id",
);

/// A line of a purchase order of which pieces are awaited.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "OpenOrderLine"))]
pub(crate) struct OpenLineRow<'a> {
    /// For how many days it is due; less than 0 if it is not.
    days: i64,
    /// The order's id.
    purchase_order_id: PurchaseOrderId,
    /// The order's number.
    number: &'a ShortText,
    /// From whom it was ordered.
    vendor_id: VendorId,
    /// The vendor's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_name: Option<ShownName>,
    /// When it should arrive, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_on: Option<NaiveDate>,
    /// The number of the line.
    line: u32,
    #[serde(flatten)]
    ordered: &'a PurchaseOrderLine,
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<ShownName>,
    /// Pieces that arrived.
    received: u32,
    /// Pieces that are awaited.
    open: u32,
}

impl<'a> OpenLineRow<'a> {
    pub(crate) fn new(
        view: &AnswerView,
        waiting: &'a WaitingRecord<PurchaseOrderRecord>,
    ) -> Result<Self, ReadModelError> {
        let (record, line) = (&waiting.record, waiting.line.unwrap_or_default());
        let missing = || ReadModelError::Damaged(format!("an open line {line} that its order does not have"));
        let progress = record.order.lines.get(&line).ok_or_else(missing)?;
        let issued = record.revision.created.effective_at.date_naive();
        Ok(Self {
            days: (view.today() - record.order.expected_on.unwrap_or(issued)).num_days(),
            purchase_order_id: record.order.id,
            number: &record.order.number,
            vendor_id: record.order.vendor_id,
            vendor_name: view.name(AggregateKind::Vendor, record.order.vendor_id.0)?,
            expected_on: record.order.expected_on,
            line,
            ordered: &progress.line,
            model_name: view.name(AggregateKind::AssetModel, progress.line.model_id.0)?,
            received: progress.received,
            open: progress.open(),
        })
    }
}
