//! What the log holds of one aggregate or one key, folded for deciding.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use itam_domain::asset::AssetEvent;
use itam_domain::asset::course::Occurrence;
use itam_domain::{AggregateRef, CommandId, Envelope, Event, KeyRecord, Loaded, UniqueKey};
use itam_event_log::{StoredMessage, read_each};
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
    /// The number of the event within its aggregate.
    pub(crate) version: u64,
}

/// One event of an asset, with its times.
pub(crate) struct Occurred {
    effective_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    event: AssetEvent,
}

/// What the log holds on an asset's subject, without what is alien to it.
///
/// # Errors
/// [`Refusal::HistoryUnreadable`]
pub(crate) fn occurrences(
    aggregate: AggregateRef,
    messages: &[StoredMessage],
    disowned: &BTreeSet<u64>,
) -> Result<Vec<Occurred>, Refusal> {
    let (mut occurred, mut last) = (Vec::with_capacity(messages.len()), 0);
    for envelope in read_each(messages, |message| decode(aggregate, message, disowned)) {
        let Some(envelope) = envelope?.filter(|event| event.follows(last)) else { continue };
        last = envelope.aggregate_version;
        let Envelope { effective_at, recorded_at, event, .. } = envelope;
        if let Event::Asset(event) = event {
            occurred.push(Occurred { effective_at, recorded_at, event });
        }
    }
    Ok(occurred)
}

/// The event in a message; `None` if the message is alien to the thing's history, or disowned.
fn decode(
    aggregate: AggregateRef,
    message: &StoredMessage,
    disowned: &BTreeSet<u64>,
) -> Result<Option<Envelope>, Refusal> {
    match Envelope::decode_at(message.subject.as_str(), &message.body) {
        Ok(envelope) => Ok(Some(envelope)),
        Err(alien) if alien.is_alien() || disowned.contains(&message.position) => Ok(None),
        Err(source) => Err(Refusal::HistoryUnreadable {
            aggregate: aggregate.to_string(),
            position: message.position,
            source,
        }),
    }
}

impl Occurred {
    pub(crate) fn as_occurrence(&self) -> Occurrence<'_> {
        Occurrence { effective_at: self.effective_at, recorded_at: self.recorded_at, event: &self.event }
    }
}

impl History {
    /// How many events are remembered.
    pub(crate) fn length(&self) -> usize {
        self.traces.lock().len()
    }

    /// Folds what the log holds on one subject. What is alien to it is not believed; only its position
    /// counts, since the next append is expected behind it.
    ///
    /// # Errors
    /// [`Refusal::HistoryUnreadable`] for what a newer build may have written: deciding on half a history
    /// could break a rule.
    pub(crate) fn fold(
        aggregate: AggregateRef,
        messages: &[StoredMessage],
        disowned: &BTreeSet<u64>,
    ) -> Result<Self, Refusal> {
        let (mut loaded, mut traces) = (Loaded::default(), Vec::with_capacity(messages.len()));
        let envelopes = read_each(messages, |message| decode(aggregate, message, disowned));
        for (message, envelope) in messages.iter().zip(envelopes) {
            let Some(envelope) = envelope?.filter(|event| event.follows(loaded.version)) else { continue };
            let version = envelope.aggregate_version;
            loaded = loaded.after(aggregate.id, &envelope.event, &envelope.actor, envelope.effective_at);
            loaded.version = version;
            traces.push(Trace {
                command_id: envelope.command_id,
                actor: envelope.actor.into(),
                digest: envelope.command_digest.into(),
                position: message.position,
                version,
            });
        }
        let last_position = messages.last().map_or(0, |message| message.position);
        Ok(Self { loaded, last_position, traces: Traces::of(traces) })
    }

    /// The history with one more event.
    pub(crate) fn after(&self, aggregate: AggregateRef, happened: &Happened<'_>) -> Self {
        let before = self.loaded.clone();
        let mut loaded = before.after(aggregate.id, happened.event, happened.actor, happened.effective_at);
        loaded.version = happened.version;
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
    /// Those of a whole history, put in order once: ids that are hashes come in none.
    fn of(mut traces: Vec<Trace>) -> Self {
        traces.sort_by_cached_key(|trace| trace.command_id);
        traces.dedup_by_key(|trace| trace.command_id);
        Self(Arc::new(Mutex::new(traces)))
    }

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
    /// by this service, and nobody loses the value by it; but its position still counts.
    pub(crate) fn fold(messages: &[StoredMessage]) -> Self {
        let mut history = Self::default();
        for message in messages {
            if let Ok(record) = serde_json::from_slice::<KeyRecord>(&message.body) {
                history.holder = record.holder;
                history.holders.extend(record.holder);
            }
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

#[cfg(test)]
mod tests {
    use itam_domain::asset::{AssetFacts, AssetReceived, AssetRegistered};
    use itam_domain::vocabulary::AssetKind;
    use itam_domain::{ActorKind, Aggregate, AggregateKind, LocationId, ModelId};
    use itam_event_log::Tenant;

    use super::*;

    /// What happened to one asset, of which each event names another place.
    const EVENTS: u64 = 10_000;

    fn asset() -> AggregateRef {
        AggregateRef::new(AggregateKind::Asset, Uuid::from_u128(1))
    }

    /// The command of the `n`-th event, whose id is a hash, as of a key that is no UUID.
    fn command(n: u64) -> CommandId {
        CommandId::from_key("main", &format!("receipt {n}"))
    }

    fn place(n: u64) -> LocationId {
        LocationId(Uuid::from_u128(u128::from(n)))
    }

    fn message(n: u64) -> StoredMessage {
        let at = DateTime::<Utc>::UNIX_EPOCH + chrono::TimeDelta::seconds(i64::try_from(n).expect("few"));
        let event = if n == 1 {
            let facts = AssetFacts::new(ModelId(Uuid::from_u128(2)), AssetKind::Hardware);
            AssetEvent::Registered(AssetRegistered { facts: Box::new(facts) })
        } else {
            AssetEvent::Received(AssetReceived { location_id: Some(place(n)) })
        };
        let envelope = Envelope {
            id: command(n).event_id(asset().id),
            tenant: "main".to_owned(),
            aggregate: asset(),
            aggregate_version: n,
            recorded_at: at,
            effective_at: at,
            actor: "ann".to_owned(),
            actor_kind: ActorKind::Person,
            command_id: command(n),
            command_digest: n.to_string(),
            correlation_id: "c".to_owned(),
            causation_id: None,
            reason: None,
            event: event.into(),
        };
        let subject = Tenant::try_new("main").expect("a name").event_subject("asset", asset().id);
        StoredMessage { position: 3 * n, subject, stored_at: at, body: envelope.encode().into() }
    }

    #[test]
    fn ten_thousand_events_of_one_thing_are_folded_to_the_last_and_every_command_is_found() {
        let messages: Vec<StoredMessage> = (1..=EVENTS).map(message).collect();
        let history = History::fold(asset(), &messages, &BTreeSet::new()).expect("readable");
        assert_eq!((history.loaded.version, history.last_position), (EVENTS, 3 * EVENTS));
        let Some(Aggregate::Asset(folded)) = history.loaded.state.as_deref() else { panic!("an asset") };
        assert_eq!(folded.facts.location_id, Some(place(EVENTS)));
        for n in 1..=EVENTS {
            let trace = history.trace_of(command(n)).expect("every command left a trace");
            assert_eq!((trace.version, trace.position, &*trace.digest), (n, 3 * n, n.to_string().as_str()));
        }
        assert_eq!(history.trace_of(command(EVENTS + 1)), None);
    }

    #[test]
    fn folding_at_once_comes_to_what_folding_one_after_another_does() {
        let messages: Vec<StoredMessage> = (1..=100).map(message).collect();
        let whole = History::fold(asset(), &messages, &BTreeSet::new()).expect("readable");
        let mut grown = History::default();
        for message in &messages {
            let envelope = decode(asset(), message, &BTreeSet::new()).expect("readable").expect("an event");
            grown = grown.after(
                asset(),
                &Happened {
                    event: &envelope.event,
                    actor: &envelope.actor,
                    effective_at: envelope.effective_at,
                    command_id: envelope.command_id,
                    digest: &envelope.command_digest,
                    position: message.position,
                    version: envelope.aggregate_version,
                },
            );
        }
        assert_eq!((&whole.loaded, whole.last_position), (&grown.loaded, grown.last_position));
        for n in 1..=101 {
            assert_eq!(whole.trace_of(command(n)), grown.trace_of(command(n)));
        }
    }
}
