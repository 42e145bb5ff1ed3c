//! What has happened to a purchase order.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::asset::AcquisitionCosts;
use crate::corrections::{Corrected, CorrectedLine};
use crate::events::events;
use crate::ids::{AssetId, RequisitionId};
use crate::master::{DepartmentId, LocationId, ModelId, ProjectId, VendorId};
use crate::money::Money;
use crate::text::{Note, ShortText};

events! {
    /// Everything that can have happened to a purchase order.
    PurchaseOrderEvent of "purchase_order" {
        /// It was sent to the vendor.
        "purchase_order.issued" v 2 => Issued(PurchaseOrderIssued),
        /// Its lines were changed.
        "purchase_order.amended" v 2 => Amended(PurchaseOrderAmended),
        /// It was recorded wrongly.
        "purchase_order.corrected" v 1 => Corrected(PurchaseOrderCorrected),
        /// It was withdrawn before anything arrived.
        "purchase_order.cancelled" v 1 => Cancelled(PurchaseOrderCancelled),
        /// Pieces of a line arrived.
        "purchase_order.delivery_received" v 1 => DeliveryReceived(DeliveryReceived),
        /// A piece that had arrived was sent back.
        "purchase_order.delivery_rejected" v 1 => DeliveryRejected(DeliveryRejected),
        /// Nothing more is expected.
        "purchase_order.closed" v 1 => Closed(PurchaseOrderClosed),
    }
}

/// It was sent to the vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PurchaseOrderIssued {
    /// Its number, unique in the organization.
    pub number: ShortText,
    /// From whom.
    pub vendor_id: VendorId,
    /// What was ordered; line `n` of the order is element `n − 1`.
    pub lines: Vec<PurchaseOrderLine>,
    /// When it should arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<NaiveDate>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
}

/// One thing that was ordered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PurchaseOrderLine {
    /// The model.
    pub model_id: ModelId,
    /// How many pieces, from 1.
    pub quantity: u32,
    /// The price of one piece.
    pub unit_price: Money,
    /// The approved requisition line that it fulfills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requisition_line: Option<RequisitionLineRef>,
    /// The department that bears the cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_center_id: Option<DepartmentId>,
    /// The project that it is charged to; that of the requisition line that it fulfills, if an order does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
}

/// A line of a requisition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequisitionLineRef {
    /// The requisition.
    pub requisition_id: RequisitionId,
    /// The line's number in it, from 1.
    pub line: u32,
}

/// Its lines were changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PurchaseOrderAmended {
    /// Lines that read differently now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<AmendedLine>,
    /// Lines that came to it; they take the next numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<PurchaseOrderLine>,
    /// When it should arrive now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<NaiveDate>,
}

/// A line that reads differently now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AmendedLine {
    /// The line's number, from 1.
    pub line: u32,
    /// How many pieces now: not below what arrived; 0 strikes a line of which nothing arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// The price of one piece now, for pieces yet to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// The project that it is charged to now, for pieces yet to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
}

/// It was withdrawn before anything arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PurchaseOrderCancelled {}

/// Pieces of a line arrived. Each piece's own first event stands in the same commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DeliveryReceived {
    /// The line's number, from 1.
    pub line: u32,
    /// How many pieces.
    pub quantity: u32,
    /// Where they were received.
    pub location_id: LocationId,
    /// What each piece cost.
    pub costs: AcquisitionCosts,
    /// The number of the delivery note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_note: Option<ShortText>,
}

/// A piece that had arrived was sent back; the vendor still owes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DeliveryRejected {
    /// The line's number, from 1.
    pub line: u32,
    /// The piece.
    pub asset_id: AssetId,
}

/// Nothing more is expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PurchaseOrderClosed {}

/// It was recorded wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct PurchaseOrderCorrected {
    /// Each corrected fact, with what was recorded and what it should read.
    pub changes: Vec<PurchaseOrderFact>,
}

/// A fact of a purchase order that can be corrected, with what was recorded and what it should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum PurchaseOrderFact {
    /// Its number, unique in the organization.
    Number(Corrected<ShortText>),
    /// When it should arrive.
    ExpectedOn(Corrected<Option<NaiveDate>>),
    /// Anything else.
    Notes(Corrected<Option<Note>>),
    /// The department that bears the cost of a line.
    CostCenter(CorrectedLine<Option<DepartmentId>>),
    /// The project that a line is charged to.
    Project(CorrectedLine<Option<ProjectId>>),
}
