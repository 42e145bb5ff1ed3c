//! A log in memory for tests: it decides commands as a command service does, and keeps what they make happen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::asset::course::Occurrence;
use crate::asset::{Asset, AssetAt, Custodian};
use crate::{
    Actor, ActorKind, Aggregate, AggregateKind, AggregateRef, AssetId, Command, CommandId, Context,
    CounterName, Counts, Decision, Envelope, Event, Loaded, Note, Policies, Rejection, Stop, UniqueKey,
    UniqueLabel, World, decide,
};

/// Most loads that one decision may ask for: a delivery of 900 pieces and what it refers to.
const MAX_LOADS: usize = 2_000;

/// The circumstances of one command: a [`Context`] that owns what it holds.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The command's id.
    pub command_id: CommandId,
    /// Who sends it.
    pub actor: Actor,
    /// The present.
    pub now: DateTime<Utc>,
    /// When it happened in the world, if the sender said so.
    pub effective_time: Option<DateTime<Utc>>,
    /// Why, if the sender said so.
    pub reason: Option<Note>,
}

/// A log in memory: everything that happened, what it folds to, and who holds which value.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    /// The events, in their order.
    pub history: Vec<Envelope>,
    /// The aggregates that they fold to.
    pub aggregates: BTreeMap<AggregateRef, Loaded>,
    /// The holder of each unique value that is held.
    pub keys: BTreeMap<UniqueKey, Uuid>,
    /// What each lane counts.
    pub counters: BTreeMap<CounterName, Counts>,
    /// The organization's own rules.
    pub policies: Policies,
    /// Where in the history the events of each aggregate are.
    places: BTreeMap<AggregateRef, Vec<usize>>,
    /// The assets that were ever put into another.
    put_in: BTreeMap<AssetId, BTreeSet<AssetId>>,
}

impl MemoryStore {
    /// Decides as a command service does: from an empty world, loading what the decision stops at.
    ///
    /// # Errors
    /// The rejection, if the command is refused.
    ///
    /// # Panics
    /// If the command asks for or writes what it does not declare, or asks for too much.
    pub fn decide(
        &self,
        command: &Command,
        circumstances: &Circumstances,
    ) -> Result<Decision, Box<Rejection>> {
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
        // What a command makes is new; a delivery of many pieces would be decided again for each.
        for created in touches.created() {
            world.show(created, self.loaded(created));
        }
        for _ in 0..MAX_LOADS {
            let decided = decide(&world, command, &context);
            touches.check(&decided, &world).unwrap_or_else(|undeclared| panic!("{name}: {undeclared}"));
            match decided {
                Ok(decision) => return Ok(decision),
                Err(Stop::Reject(rejection)) => return Err(rejection),
                Err(Stop::Load(aggregate)) => world.show(aggregate, self.loaded(aggregate)),
                Err(Stop::LoadKey(key)) => {
                    let holder = self.keys.get(&key).copied();
                    world.show_key(key, holder);
                }
                Err(Stop::LoadLatestKey(key)) => {
                    let holder = self.keys.get(&key).copied();
                    world.show_latest_key(key, holder);
                }
                Err(Stop::LoadCounter(counter)) => {
                    let counts = self.counters.get(&counter).cloned();
                    world.show_counter(counter, counts.unwrap_or_else(|| counter.what.nothing()));
                }
                Err(Stop::LoadContents(container)) => {
                    world.show_contents(container, self.put_in.get(&container).cloned().unwrap_or_default());
                }
                Err(Stop::LoadAt(at)) => {
                    let asset = self.asset_at(at);
                    world.show_at(at, asset);
                }
            }
        }
        panic!("{name} asks for more than {MAX_LOADS} loads");
    }

    fn loaded(&self, aggregate: AggregateRef) -> Loaded {
        self.aggregates.get(&aggregate).cloned().unwrap_or_default()
    }

    /// Keeps what a command made happen.
    pub fn commit(&mut self, decision: &Decision, circumstances: &Circumstances) {
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

    /// Who bears a label.
    #[must_use]
    pub fn bearer(&self, label: &UniqueLabel) -> Option<Uuid> {
        label.keys().find_map(|key| self.keys.get(key).copied())
    }

    /// The asset as the events before another thing's last one tell it.
    #[must_use]
    pub fn asset_at(&self, at: AssetAt) -> Option<Asset> {
        let last = *self.places.get(&at.before)?.last()?;
        let asset = AggregateRef::new(AggregateKind::Asset, at.asset_id.0);
        let before = self.places.get(&asset).into_iter().flatten().filter(|place| **place < last);
        at.fold(before.map(|place| &self.history[*place]).filter_map(|envelope| {
            let Event::Asset(event) = &envelope.event else { return None };
            let (effective_at, recorded_at) = (envelope.effective_at, envelope.recorded_at);
            Some(Occurrence { effective_at, recorded_at, event })
        }))
    }

    /// Folds one more event.
    pub fn append(&mut self, envelope: Envelope) {
        let (aggregate, before) =
            (envelope.aggregate, self.aggregates.entry(envelope.aggregate).or_default());
        let after = std::mem::take(before).after(
            aggregate.id,
            &envelope.event,
            &envelope.actor,
            envelope.effective_at,
        );
        *before = after;
        if let Event::Asset(event) = &envelope.event
            && let Some(Custodian::Asset(container)) = event.new_custodian()
        {
            self.put_in.entry(container).or_default().insert(AssetId(aggregate.id));
        }
        self.places.entry(aggregate).or_default().push(self.history.len());
        self.history.push(envelope);
    }

    /// Claims for an aggregate what it holds, where its history was given and not decided.
    ///
    /// # Panics
    /// If another holds one of its values.
    pub fn claim_keys(&mut self, aggregate: AggregateRef) {
        self.keys.retain(|_, holder| *holder != aggregate.id);
        for key in self.labels(aggregate).iter().flat_map(UniqueLabel::keys) {
            let other = self.keys.insert(key.clone(), aggregate.id);
            assert_eq!(other, None, "the given history lets two hold {key:?}");
        }
    }

    /// The same by the rule of builds before this one, which knew one form of a label.
    ///
    /// # Panics
    /// If another holds one of its values.
    pub fn claim_former_keys(&mut self, aggregate: AggregateRef) {
        for label in self.labels(aggregate) {
            let other = self.keys.insert(label.former().clone(), aggregate.id);
            assert_eq!(other, None, "the given history lets two hold {label:?}");
        }
    }

    fn labels(&self, aggregate: AggregateRef) -> BTreeSet<UniqueLabel> {
        let state = self.aggregates.get(&aggregate).and_then(|loaded| loaded.state.clone());
        state.as_deref().map(Aggregate::labels).unwrap_or_default()
    }
}

/// A person of a role.
#[must_use]
pub fn actor(id: &str, role: &str) -> Actor {
    Actor { id: id.to_owned(), kind: ActorKind::Person, role: role.to_owned() }
}
