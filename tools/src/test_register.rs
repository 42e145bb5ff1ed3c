//! A register in memory for the tests of tools: commands as they are sent over HTTP, decided by the rules of the domain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use itam_domain::asset::Asset;
use itam_domain::testing::{Circumstances, MemoryStore};
use itam_domain::{Actor, Aggregate, AggregateKind, AssetId, Command, CommandId, CommandMeta, Rejection};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A register in memory.
#[derive(Default)]
pub(crate) struct TestRegister {
    pub(crate) store: MemoryStore,
    /// What `add-person` said of each person.
    pub(crate) people: BTreeMap<Uuid, Map<String, Value>>,
}

impl TestRegister {
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
        let circumstances = Circumstances {
            command_id: CommandId::from_key("main", key),
            actor: actor.clone(),
            now,
            effective_time: meta.effective_time,
            reason: meta.reason,
        };
        let decision = self.store.decide(&command, &circumstances)?;
        self.store.commit(&decision, &circumstances);
        if name == "add-person" {
            self.people.insert(decision.events[0].0.id, data.clone());
        }
        Ok(decision.events.len())
    }

    /// The wire names of all events, in their order.
    pub(crate) fn events(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.store.history.iter().map(|envelope| envelope.event.event_type().name)
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
        let of_kind = self.store.aggregates.iter().filter(move |(aggregate, _)| aggregate.kind == kind);
        of_kind.filter_map(|(_, loaded)| loaded.state.as_deref())
    }
}
