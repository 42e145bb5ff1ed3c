//! How an audit finding changes by what has happened. Every event says all of it, since the first
//! one to happen to an expected asset that nobody saw is that it was settled.

use super::event::AuditFindingEvent;
use super::state::AuditFinding;
use crate::aggregate::AggregateState;
use crate::ids::AuditFindingId;

impl AggregateState for AuditFinding {
    type Id = AuditFindingId;
    type Event = AuditFindingEvent;

    const NOUN: &'static str = "audit finding";

    fn evolve(
        id: AuditFindingId,
        _before: Option<Self>,
        event: &AuditFindingEvent,
        _actor: &str,
    ) -> Option<Self> {
        let (campaign_id, subject, verdict, is_settled) = match event {
            AuditFindingEvent::Scanned(data) => (data.campaign_id, &data.subject, data.verdict, false),
            AuditFindingEvent::Resolved(data) => (data.campaign_id, &data.subject, data.verdict, true),
            AuditFindingEvent::Waived(data) => (data.campaign_id, &data.subject, data.verdict, true),
        };
        Some(Self { id, campaign_id, subject: subject.clone(), verdict, is_settled })
    }
}
