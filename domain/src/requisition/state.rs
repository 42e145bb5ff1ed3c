//! What a requisition is, as its events tell.

use std::collections::BTreeMap;

use super::event::RequisitionLine;
use crate::ids::{PersonId, PurchaseOrderId, RequisitionId};
use crate::text::Note;

/// A requisition.
#[derive(Clone, Debug, PartialEq)]
pub struct Requisition {
    /// Which one.
    pub id: RequisitionId,
    /// The actor who submitted it; she may not approve it.
    pub requester: String,
    /// The person it is for, if that is said; she may not approve it either.
    pub requested_for: Option<PersonId>,
    /// Why it is needed.
    pub justification: Option<Note>,
    /// Where it stands.
    pub stage: RequisitionStage,
    /// Its lines, by number from 1.
    pub lines: BTreeMap<u32, LineProgress>,
}

/// A line and how much of it is ordered.
#[derive(Clone, Debug, PartialEq)]
pub struct LineProgress {
    /// The line as it reads now.
    pub line: RequisitionLine,
    /// Pieces by purchase order that takes them.
    pub ordered: BTreeMap<PurchaseOrderId, u32>,
}

/// Where a requisition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequisitionStage {
    /// Awaiting approval.
    Submitted,
    /// May be ordered.
    Approved,
    /// Refused.
    Rejected,
    /// Withdrawn.
    Cancelled,
}

impl RequisitionStage {
    /// The stage's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }
}

impl LineProgress {
    /// Pieces that purchase orders take together.
    #[must_use]
    pub fn total_ordered(&self) -> u32 {
        self.ordered.values().fold(0, |sum, pieces| sum.saturating_add(*pieces))
    }
}

impl Requisition {
    /// Whether any purchase order takes a piece of it.
    #[must_use]
    pub fn is_being_ordered(&self) -> bool {
        self.lines.values().any(|line| line.total_ordered() > 0)
    }

    /// Whether purchase orders take every piece of it.
    #[must_use]
    pub fn is_fully_ordered(&self) -> bool {
        self.lines.values().all(|progress| progress.total_ordered() >= progress.line.quantity)
    }
}
