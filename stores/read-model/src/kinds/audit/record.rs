//! A physical audit as it is shown: the campaign, what it counted, what it found.

use chrono::{DateTime, Utc};
use itam_domain::audit_campaign::{AuditCampaign, CampaignStage};
use itam_domain::audit_finding::FindingSubject;
use itam_domain::vocabulary::{AuditVerdict, Condition, FindingResolution};
use itam_domain::{AuditFindingId, Currency, LocationId, PersonId};

use crate::kinds::revision::Stamp;
use crate::kinds::revision::{Revision, Settlement};

/// An audit campaign as its page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRecord {
    /// What the domain knows of it: plan, stage, result.
    pub campaign: AuditCampaign,
    /// When it started: the position is that of the freeze.
    pub started: Option<Stamp>,
    /// How it ended, if it did.
    pub ended: Option<Settlement>,
    /// What changed it.
    pub revision: Revision,
}

itam_domain::vocabulary! {
    /// How far an audit campaign got.
    AuditStatus {
        /// Not begun.
        Planned = "planned",
        /// Things are scanned.
        Running = "running",
        /// Ended with a result.
        Closed = "closed",
        /// Given up.
        Cancelled = "cancelled",
    }
}

impl AuditRecord {
    /// How far it got.
    #[must_use]
    pub fn status(&self) -> AuditStatus {
        match self.campaign.stage {
            CampaignStage::Planned => AuditStatus::Planned,
            CampaignStage::Running => AuditStatus::Running,
            CampaignStage::Closed(_) => AuditStatus::Closed,
            CampaignStage::Cancelled => AuditStatus::Cancelled,
        }
    }

    /// Whether whoever closed the audit stated something else than the register has counted.
    #[must_use]
    pub fn is_contradicted(&self, counts: &AuditCounts) -> bool {
        let CampaignStage::Closed(closed) = self.campaign.stage else {
            return false;
        };
        let stated =
            [closed.expected, closed.found, closed.found_elsewhere, closed.missing, closed.unexpected];
        let of = |verdict| counts.of(verdict);
        let counted = [
            counts.expected,
            of(AuditVerdict::Found),
            of(AuditVerdict::FoundElsewhere),
            of(AuditVerdict::Missing),
            of(AuditVerdict::Unexpected),
        ];
        stated != counted || counts.unresolved() > 0
    }
}

/// What an audit counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditCounts {
    /// Expected assets.
    pub expected: u64,
    /// What they cost to acquire, in minor units by currency.
    pub expected_cost: Vec<(Currency, i128)>,
    /// What those of them cost that are missing.
    pub missing_cost: Vec<(Currency, i128)>,
    /// Findings by verdict, in the order of [`AuditVerdict::ALL`]: those left to settle, and the others.
    pub by_verdict: [(u64, u64); 4],
}

impl AuditCounts {
    /// What an audit has counted at its start: everything that it expects is missing until it is seen.
    pub(crate) fn expecting(expected: u64, expected_cost: Vec<(Currency, i128)>) -> Self {
        let mut by_verdict = [(0, 0); 4];
        by_verdict[AuditVerdict::Missing as usize].0 = expected;
        Self { expected, missing_cost: expected_cost.clone(), expected_cost, by_verdict }
    }

    /// The findings of a verdict.
    #[must_use]
    pub fn of(&self, verdict: AuditVerdict) -> u64 {
        let (open, resolved) = self.by_verdict[verdict as usize];
        open + resolved
    }

    /// The findings that are left to settle.
    #[must_use]
    pub fn unresolved(&self) -> u64 {
        self.by_verdict.iter().map(|(open, _)| open).sum()
    }
}

/// What an audit found about one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingRecord {
    /// Which finding.
    pub id: AuditFindingId,
    /// What it is about.
    pub subject: FindingSubject,
    /// What was found.
    pub verdict: AuditVerdict,
    /// What was expected, if it was.
    pub expected: Option<Expectation>,
    /// How it was last seen, if it was.
    pub scan: Option<Scan>,
    /// How it was settled since, if it was.
    pub settlement: Option<FindingSettlement>,
}

/// An asset as it was frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Where it was expected, if that was known.
    pub location_id: Option<LocationId>,
    /// What it cost to acquire, in minor units by currency.
    pub cost: Vec<(Currency, i128)>,
}

/// How a thing was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// When (effective).
    pub at: DateTime<Utc>,
    /// Who sent the scan: an opaque id.
    pub actor: String,
    /// Who saw it, if not the actor.
    pub scanned_by: Option<PersonId>,
    /// Where, if that was recorded.
    pub location_id: Option<LocationId>,
    /// In what condition.
    pub condition: Option<Condition>,
    /// The position of the event.
    pub position: u64,
}

/// How a finding was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingSettlement {
    /// What was done; `None` if it was waived.
    pub resolution: Option<FindingResolution>,
    /// When (effective).
    pub at: DateTime<Utc>,
    /// By whom: an opaque id.
    pub actor: String,
    /// Why, if that was said.
    pub reason: Option<String>,
    /// The position of the event.
    pub position: u64,
}

impl FindingRecord {
    /// Whether nothing is left to do about it.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        self.verdict == AuditVerdict::Found || self.settlement.is_some()
    }
}
