//! What an asset is, as its events tell.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::facts::{AssetFacts, Custodian, OrderLine};
use crate::ids::AssetId;
use crate::master::LocationId;
use crate::vocabulary::{AssetState, HoldKind, SanitizationMethod};

/// An asset that entered the register.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Which one.
    pub id: AssetId,
    /// What is known of it.
    pub facts: AssetFacts,
    /// Where it is in its life, with what only exists there.
    pub stage: Stage,
    /// The holds on it.
    pub holds: BTreeSet<HoldKind>,
    /// For whom it is kept.
    pub reservation: Option<Reservation>,
    /// The most thorough removal of data since it was last in use.
    pub sanitization: Option<Sanitization>,
}

/// Where an asset is in its life, with the data that exists only there.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Ordered on its own.
    OnOrder,
    /// Delivered, not yet tagged.
    Received,
    /// Available.
    InStock,
    /// In somebody's custody.
    Deployed(Custody),
    /// On its way; it goes on where it left off.
    InTransit {
        /// What it was when it left.
        origin: Box<Stage>,
        /// Where it was sent.
        destination_id: LocationId,
    },
    /// Being repaired, serviced or upgraded.
    InMaintenance,
    /// Lost, stolen or not found.
    Missing,
    /// Out of service.
    Retired,
    /// Gone.
    Disposed,
    /// Registered in error.
    Voided,
    /// Never came to be.
    Cancelled,
}

/// Who has an asset, and on what terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Custody {
    /// Who has it: exactly one.
    pub custodian: Custodian,
    /// Whether she confirmed.
    pub acceptance: Acceptance,
    /// When it is due back.
    pub due_back_on: Option<NaiveDate>,
}

crate::vocabulary! {
    /// Whether the custodian confirmed that she has the asset.
    Acceptance {
        /// Nobody asked.
        NotRequired = "not_required",
        /// Asked, not answered.
        Pending = "pending",
        /// Confirmed.
        Accepted = "accepted",
        /// Denied.
        Declined = "declined",
    }
}

/// For whom an asset is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Reservation {
    /// For whom.
    pub reserved_for: Custodian,
    /// The last day it holds.
    pub until: Option<NaiveDate>,
}

/// A removal of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sanitization {
    /// How.
    pub method: SanitizationMethod,
}

impl Stage {
    /// The stage's name.
    #[must_use]
    pub fn state(&self) -> AssetState {
        match self {
            Self::OnOrder => AssetState::OnOrder,
            Self::Received => AssetState::Received,
            Self::InStock => AssetState::InStock,
            Self::Deployed(_) => AssetState::Deployed,
            Self::InTransit { .. } => AssetState::InTransit,
            Self::InMaintenance => AssetState::InMaintenance,
            Self::Missing => AssetState::Missing,
            Self::Retired => AssetState::Retired,
            Self::Disposed => AssetState::Disposed,
            Self::Voided => AssetState::Voided,
            Self::Cancelled => AssetState::Cancelled,
        }
    }
}

impl Asset {
    /// The name of its stage.
    #[must_use]
    pub fn state(&self) -> AssetState {
        self.stage.state()
    }

    /// Who has it, if it is deployed.
    #[must_use]
    pub fn custodian(&self) -> Option<Custodian> {
        if let Stage::Deployed(custody) = &self.stage { Some(custody.custodian) } else { None }
    }

    /// The purchase order line it was delivered for.
    #[must_use]
    pub fn order_line(&self) -> Option<OrderLine> {
        self.facts.order_line
    }

    /// Whether its life is over, so that it holds no unique value.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(self.stage, Stage::Disposed | Stage::Voided | Stage::Cancelled)
    }

    /// Whether other assets may be put into it: not once it is out of service or gone, and not
    /// before it is there.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        match self.stage {
            Stage::Received
            | Stage::InStock
            | Stage::Deployed(_)
            | Stage::InTransit { .. }
            | Stage::InMaintenance => true,
            Stage::OnOrder
            | Stage::Missing
            | Stage::Retired
            | Stage::Disposed
            | Stage::Voided
            | Stage::Cancelled => false,
        }
    }
}
