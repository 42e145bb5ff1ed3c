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
    /// Gives an audit up that is planned or runs. Asks for a reason.
    CancelAudit {
        /// The campaign.
        campaign_id: AuditCampaignId,
    }
}
