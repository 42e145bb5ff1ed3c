//! What may be asked to happen to a purchase order.

use chrono::NaiveDate;

use super::event::{AmendedLine, PurchaseOrderLine};
use crate::asset::AcquisitionCosts;
use crate::command_body::commands_of;
use crate::corrections::LineCorrection;
use crate::ids::PurchaseOrderId;
use crate::label::Serial;
use crate::master::{DepartmentId, LocationId, ProjectId, VendorId};
use crate::text::{Note, ShortText};

commands_of! {
    /// Sends an order to a vendor. Lines may refer to lines of approved requisitions.
    IssuePurchaseOrder {
        /// Its number, unique in the organization.
        number: ShortText,
        /// From whom.
        vendor_id: VendorId,
        /// What is ordered, from one line on.
        lines: Vec<PurchaseOrderLine>,
        /// When it should arrive.
        expected_on: Option<NaiveDate>,
        /// Anything else.
        notes: Option<Note>,
    }
    /// Changes quantities and prices of an order's lines, or adds lines.
    AmendPurchaseOrder {
        /// The order.
        purchase_order_id: PurchaseOrderId,
        /// Lines that shall read differently.
        changed: Option<Vec<AmendedLine>>,
        /// Lines that come to it.
        added: Option<Vec<PurchaseOrderLine>>,
        /// When it should arrive now.
        expected_on: Option<NaiveDate>,
    }
    /// Corrects how an order was recorded: its number, when it should arrive, its notes, at whose cost a line is.
    /// What is ordered and at what price is changed by `amend-purchase-order`. Without `effective_time` what was wrong is
    /// set right for as long as it stood, with one from then on.
    CorrectPurchaseOrder {
        /// The order.
        purchase_order_id: PurchaseOrderId,
        /// What should read differently, each fact once.
        corrections: Vec<PurchaseOrderCorrection>,
    }
    /// Withdraws an order of which nothing arrived.
    CancelPurchaseOrder {
        /// The order.
        purchase_order_id: PurchaseOrderId,
    }
    /// Takes in pieces of a line: each becomes an asset of its own, all at once or none.
    ReceiveDelivery {
        /// The order.
        purchase_order_id: PurchaseOrderId,
        /// The line's number, from 1.
        line: u32,
        /// How many pieces.
        quantity: u32,
        /// Where they are received.
        location_id: LocationId,
        /// What each piece cost; the line's unit price if not said.
        costs: Option<AcquisitionCosts>,
        /// The serial numbers of the pieces, as many as there are pieces.
        serials: Option<Vec<Serial>>,
        /// The number of the delivery note.
        delivery_note: Option<ShortText>,
        /// The last day of their warranty.
        warranty_until: Option<NaiveDate>,
    }
    /// Says that nothing more is expected.
    ClosePurchaseOrder {
        /// The order.
        purchase_order_id: PurchaseOrderId,
    }
}

/// One fact as it should read; `null` says that there is none. Lines are named by their number, from 1.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PurchaseOrderCorrection {
    /// Its number, unique in the organization.
    Number(ShortText),
    /// When it should arrive.
    ExpectedOn(Option<NaiveDate>),
    /// Anything else.
    Notes(Option<Note>),
    /// The department that bears the cost of a line.
    CostCenterId(LineCorrection<Option<DepartmentId>>),
    /// The project that a line is charged to.
    ProjectId(LineCorrection<Option<ProjectId>>),
}

impl PurchaseOrderCorrection {
    /// What it is about: which fact, and of which line, if it is one's.
    pub(crate) fn fact(&self) -> (std::mem::Discriminant<Self>, Option<u32>) {
        let line = match self {
            Self::Number(_) | Self::ExpectedOn(_) | Self::Notes(_) => None,
            Self::CostCenterId(correction) => Some(correction.line),
            Self::ProjectId(correction) => Some(correction.line),
        };
        (std::mem::discriminant(self), line)
    }
}
