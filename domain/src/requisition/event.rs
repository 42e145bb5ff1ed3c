//! What has happened to a requisition.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::corrections::{Corrected, CorrectedLine};
use crate::events::events;
use crate::ids::{PersonId, PurchaseOrderId};
use crate::master::{DepartmentId, ModelId, ProjectId};
use crate::money::Money;
use crate::text::{Note, ShortText};

events! {
    /// Everything that can have happened to a requisition.
    RequisitionEvent of "requisition" {
        /// Somebody asked for something.
        "requisition.submitted" v 2 => Submitted(RequisitionSubmitted),
        /// Somebody else approved it.
        "requisition.approved" v 1 => Approved(RequisitionApproved),
        /// Somebody refused it.
        "requisition.rejected" v 1 => Rejected(RequisitionRejected),
        /// It was recorded wrongly.
        "requisition.corrected" v 1 => Corrected(RequisitionCorrected),
        /// It was withdrawn.
        "requisition.cancelled" v 1 => Cancelled(RequisitionCancelled),
        /// A purchase order took up lines of it, or let go of them.
        "requisition.ordered" v 1 => Ordered(RequisitionOrdered),
    }
}

/// Somebody asked for something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RequisitionSubmitted {
    /// What is asked for; line `n` of the requisition is element `n − 1`.
    pub lines: Vec<RequisitionLine>,
    /// For whom, if not for the requester.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_for: Option<PersonId>,
    /// Why it is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<Note>,
}

/// One thing that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequisitionLine {
    /// The model, if it is known. Else the description says what is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<ModelId>,
    /// What is meant, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<ShortText>,
    /// How many pieces, from 1.
    pub quantity: u32,
    /// What one piece is expected to cost.
    pub estimated_unit_price: Money,
    /// When it is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<NaiveDate>,
    /// The department that bears the cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_center_id: Option<DepartmentId>,
    /// The project that it is charged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
}

/// Somebody else approved it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RequisitionApproved {
    /// The role under which it was approved.
    pub role: String,
    /// The totals that were approved, one for each currency.
    pub totals: Vec<Money>,
}

/// Somebody refused it; the envelope's reason says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RequisitionRejected {}

/// It was withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RequisitionCancelled {}

/// A purchase order took up lines of it, or let go of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RequisitionOrdered {
    /// The purchase order.
    pub purchase_order_id: PurchaseOrderId,
    /// How much of each line that order takes now: not a difference, and 0 where it let go.
    pub lines: Vec<LineQuantity>,
}

/// A quantity of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LineQuantity {
    /// The line's number, from 1.
    pub line: u32,
    /// How many pieces.
    pub quantity: u32,
}

/// It was recorded wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct RequisitionCorrected {
    /// Each corrected fact, with what was recorded and what it should read.
    pub changes: Vec<RequisitionFact>,
}

/// A fact of a requisition that can be corrected, with what was recorded and what it should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum RequisitionFact {
    /// For whom, if not for the requester.
    RequestedFor(Corrected<Option<PersonId>>),
    /// Why it is needed.
    Justification(Corrected<Option<Note>>),
    /// What is meant by a line, in words.
    Description(CorrectedLine<Option<ShortText>>),
    /// When a line is needed.
    NeededBy(CorrectedLine<Option<NaiveDate>>),
    /// The department that bears the cost of a line.
    CostCenter(CorrectedLine<Option<DepartmentId>>),
    /// The project that a line is charged to.
    Project(CorrectedLine<Option<ProjectId>>),
}
