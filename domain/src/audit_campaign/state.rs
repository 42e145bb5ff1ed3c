//! What an audit campaign is, as its events tell.

use chrono::NaiveDate;

use super::event::{AuditClosed, AuditPlanned};
use super::scope::AuditScope;
use crate::audit_finding::FINDINGS;
use crate::counter::CounterKind;
use crate::ids::AuditCampaignId;

/// An audit campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditCampaign {
    /// Which one.
    pub id: AuditCampaignId,
    /// Its plan.
    pub plan: AuditPlanned,
    /// Where it stands.
    pub stage: CampaignStage,
}

/// Where an audit campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignStage {
    /// Not begun.
    Planned,
    /// The expected assets are frozen, and things are scanned. Nothing happens to a campaign while it
    /// runs, so its last event is its start.
    Running,
    /// Ended, with this result. Final.
    Closed(AuditClosed),
    /// Given up. Final.
    Cancelled,
}

impl AuditCampaign {
    /// Which assets it is about.
    #[must_use]
    pub fn scope(&self) -> &AuditScope {
        &self.plan.scope
    }

    /// What is counted for it, as long as something may be.
    pub(crate) fn counting(&self) -> Option<&'static CounterKind> {
        match self.stage {
            CampaignStage::Planned | CampaignStage::Running => Some(&FINDINGS),
            CampaignStage::Closed(_) | CampaignStage::Cancelled => None,
        }
    }

    /// The day whose end the count is held against, if not the moment of the start.
    #[must_use]
    pub fn as_of(&self) -> Option<NaiveDate> {
        self.plan.as_of
    }
}

impl CampaignStage {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Closed(_) => "closed",
            Self::Cancelled => "cancelled",
        }
    }
}
