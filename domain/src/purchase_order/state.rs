//! What a purchase order is, as its events tell.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::event::PurchaseOrderLine;
use crate::ids::PurchaseOrderId;
use crate::key::KeyKind;
use crate::master::VendorId;
use crate::text::{Note, ShortText};
use crate::unique_label::UniqueLabel;

/// A purchase order.
#[derive(Clone, Debug, PartialEq)]
pub struct PurchaseOrder {
    /// Which one.
    pub id: PurchaseOrderId,
    /// Its number.
    pub number: ShortText,
    /// From whom.
    pub vendor_id: VendorId,
    /// When it should arrive.
    pub expected_on: Option<NaiveDate>,
    /// Anything else.
    pub notes: Option<Note>,
    /// Where it stands.
    pub stage: OrderStage,
    /// Its lines, by number from 1.
    pub lines: BTreeMap<u32, ReceiptProgress>,
}

/// A line and how much of it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiptProgress {
    /// The line as it reads now.
    pub line: PurchaseOrderLine,
    /// Pieces that arrived and were not sent back.
    pub received: u32,
}

/// Where a purchase order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStage {
    /// Sent to the vendor; pieces are awaited.
    Issued,
    /// Withdrawn.
    Cancelled,
    /// Nothing more is expected.
    Closed,
}

impl OrderStage {
    /// The stage's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
        }
    }
}

impl ReceiptProgress {
    /// Pieces still awaited.
    #[must_use]
    pub fn open(&self) -> u32 {
        self.line.quantity.saturating_sub(self.received)
    }
}

/// The key of an order's number.
pub(super) fn number_label(number: &ShortText) -> UniqueLabel {
    UniqueLabel::name(KeyKind::ORDER_NUMBER, &[number.as_str()])
}
