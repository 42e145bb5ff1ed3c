//! How an audit campaign changes by what has happened.

use super::event::AuditCampaignEvent;
use super::state::{AuditCampaign, CampaignStage};
use crate::ids::AuditCampaignId;

/// The campaign after `event`.
#[must_use]
pub fn evolve(
    id: AuditCampaignId,
    campaign: Option<AuditCampaign>,
    event: &AuditCampaignEvent,
) -> Option<AuditCampaign> {
    if let AuditCampaignEvent::Planned(data) = event {
        return Some(AuditCampaign { id, plan: data.clone(), stage: CampaignStage::Planned });
    }
    let mut campaign = campaign?;
    match event {
        AuditCampaignEvent::Planned(_) => {}
        AuditCampaignEvent::Started(data) => {
            campaign.plan.scope.clone_from(&data.scope);
            campaign.plan.as_of = data.as_of;
            campaign.stage = CampaignStage::Running;
        }
        AuditCampaignEvent::Closed(data) => campaign.stage = CampaignStage::Closed(*data),
        AuditCampaignEvent::Cancelled(_) => campaign.stage = CampaignStage::Cancelled,
    }
    Some(campaign)
}
