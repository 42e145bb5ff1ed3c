//! The smallest log there can be: it loads what a decision asks for and keeps what it decides.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use itam_domain::asset::course::Occurrence;
use itam_domain::asset::{Asset, AssetAt, AssetEvent, Custodian};
use itam_domain::{
    Actor, ActorKind, Aggregate, AggregateRef, AssetId, Command, CommandId, Context, CounterName, Counts,
    Decision, Envelope, Event, Loaded, Policies, Rejection, Stop, UniqueKey, World, decide,
};
use uuid::Uuid;

/// Most loads that one decision may ask for: a delivery of 900 pieces and what it refers to.
const MAX_LOADS: usize = 2_000;

/// The circumstances of one command.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) command_id: CommandId,
    pub(crate) actor: Actor,
    pub(crate) now: DateTime<Utc>,
    pub(crate) effective_time: Option<DateTime<Utc>>,
    pub(crate) reason: Option<itam_domain::Note>,
}

/// Everything that happened, what it folds to, and who holds which value.
#[derive(Clone, Default)]
pub(crate) struct Store {
    pub(crate) history: Vec<Envelope>,
    pub(crate) aggregates: BTreeMap<AggregateRef, Loaded>,
    pub(crate) keys: BTreeMap<UniqueKey, Uuid>,
    pub(crate) counters: BTreeMap<CounterName, Counts>,
    pub(crate) policies: Policies,
}

impl Store {
    /// Decides as a command service does: from an empty world, loading what the decision stops at.
    pub(crate) fn decide(
        &self,
        command: &Command,
        circumstances: &Circumstances,
    ) -> Result<Decision, Rejection> {
        let context = Context {
            command_id: circumstances.command_id,
            actor: &circumstances.actor,
            now: circumstances.now,
            effective_time: circumstances.effective_time,
            reason: circumstances.reason.as_ref(),
            policies: &self.policies,
        };
        let touches = command.touches(circumstances.command_id);
        let name = command.name();
        let mut world = World::default();
        for _ in 0..MAX_LOADS {
            let decided = decide(&world, command, &context);
            let checked = match &decided {
                Ok(decision) => touches.check_decision(decision, &world),
                Err(stop) => touches.check(stop, &world),
            };
            checked.unwrap_or_else(|undeclared| panic!("{name}: {undeclared}"));
            match decided {
                Ok(decision) => return Ok(decision),
                Err(Stop::Reject(rejection)) => return Err(*rejection),
                Err(Stop::Load(aggregate)) => {
                    let loaded = self.aggregates.get(&aggregate).cloned().unwrap_or_default();
                    world.show(aggregate, loaded);
                }
                Err(Stop::LoadKey(key)) => {
                    let holder = self.keys.get(&key).copied();
                    world.show_key(key, holder);
                }
                Err(Stop::LoadCounter(counter)) => {
                    let counts = self.counters.get(&counter).cloned();
                    world.show_counter(counter, counts.unwrap_or_else(|| counter.what.nothing()));
                }
                Err(Stop::LoadContents(container)) => {
                    world.show_contents(container, self.put_into(container));
                }
                Err(Stop::LoadAt(at)) => {
                    let asset = self.asset_at(at);
                    world.show_at(at, asset);
                }
            }
        }
        panic!("{name} asks for more than {MAX_LOADS} loads");
    }

    /// The assets that were ever put into another.
    fn put_into(&self, container: AssetId) -> BTreeSet<AssetId> {
        let put_in = |envelope: &Envelope| match &envelope.event {
            Event::Asset(AssetEvent::Deployed(data)) => {
                (data.custodian == Custodian::Asset(container)).then_some(envelope.aggregate.id)
            }
            Event::Asset(AssetEvent::Reassigned(data)) => {
                (data.to == Custodian::Asset(container)).then_some(envelope.aggregate.id)
            }
            _ => None,
        };
        self.history.iter().filter_map(put_in).map(AssetId).collect()
    }

    /// Keeps what a command made happen.
    pub(crate) fn commit(&mut self, decision: &Decision, circumstances: &Circumstances) {
        for (aggregate, event) in &decision.events {
            let version = self.aggregates.get(aggregate).map_or(0, |loaded| loaded.version);
            self.append(Envelope {
                id: circumstances.command_id.event_id(aggregate.id),
                tenant: "main".to_owned(),
                aggregate: *aggregate,
                aggregate_version: version.saturating_add(1),
                recorded_at: circumstances.now,
                effective_at: circumstances.effective_time.unwrap_or(circumstances.now),
                actor: circumstances.actor.id.clone(),
                actor_kind: circumstances.actor.kind,
                command_id: circumstances.command_id,
                command_digest: "digest".to_owned(),
                correlation_id: circumstances.command_id.to_string(),
                causation_id: None,
                reason: circumstances.reason.as_ref().map(ToString::to_string),
                event: event.clone(),
            });
        }
        for change in &decision.counters {
            self.counters.insert(change.counter, change.counts.clone());
        }
        for change in &decision.keys {
            match change.holder {
                Some(holder) => self.keys.insert(change.key.clone(), holder),
                None => self.keys.remove(&change.key),
            };
        }
    }

    /// The asset as the events before another thing's last one tell it.
    pub(crate) fn asset_at(&self, at: AssetAt) -> Option<Asset> {
        let last = self.history.iter().rposition(|envelope| envelope.aggregate == at.before)?;
        let before = self.history[..last].iter();
        let before = before.filter(|envelope| envelope.aggregate.id == at.asset_id.0);
        at.fold(before.filter_map(|envelope| match &envelope.event {
            Event::Asset(event) => {
                let (effective_at, recorded_at) = (envelope.effective_at, envelope.recorded_at);
                Some(Occurrence { effective_at, recorded_at, event })
            }
            _ => None,
        }))
    }

    /// Folds one more event.
    pub(crate) fn append(&mut self, envelope: Envelope) {
        let (aggregate, before) =
            (envelope.aggregate, self.aggregates.entry(envelope.aggregate).or_default());
        let after = std::mem::take(before).after(
            aggregate.id,
            &envelope.event,
            &envelope.actor,
            envelope.effective_at,
        );
        *before = after;
        self.history.push(envelope);
    }

    /// Claims for every aggregate what it holds, for histories that were given and not decided.
    pub(crate) fn claim_keys(&mut self, aggregate: AggregateRef) {
        self.keys.retain(|_, holder| *holder != aggregate.id);
        let state = self.aggregates.get(&aggregate).and_then(|loaded| loaded.state.clone());
        for key in state.as_deref().map(Aggregate::keys).unwrap_or_default() {
            let other = self.keys.insert(key.clone(), aggregate.id);
            assert_eq!(other, None, "the given history lets two hold {key:?}");
        }
    }
}

/// Somebody who may approve any amount.
pub(crate) fn actor(id: &str, role: &str) -> Actor {
    Actor { id: id.to_owned(), kind: ActorKind::Person, role: role.to_owned() }
}
