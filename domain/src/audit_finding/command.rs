//! What may be asked to happen to an audit finding.

use serde::{Deserialize, Serialize};

use super::name::{FindingName, ScanName};
use crate::command_body::commands_of;
use crate::ids::{AuditCampaignId, AuditFindingId, PersonId};
use crate::master::LocationId;
use crate::target::Target;
use crate::vocabulary::{Condition, FindingResolution};

commands_of! {
    /// Records that somebody saw a thing during a running audit. A known asset counts as verified, too.
    ScanAsset {
        /// The audit.
        campaign_id: AuditCampaignId,
        /// What was read off the thing. A tag or serial number that nothing bears is a finding as well.
        asset: ScanName,
        /// Where it was seen.
        location_id: Option<LocationId>,
        /// In what condition.
        condition: Option<Condition>,
        /// Who saw it, if not whoever sends this.
        scanned_by: Option<PersonId>,
    }
    /// Says what was done about a finding.
    ResolveFinding {
        /// The audit.
        campaign_id: AuditCampaignId,
        /// Which finding.
        finding: FindingChoice,
        /// What was done.
        resolution: FindingResolution,
    }
    /// Corrects how something was seen during a running audit: the verdict follows. What the register says of the asset
    /// is corrected by `correct-asset`. Without `effective_time` what was wrong is set right since the scan, with one
    /// from then on.
    CorrectFinding {
        /// The audit.
        campaign_id: AuditCampaignId,
        /// Which finding.
        finding: FindingChoice,
        /// What should read differently, each fact once.
        corrections: Vec<FindingCorrection>,
    }
    /// Lets a finding stand unresolved. Asks for a reason.
    WaiveFinding {
        /// The audit.
        campaign_id: AuditCampaignId,
        /// Which finding.
        finding: FindingChoice,
    }
}

/// How a command names a finding: by its id, or by what it is about, as a scan would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingChoice {
    /// By id. An expected asset that nobody scanned has no finding that could be named so.
    Id(AuditFindingId),
    /// By what it is about.
    Asset(ScanName),
}

/// One fact of a scan as it should read; `null` says that there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FindingCorrection {
    /// Where the thing was seen.
    LocationId(Option<LocationId>),
    /// In what condition.
    Condition(Option<Condition>),
    /// Who saw it, if not whoever sent the scan.
    ScannedBy(Option<PersonId>),
}

impl ScanAsset {
    pub(crate) fn finding_target(&self) -> Target {
        Target::Finding(FindingName { campaign_id: self.campaign_id, scan: self.asset.clone() })
    }
}

impl ResolveFinding {
    pub(crate) fn finding_target(&self) -> Target {
        self.finding.target(self.campaign_id)
    }
}

impl CorrectFinding {
    pub(crate) fn finding_target(&self) -> Target {
        self.finding.target(self.campaign_id)
    }
}

impl WaiveFinding {
    pub(crate) fn finding_target(&self) -> Target {
        self.finding.target(self.campaign_id)
    }
}

impl FindingChoice {
    fn target(&self, campaign_id: AuditCampaignId) -> Target {
        match self {
            Self::Id(id) => Target::Aggregate((*id).into()),
            Self::Asset(scan) => Target::Finding(FindingName { campaign_id, scan: scan.clone() }),
        }
    }
}
