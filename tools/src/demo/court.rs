//! A register in memory that decides by the real law: what tests send their commands to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use itam_domain::asset::{Asset, AssetAt, Custodian};
use itam_domain::audit_campaign::AuditCampaignEvent;
use itam_domain::{
    Actor, ActorKind, Aggregate, AggregateKind, AggregateRef, AssetId, Command, CommandId, CommandMeta,
    Context, CounterName, Counts, Decision, Event, KeyChange, Loaded, Policies, Rejection, Stop, UniqueKey,
    World, decide,
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// All that happened, and the law.
#[derive(Default)]
pub(crate) struct Court {
    pub(crate) loaded: BTreeMap<AggregateRef, Loaded>,
    keys: HashMap<UniqueKey, Uuid>,
    policies: Policies,
    counters: BTreeMap<CounterName, Counts>,
    /// Every asset as each audit's start found it.
    frozen: HashMap<Uuid, BTreeMap<AssetId, Asset>>,
    /// What `add-person` said of each person.
    pub(crate) people: BTreeMap<Uuid, Map<String, Value>>,
    /// The wire names of all events, in their order.
    pub(crate) events: Vec<&'static str>,
}

impl Court {
    /// Decides a command and makes happen what it makes happen; gives the number of events.
    pub(crate) fn execute(
        &mut self,
        name: &str,
        key: &str,
        data: &Map<String, Value>,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<usize, Box<Rejection>> {
        let mut own = data.clone();
        let mut meta = Map::new();
        for field in CommandMeta::FIELDS {
            meta.extend(own.remove_entry(field));
        }
        let meta: CommandMeta = serde_json::from_value(Value::Object(meta)).expect("meta fields");
        let command = Command::read(name, Value::Object(own)).expect("a known command");
        let command = command.unwrap_or_else(|error| panic!("{name} {data:?}: {error}"));
        let context = Context {
            command_id: CommandId::from_key("main", key),
            actor,
            now,
            effective_time: meta.effective_time,
            reason: meta.reason.as_ref(),
            policies: &self.policies,
        };
        let decision = self.decide(&command, &context)?;
        for change in &decision.keys {
            match change.holder {
                Some(holder) => _ = self.keys.insert(change.key.clone(), holder),
                None => _ = self.keys.remove(&change.key),
            }
        }
        let counters = decision.counters.iter();
        self.counters.extend(counters.map(|change| (change.counter, change.counts.clone())));
        for (aggregate, event) in &decision.events {
            if let Event::AuditCampaign(AuditCampaignEvent::Started(started)) = event {
                assert_eq!(started.as_of, None, "this court remembers no past");
                self.frozen.insert(aggregate.id, self.assets());
            }
            let before = self.loaded.get(aggregate).cloned().unwrap_or_default();
            let after = before.after(aggregate.id, event, &actor.id, context.effective_at());
            self.loaded.insert(*aggregate, after);
            self.events.push(event.event_type().name);
        }
        if name == "add-person" {
            self.people.insert(decision.events[0].0.id, data.clone());
        }
        Ok(decision.events.len())
    }

    /// Decides as if no value were held, which is right for most commands at once; if it is not,
    /// decides again with every value looked up.
    fn decide(&self, command: &Command, context: &Context<'_>) -> Result<Decision, Box<Rejection>> {
        let mut hopeful = World::default();
        hopeful.assume_free_keys();
        if let Command::ReceiveDelivery(body) = command {
            for index in 0..body.quantity as usize {
                let piece = context.command_id.derived_id("asset", index);
                hopeful.show(AggregateRef::new(AggregateKind::Asset, piece), Loaded::default());
            }
        }
        if let Ok(decision) = self.decide_in(hopeful, command, context) {
            let is_free = |change: &KeyChange| change.holder.is_none() || self.holder(&change.key).is_none();
            if decision.keys.iter().all(is_free) {
                return Ok(decision);
            }
        }
        self.decide_in(World::default(), command, context)
    }

    fn decide_in(
        &self,
        mut world: World,
        command: &Command,
        context: &Context<'_>,
    ) -> Result<Decision, Box<Rejection>> {
        let touches = command.touches(context.command_id);
        loop {
            let decided = decide(&world, command, context);
            let checked = match &decided {
                Ok(decision) => touches.check_decision(decision, &world),
                Err(stop) => touches.check(stop, &world),
            };
            checked.unwrap_or_else(|undeclared| panic!("{}: {undeclared}", command.name()));
            match decided {
                Ok(decision) => return Ok(decision),
                Err(Stop::Load(aggregate)) => {
                    let loaded = self.loaded.get(&aggregate).cloned();
                    world.show(aggregate, loaded.unwrap_or_default());
                }
                Err(Stop::LoadKey(key)) => {
                    let holder = self.holder(&key);
                    world.show_key(key, holder);
                }
                Err(Stop::LoadCounter(counter)) => {
                    let counts = self.counters.get(&counter).cloned();
                    world.show_counter(counter, counts.unwrap_or_else(|| counter.what.nothing()));
                }
                Err(Stop::LoadContents(container)) => {
                    world.show_contents(container, self.parts_of(container));
                }
                Err(Stop::LoadAt(at)) => world.show_at(at, self.asset_at(at)),
                Err(Stop::Reject(rejection)) => return Err(rejection),
            }
        }
    }

    fn asset_at(&self, at: AssetAt) -> Option<Asset> {
        self.frozen.get(&at.before.id)?.get(&at.asset_id).cloned()
    }

    /// All assets as they are now.
    pub(crate) fn assets(&self) -> BTreeMap<AssetId, Asset> {
        let assets = self.all(AggregateKind::Asset).filter_map(|aggregate| match aggregate {
            Aggregate::Asset(asset) => Some((asset.id, Asset::clone(asset))),
            _ => None,
        });
        assets.collect()
    }

    /// What all aggregates of a kind have become.
    pub(crate) fn all(&self, kind: AggregateKind) -> impl Iterator<Item = &Aggregate> {
        let of_kind = self.loaded.iter().filter(move |(aggregate, _)| aggregate.kind == kind);
        of_kind.filter_map(|(_, loaded)| loaded.state.as_deref())
    }

    /// What was ever put into an asset, and so for the tests' few: all that is in one.
    fn parts_of(&self, container: AssetId) -> BTreeSet<AssetId> {
        let is_in = |asset: &Asset| asset.custodian() == Some(Custodian::Asset(container));
        let parts = self.all(AggregateKind::Asset).filter_map(|aggregate| match aggregate {
            Aggregate::Asset(asset) if is_in(asset) => Some(asset.id),
            _ => None,
        });
        parts.collect()
    }

    /// Who holds a value.
    pub(crate) fn holder(&self, key: &UniqueKey) -> Option<Uuid> {
        self.keys.get(key).copied()
    }
}

/// An actor of this role.
pub(crate) fn actor(role: &str) -> Actor {
    Actor { id: role.to_owned(), kind: ActorKind::Service, role: role.to_owned() }
}
