//! How an audit finding changes by what has happened. Every event says what it is about and what the verdict is, since
//! the first one to happen to an expected asset that nobody saw is that it was settled.

use super::event::{AuditFindingEvent, FindingFact, FindingScanned};
use super::state::AuditFinding;
use crate::aggregate::AggregateState;
use crate::ids::AuditFindingId;

impl AggregateState for AuditFinding {
    type Id = AuditFindingId;
    type Event = AuditFindingEvent;

    const NOUN: &'static str = "audit finding";

    fn evolve(
        id: AuditFindingId,
        before: Option<Self>,
        event: &AuditFindingEvent,
        _actor: &str,
    ) -> Option<Self> {
        let (scan, was_settled) =
            before.map_or((None, false), |before: Self| (before.scan, before.is_settled));
        let (campaign_id, subject, verdict) = event.finding();
        let (scan, is_settled) = match event {
            AuditFindingEvent::Scanned(data) => (Some(data.clone()), false),
            AuditFindingEvent::Resolved(_) | AuditFindingEvent::Waived(_) => (scan, true),
            AuditFindingEvent::Corrected(data) => {
                (scan.map(|scan| scan.corrected(&data.changes)), was_settled)
            }
        };
        Some(Self { id, campaign_id, subject: subject.clone(), verdict, scan, is_settled })
    }
}

impl FindingScanned {
    /// The scan as it should read.
    pub(super) fn corrected(mut self, changes: &[FindingFact]) -> Self {
        for fact in changes {
            match fact {
                FindingFact::Location(fact) => self.location_id = fact.new,
                FindingFact::Condition(fact) => self.condition = fact.new,
                FindingFact::ScannedBy(fact) => self.scanned_by = fact.new,
            }
        }
        self
    }
}
