//! What has happened to an audit finding.

use serde::{Deserialize, Serialize};

use super::name::FindingSubject;
use crate::corrections::Corrected;
use crate::events::events;
use crate::ids::{AuditCampaignId, PersonId};
use crate::master::LocationId;
use crate::vocabulary::{AuditVerdict, Condition, FindingResolution};

events! {
    /// Everything that can have happened to an audit finding.
    AuditFindingEvent of "audit_finding" {
        /// Somebody saw the thing.
        "audit_finding.scanned" v 1 => Scanned(FindingScanned),
        /// Something was done about it.
        "audit_finding.resolved" v 1 => Resolved(FindingResolved),
        /// How the thing was seen was recorded wrongly.
        "audit_finding.corrected" v 1 => Corrected(FindingCorrected),
        /// It was let stand.
        "audit_finding.waived" v 1 => Waived(FindingWaived),
    }
}

impl AuditFindingEvent {
    /// The audit, what the finding is about, and what it says of it: every event tells that.
    #[must_use]
    pub fn finding(&self) -> (AuditCampaignId, &FindingSubject, AuditVerdict) {
        match self {
            Self::Scanned(data) => (data.campaign_id, &data.subject, data.verdict),
            Self::Resolved(data) => (data.campaign_id, &data.subject, data.verdict),
            Self::Corrected(data) => (data.campaign_id, &data.subject, data.verdict),
            Self::Waived(data) => (data.campaign_id, &data.subject, data.verdict),
        }
    }
}

/// Somebody saw the thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct FindingScanned {
    /// The audit.
    pub campaign_id: AuditCampaignId,
    /// What was seen.
    pub subject: FindingSubject,
    /// What that says, given what was expected.
    pub verdict: AuditVerdict,
    /// Where it was expected, if it was and that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_location_id: Option<LocationId>,
    /// Where it was seen, if that was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// In what condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Who saw it, if not the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned_by: Option<PersonId>,
}

/// Something was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct FindingResolved {
    /// The audit.
    pub campaign_id: AuditCampaignId,
    /// What it is about.
    pub subject: FindingSubject,
    /// What the audit had found.
    pub verdict: AuditVerdict,
    /// What was done.
    pub resolution: FindingResolution,
}

/// It was let stand; the envelope's reason says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct FindingWaived {
    /// The audit.
    pub campaign_id: AuditCampaignId,
    /// What it is about.
    pub subject: FindingSubject,
    /// What the audit had found.
    pub verdict: AuditVerdict,
}

/// How the thing was seen was recorded wrongly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct FindingCorrected {
    /// The audit.
    pub campaign_id: AuditCampaignId,
    /// What it is about.
    pub subject: FindingSubject,
    /// What the scan says as it should read, given what was expected.
    pub verdict: AuditVerdict,
    /// Each corrected fact, with what was recorded and what it should read.
    pub changes: Vec<FindingFact>,
}

/// A fact of a scan that can be corrected, with what was recorded and what it should read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum FindingFact {
    /// Where the thing was seen.
    Location(Corrected<Option<LocationId>>),
    /// In what condition.
    Condition(Corrected<Option<Condition>>),
    /// Who saw it, if not the actor.
    ScannedBy(Corrected<Option<PersonId>>),
}
