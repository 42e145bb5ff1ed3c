//! What may be asked to happen to an audit campaign.

use chrono::NaiveDate;

use super::scope::AuditScope;
use crate::command_body::commands_of;
use crate::ids::{AuditCampaignId, PersonId};
use crate::text::ShortText;

commands_of! {
    /// Plans a physical audit.
    PlanAudit {
        /// What it is called.
        name: ShortText,
        /// Which assets it is about: all that can be seen, if not said.
        scope: Option<Box<AuditScope>>,
        /// The day whose end the count is held against, if not the moment of the start: the close of
        /// a business year, say.
        as_of: Option<NaiveDate>,
        /// Who leads it.
        lead_id: Option<PersonId>,
    }
    /// Starts a planned audit, which freezes the set of assets that are expected.
    StartAudit {
        /// The campaign.
        campaign_id: AuditCampaignId,
    }
    /// Ends a running audit of which every finding is settled.
    CloseAudit {
        /// The campaign.
        campaign_id: AuditCampaignId,
        /// How many assets were expected, as `GET /v1/audits/{id}` says. Who closes the audit states it,
        /// and it stays in the log under her name.
        expected: u64,
    }
    /// Corrects how an audit was recorded, before it starts or after it ended. Without `effective_time` what was wrong
    /// is set right for as long as it stood, with one from then on.
    CorrectAudit {
        /// The campaign.
        campaign_id: AuditCampaignId,
        /// What should read differently, each fact once.
        corrections: Vec<AuditCorrection>,
    }
    /// Gives an audit up that is planned or runs. Asks for a reason.
    CancelAudit {
        /// The campaign.
        campaign_id: AuditCampaignId,
    }
}

/// One fact as it should read; `null` says that there is none.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AuditCorrection {
    /// What it is called.
    Name(ShortText),
    /// Who leads it.
    LeadId(Option<PersonId>),
}
