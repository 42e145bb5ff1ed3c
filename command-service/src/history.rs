//! What the log holds of one aggregate or one key, folded for deciding.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use itam_domain::asset::AssetEvent;
use itam_domain::asset::course::Occurrence;
use itam_domain::{AggregateRef, CommandId, Envelope, Event, KeyRecord, Loaded, UniqueKey};
use itam_event_log::StoredMessage;
use uuid::Uuid;

use crate::refusal::Refusal;

/// An aggregate as its events tell it, with what a retry is recognized by.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// What its events fold to.
    pub(crate) loaded: Loaded,
    /// The position of its last event; 0 if it has none.
    pub(crate) last_position: u64,
    traces: Traces,
}

/// The commands that made an aggregate's events, by id.
///
/// Only ever added to, and only what the log holds, so all states of one aggregate share them: an
/// append costs the same however long the history is.
#[derive(Clone, Debug, Default)]
struct Traces(Arc<Mutex<Vec<Trace>>>);

/// One event's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The command.
    pub(crate) command_id: CommandId,
    /// Who sent it: another's command of the same id is another command.
    pub(crate) actor: Box<str>,
    /// Its digest.
    pub(crate) digest: Box<str>,
    /// The event's position.
    pub(crate) position: u64,
    /// The aggregate's version after it.
    pub(crate) version: u64,
}

/// A key as its records tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyHistory {
    /// Who holds it now.
    pub(crate) holder: Option<Uuid>,
    /// The position of its last record; 0 if it has none.
    pub(crate) last_position: u64,
    /// Everybody who ever held it.
    pub(crate) holders: BTreeSet<Uuid>,
}

/// One event that happened, as far as folding needs it.
pub(crate) struct Happened<'a> {
    pub(crate) event: &'a Event,
    pub(crate) actor: &'a str,
    pub(crate) effective_at: DateTime<Utc>,
    pub(crate) command_id: CommandId,
    pub(crate) digest: &'a str,
    pub(crate) position: u64,
}

/// One event of an asset, with its times.
pub(crate) struct Occurred {
    effective_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    event: AssetEvent,
}

/// What the log holds on an asset's subject.
///
/// # Errors
/// [`Refusal::HistoryUnreadable`]
pub(crate) fn occurrences(
    aggregate: AggregateRef,
    messages: &[StoredMessage],
) -> Result<Vec<Occurred>, Refusal> {
    let mut occurred = Vec::with_capacity(messages.len());
    for message in messages {
        let Envelope { effective_at, recorded_at, event, .. } = decode(aggregate, message)?;
        if let Event::Asset(event) = event {
            occurred.push(Occurred { effective_at, recorded_at, event });
        }
    }
    Ok(occurred)
}

fn decode(aggregate: AggregateRef, message: &StoredMessage) -> Result<Envelope, Refusal> {
    Envelope::decode(&message.body).map_err(|source| Refusal::HistoryUnreadable {
        aggregate: aggregate.to_string(),
        position: message.position,
        source,
    })
}

impl Occurred {
    pub(crate) fn as_occurrence(&self) -> Occurrence<'_> {
        Occurrence { effective_at: self.effective_at, recorded_at: self.recorded_at, event: &self.event }
    }
}

impl History {
    /// Folds what the log holds on one subject.
    ///
    /// # Errors
    /// [`Refusal::HistoryUnreadable`]: deciding on half a history could break a rule.
    pub(crate) fn fold(aggregate: AggregateRef, messages: &[StoredMessage]) -> Result<Self, Refusal> {
        let mut history = Self::default();
        for message in messages {
            let envelope = decode(aggregate, message)?;
            history = history.after(
                aggregate,
                &Happened {
                    event: &envelope.event,
                    actor: &envelope.actor,
                    effective_at: envelope.effective_at,
                    command_id: envelope.command_id,
                    digest: &envelope.command_digest,
                    position: message.position,
                },
            );
        }
        Ok(history)
    }

    /// The history with one more event.
    pub(crate) fn after(&self, aggregate: AggregateRef, happened: &Happened<'_>) -> Self {
        let loaded = self.loaded.after(aggregate.id, happened.event, happened.actor, happened.effective_at);
        let traces = self.traces.clone();
        traces.add(Trace {
            command_id: happened.command_id,
            actor: happened.actor.into(),
            digest: happened.digest.into(),
            position: happened.position,
            version: loaded.version,
        });
        Self { loaded, last_position: happened.position, traces }
    }

    /// Whether the aggregate holds a unique value.
    pub(crate) fn holds(&self, key: &UniqueKey) -> bool {
        let state = self.loaded.state.as_deref();
        state.is_some_and(|state| state.keys().contains(key))
    }

    /// The event that a command made here, if it made one.
    pub(crate) fn trace_of(&self, command_id: CommandId) -> Option<Trace> {
        self.traces.find(command_id)
    }
}

impl Traces {
    /// Ids mostly ascend with time, so the place is mostly the last one.
    fn add(&self, trace: Trace) {
        let mut traces = self.lock();
        let place = traces.partition_point(|other| other.command_id < trace.command_id);
        if traces.get(place).is_none_or(|other| other.command_id != trace.command_id) {
            traces.insert(place, trace);
        }
    }

    fn find(&self, command_id: CommandId) -> Option<Trace> {
        let traces = self.lock();
        let place = traces.binary_search_by_key(&command_id, |trace| trace.command_id);
        place.ok().map(|place| traces[place].clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Trace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyHistory {
    /// Folds what the log holds on a key's subject. A record that cannot be read was not written
    /// by this service; it holds nothing, but its position still counts.
    pub(crate) fn fold(messages: &[StoredMessage]) -> Self {
        let mut history = Self::default();
        for message in messages {
            let record = serde_json::from_slice::<KeyRecord>(&message.body).ok();
            history.holder = record.and_then(|record| record.holder);
            history.holders.extend(history.holder);
            history.last_position = message.position;
        }
        history
    }

    /// The key after it changed hands.
    pub(crate) fn after(&self, holder: Option<Uuid>, position: u64) -> Self {
        let mut holders = self.holders.clone();
        holders.extend(holder);
        Self { holder, last_position: position, holders }
    }
}
