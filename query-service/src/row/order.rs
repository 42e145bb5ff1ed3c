//! A purchase order as it is shown.

use chrono::NaiveDate;
use itam_domain::purchase_order::PurchaseOrderLine;
use itam_domain::{AggregateKind, Note, PurchaseOrderId, ShortText, VendorId};
use itam_read_model::{PurchaseOrderRecord, PurchaseOrderStatus, ReadModelError};
use serde::Serialize;

use crate::csv_text::Columns;
use crate::names::ShownName;
use crate::row::instant::RevisionRow;
use crate::view::AnswerView;

/// The columns of purchase orders in CSV.
pub(crate) const ORDER_COLUMNS: Columns = Columns(
    "id number stage vendor_id vendor_name expected_on open issued=created/effective_time lines notes version",
);

/// A purchase order.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "PurchaseOrder"))]
pub(crate) struct OrderRow<'a> {
    /// Its id.
    id: PurchaseOrderId,
    /// Its number.
    number: &'a ShortText,
    /// How far it is.
    stage: PurchaseOrderStatus,
    /// From whom.
    vendor_id: VendorId,
    /// The vendor's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_name: Option<ShownName>,
    /// When it should arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_on: Option<NaiveDate>,
    /// Pieces awaited, of all lines.
    open: u64,
    /// What was ordered.
    lines: Vec<OrderLineRow<'a>>,
    /// Anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a Note>,
    #[serde(flatten)]
    revision: RevisionRow,
}

/// A line of a purchase order.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct OrderLineRow<'a> {
    /// Its number, from 1.
    line: u32,
    #[serde(flatten)]
    ordered: &'a PurchaseOrderLine,
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<ShownName>,
    /// How many pieces arrived.
    received: u32,
    /// How many pieces are awaited.
    open: u32,
}

impl<'a> OrderRow<'a> {
    pub(crate) fn new(view: &AnswerView, record: &'a PurchaseOrderRecord) -> Result<Self, ReadModelError> {
        let order = &record.order;
        let open = record.open_lines();
        let mut lines = Vec::with_capacity(order.lines.len());
        for (number, progress) in &order.lines {
            let awaited = open.iter().find(|(line, _)| line == number);
            lines.push(OrderLineRow {
                line: *number,
                ordered: &progress.line,
                model_name: view.name(AggregateKind::AssetModel, progress.line.model_id.0)?,
                received: progress.received,
                open: awaited.map_or(0, |(_, pieces)| *pieces),
            });
        }
        Ok(Self {
            id: order.id,
            number: &order.number,
            stage: record.status(),
            vendor_id: order.vendor_id,
            vendor_name: view.name(AggregateKind::Vendor, order.vendor_id.0)?,
            expected_on: record.order.expected_on,
            open: open.iter().map(|(_, pieces)| u64::from(*pieces)).sum(),
            lines,
            notes: record.order.notes.as_ref(),
            revision: record.revision.into(),
        })
    }
}
