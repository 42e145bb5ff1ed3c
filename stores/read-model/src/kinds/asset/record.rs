//! An asset as the register shows it: what the domain knows, and when and how it came to be so.

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::asset::{Asset, Custodian, Stage};
use itam_domain::vocabulary::{
    AssetState, DisposalMethod, HoldKind, LossKind, MaintenanceKind, RetirementCause, SanitizationMethod,
};
use itam_domain::{AssetId, Currency, Money, Note, ShortText, VendorId};

use crate::kinds::revision::Stamp;

/// An asset as the register shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetRecord {
    /// What the domain knows of it: id, facts, stage with custody or destination, holds,
    /// reservation, sanitization. Its changes are the domain's `evolve`, and no one else's.
    pub asset: Asset,
    /// When the present custody began (effective), if it is deployed.
    pub custody_since: Option<DateTime<Utc>>,
    /// When it was reserved (effective), if it is.
    pub reserved_since: Option<DateTime<Utc>>,
    /// When it should arrive, if it is on order.
    pub expected_on: Option<NaiveDate>,
    /// Its holds, with when and why.
    pub holds: Vec<Hold>,
    /// How it travels, if it is in transit.
    pub transit: Option<Box<Transit>>,
    /// What is done with it, if it is in maintenance.
    pub maintenance: Option<Box<Maintenance>>,
    /// How it got lost, if it is missing or was written off.
    pub loss: Option<Box<Loss>>,
    /// Why it was taken out of service, if it is retired or was disposed of after that.
    pub retirement: Option<Box<Retirement>>,
    /// How it left, if it did.
    pub disposal: Option<Box<Disposal>>,
    /// The record of the last removal of data, if it still counts.
    pub sanitized: Option<Box<SanitizationRecord>>,
    /// When it was last seen (effective).
    pub verified_at: Option<DateTime<Utc>>,
    /// Its first event.
    pub registered: Stamp,
    /// Its last event.
    pub changed: Stamp,
    /// The number of its events.
    pub version: u64,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which.
    pub kind: HoldKind,
    /// Since when (effective).
    pub since: DateTime<Utc>,
    /// The number of the case.
    pub case_number: Option<ShortText>,
}

/// How an asset travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transit {
    /// Since when (effective).
    pub since: DateTime<Utc>,
    /// Who carries it.
    pub carrier: Option<ShortText>,
    /// The carrier's tracking number.
    pub tracking_number: Option<ShortText>,
}

/// What is done with an asset in maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// What is done.
    pub kind: MaintenanceKind,
    /// Since when (effective).
    pub since: DateTime<Utc>,
    /// Who had it before, if it was deployed.
    pub from: Option<Custodian>,
    /// Who does it.
    pub vendor_id: Option<VendorId>,
    /// When it should be back.
    pub expected_back_on: Option<NaiveDate>,
    /// What is wrong or planned.
    pub description: Option<Note>,
}

/// How an asset got lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// In what way.
    pub kind: LossKind,
    /// Since when (effective).
    pub since: DateTime<Utc>,
    /// Who had it last.
    pub last_custodian: Option<Custodian>,
    /// The number of a police or insurance report.
    pub report_number: Option<ShortText>,
}

/// Why an asset was taken out of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// Why.
    pub cause: RetirementCause,
    /// Since when (effective).
    pub since: DateTime<Utc>,
}

/// How an asset left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposal {
    /// When (effective).
    pub since: DateTime<Utc>,
    /// How; `None` if it was written off.
    pub method: Option<DisposalMethod>,
    /// The vendor that took it.
    pub vendor_id: Option<VendorId>,
    /// What was paid for it.
    pub proceeds: Option<Money>,
    /// The number of the certificate.
    pub certificate_number: Option<ShortText>,
}

/// A removal of data (NIST SP 800-88 Rev. 1, §4.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SanitizationRecord {
    /// How.
    pub method: SanitizationMethod,
    /// When (effective).
    pub since: DateTime<Utc>,
    /// The tool or technique.
    pub tool: Option<ShortText>,
    /// The number of the certificate.
    pub certificate_number: Option<ShortText>,
    /// The vendor that did it, if it was not done in house.
    pub vendor_id: Option<VendorId>,
}

impl AssetRecord {
    /// Which asset.
    #[must_use]
    pub fn id(&self) -> AssetId {
        self.asset.id
    }

    /// Where it is in its life.
    #[must_use]
    pub fn state(&self) -> AssetState {
        self.asset.state()
    }

    /// Where it is in its life, and where it was when it left if it is on its way.
    #[must_use]
    pub fn settled_stage(&self) -> &Stage {
        let mut stage = &self.asset.stage;
        while let Stage::InTransit { origin, .. } = stage {
            stage = origin;
        }
        stage
    }

    /// Whether summaries count it: everything but what never came to be or was entered in error.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        !matches!(self.asset.stage, Stage::Voided | Stage::Cancelled)
    }

    /// What it cost to acquire, in minor units by currency. One currency, unless a correction
    /// recorded otherwise.
    #[must_use]
    pub fn acquisition_cost(&self) -> Vec<(Currency, i128)> {
        let Some(costs) = &self.asset.facts.costs else {
            return Vec::new();
        };
        let mut totals: Vec<(Currency, i128)> = Vec::new();
        let parts = [Some(costs.price), costs.non_recoverable_tax, costs.freight, costs.set_up];
        for part in parts.into_iter().flatten() {
            let minor = i128::from(part.minor());
            match totals.iter_mut().find(|(currency, _)| *currency == part.currency()) {
                Some((_, total)) => *total += minor,
                None => totals.push((part.currency(), minor)),
            }
        }
        totals
    }
}
