//! What one pass over the log's messages finds.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use chrono::TimeDelta;
use itam_domain::asset::AssetEvent;
use itam_domain::{Envelope, Event, format_instant};
use itam_event_log::{LogError, LogReader, StoredMessage};
use itam_projector::content;
use itam_read_model::Content;
use serde_json::{Value, json};

use super::period::Period;
use super::section::Section;
use crate::failure::Failure;
use crate::transfer::positions_bar;

/// How many messages are read at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// What a pass has found so far.
pub(super) struct LogPass {
    backdated_over: TimeDelta,
    by_type: BTreeMap<String, u64>,
    by_actor: BTreeMap<(String, String), u64>,
    corrections: Section,
    backdated: Section,
    parked: Section,
}

impl LogPass {
    pub(super) fn new(backdated_over: Duration) -> io::Result<Self> {
        let corrections =
            &["position", "recorded", "effective", "subject", "field", "old", "new", "reason", "actor"];
        let backdated =
            &["position", "recorded", "effective", "delay_s", "type", "subject", "reason", "actor"];
        let mut parked = Section::new(
            "parked",
            "Events that this build cannot read",
            &["position", "stored", "type", "why"],
        )?;
        "They are in the log, and in no read model of this build.".clone_into(&mut parked.note);
        Ok(Self {
            backdated_over: TimeDelta::from_std(backdated_over).unwrap_or(TimeDelta::MAX),
            by_type: BTreeMap::new(),
            by_actor: BTreeMap::new(),
            corrections: Section::new("corrections", "Corrections", corrections)?,
            backdated: Section::new("backdated", "Backdated entries", backdated)?,
            parked,
        })
    }

    /// Reads every position of the period, in order.
    pub(super) async fn read(&mut self, log: &dyn LogReader, period: &Period) -> Result<(), Failure> {
        let bar = positions_bar("reading", period.messages());
        let mut next = period.first;
        while next <= period.last {
            let page = log.read(next, PAGE).await.map_err(Failure::Log)?;
            let taken = page.messages.iter().take_while(|message| message.position <= period.last);
            for message in taken {
                if message.position != next {
                    let gap = format!("position {next} is missing: {} came", message.position);
                    return Err(Failure::Log(LogError::Corrupt(gap)));
                }
                next += 1;
                self.take(message)?;
            }
            if page.messages.is_empty() {
                return Err(Failure::Log(LogError::Corrupt(format!("position {next} is missing"))));
            }
            bar.set_position(next - period.first);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn take(&mut self, message: &StoredMessage) -> Result<(), Failure> {
        let noted = match content(message) {
            Content::Skipped => Ok(()),
            Content::Unreadable { event_type, reason } => {
                *self.by_type.entry(event_type.clone()).or_default() += 1;
                let stored = format_instant(message.stored_at);
                self.parked.push(&json!({"position": message.position, "stored": stored,
                                         "type": event_type, "why": reason}))
            }
            Content::Event(envelope) => self.take_event(message.position, &envelope),
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
        let Event::Asset(AssetEvent::Corrected(corrected)) = &event.event else {
            return Ok(());
        };
        for change in &corrected.changes {
            let change: Value = serde_json::to_value(change)?;
            self.corrections.push(&json!({
                "position": position, "recorded": recorded, "effective": effective, "subject": subject,
                "field": change["field"], "old": change["old"], "new": change["new"],
                "reason": event.reason, "actor": event.actor,
            }))?;
        }
        Ok(())
    }

    /// The tables that the pass has filled.
    pub(super) fn sections(self) -> io::Result<Vec<Section>> {
        let mut by_type = Section::new("events_by_type", "Events by type", &["type", "count"])?;
        for (name, count) in &self.by_type {
            by_type.push(&json!({"type": name, "count": count}))?;
        }
        let columns = &["actor", "actor_kind", "count"];
        let mut by_actor = Section::new("events_by_actor", "Events by actor", columns)?;
        for ((actor, kind), count) in &self.by_actor {
            by_actor.push(&json!({"actor": actor, "actor_kind": kind, "count": count}))?;
        }
        Ok(vec![by_type, by_actor, self.corrections, self.backdated, self.parked])
    }
}
