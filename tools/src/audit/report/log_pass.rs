//! What one pass over the log's messages finds.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use chrono::TimeDelta;
use itam_domain::{Envelope, format_instant};
use itam_event_log::StoredMessage;
use itam_projector::content;
use itam_read_model::{LogContent, Parked};
use serde_json::json;

use super::parked::ParkedEvents;
use super::section::Section;
use crate::failure::Failure;

/// How many events each actor has sent, by its id and kind.
pub(super) type EventsByActor = BTreeMap<(String, String), u64>;

/// What a pass has found so far.
pub(super) struct LogPass {
    backdated_over: TimeDelta,
    by_type: BTreeMap<String, u64>,
    by_actor: EventsByActor,
    corrections: Section,
    backdated: Section,
    /// Those that cannot be read; others can be read and not be applied.
    pub(super) parked: ParkedEvents,
}

impl LogPass {
    pub(super) fn new(backdated_over: Duration, parked: ParkedEvents) -> io::Result<Self> {
        let corrections =
            &["position", "recorded", "effective", "subject", "field", "old", "new", "reason", "actor"];
        let backdated =
            &["position", "recorded", "effective", "delay_s", "type", "subject", "reason", "actor"];
        Ok(Self {
            backdated_over: TimeDelta::from_std(backdated_over).unwrap_or(TimeDelta::MAX),
            by_type: BTreeMap::new(),
            by_actor: BTreeMap::new(),
            corrections: Section::new("corrections", "Corrections", corrections)?,
            backdated: Section::new("backdated", "Backdated entries", backdated)?,
            parked,
        })
    }

    /// Takes a message of the period.
    pub(super) fn take(&mut self, message: &StoredMessage) -> Result<(), Failure> {
        let noted = match content(message) {
            LogContent::Skipped => Ok(()),
            LogContent::Unreadable { event_type, reason } => {
                *self.by_type.entry(event_type.clone()).or_default() += 1;
                let parked = Parked { event_type, reason, seen_at: message.stored_at };
                self.parked.push(message.position, &parked)
            }
            LogContent::Event(envelope) => self.take_event(message.position, &envelope),
        };
        noted.map_err(super::written)
    }

    fn take_event(&mut self, position: u64, event: &Envelope) -> io::Result<()> {
        let name = event.event.event_type().name;
        *self.by_type.entry(name.to_owned()).or_default() += 1;
        let kind = super::section::cell(Some(&serde_json::to_value(event.actor_kind)?));
        *self.by_actor.entry((event.actor.clone(), kind)).or_default() += 1;
        let (recorded, effective) = (format_instant(event.recorded_at), format_instant(event.effective_at));
        let subject = event.aggregate.to_string();
        let delay = event.recorded_at - event.effective_at;
        if delay > self.backdated_over {
            self.backdated.push(&json!({
                "position": position, "recorded": recorded, "effective": effective,
                "delay_s": delay.num_seconds(), "type": name, "subject": subject, "reason": event.reason,
                "actor": event.actor,
            }))?;
        }
        for fact in event.event.corrected_facts() {
            self.corrections.push(&json!({
                "position": position, "recorded": recorded, "effective": effective, "subject": subject,
                "field": fact.field, "old": fact.old, "new": fact.new,
                "reason": event.reason, "actor": event.actor,
            }))?;
        }
        Ok(())
    }

    /// Who has acted, and how often.
    pub(super) fn actors(&self) -> &EventsByActor {
        &self.by_actor
    }

    /// The tables that the pass has filled, and the parked events.
    pub(super) fn sections(self) -> io::Result<(Vec<Section>, ParkedEvents)> {
        let mut by_type = Section::new("events_by_type", "Events by type", &["type", "count"])?;
        for (name, count) in &self.by_type {
            by_type.push(&json!({"type": name, "count": count}))?;
        }
        let columns = &["actor", "actor_kind", "count"];
        let mut by_actor = Section::new("events_by_actor", "Events by actor", columns)?;
        for ((actor, kind), count) in &self.by_actor {
            by_actor.push(&json!({"actor": actor, "actor_kind": kind, "count": count}))?;
        }
        Ok((vec![by_type, by_actor, self.corrections, self.backdated], self.parked))
    }
}
