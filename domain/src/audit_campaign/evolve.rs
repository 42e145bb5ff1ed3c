//! How an audit campaign changes by what has happened.

use super::event::{AuditCampaignEvent, AuditFact};
use super::state::{AuditCampaign, CampaignStage};
use crate::aggregate::AggregateState;
use crate::ids::AuditCampaignId;

impl AggregateState for AuditCampaign {
    type Id = AuditCampaignId;
    type Event = AuditCampaignEvent;

    const NOUN: &'static str = "audit";

    fn evolve(
        id: AuditCampaignId,
        campaign: Option<Self>,
        event: &AuditCampaignEvent,
        _actor: &str,
    ) -> Option<Self> {
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
            AuditCampaignEvent::Corrected(data) => {
                for fact in &data.changes {
                    match fact {
                        AuditFact::Name(fact) => campaign.plan.name.clone_from(&fact.new),
                        AuditFact::Lead(fact) => campaign.plan.lead_id = fact.new,
                    }
                }
            }
            AuditCampaignEvent::Cancelled(_) => campaign.stage = CampaignStage::Cancelled,
        }
        Some(campaign)
    }
}
