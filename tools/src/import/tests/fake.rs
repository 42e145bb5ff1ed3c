//! The API in memory for tests of imports, deciding by the rules of the domain.

use std::cell::{Cell, RefCell};

use chrono::{DateTime, Utc};
use itam_domain::asset::Asset;
use itam_domain::testing::actor;
use itam_domain::{Actor, Aggregate, AggregateKind, AggregateRef, Envelope, Tag, Text, UniqueLabel};
use serde_json::{Map, Value, json};

use super::super::error::ImportError;
use super::super::master_kind::MasterKind;
use super::super::register::{ApiAnswer, ApiRefusal, AssetView, Outgoing, PastEvent, RegisterApi};
use crate::test_register::TestRegister;

/// The register in memory.
pub(super) struct Fake {
    pub(super) register: RefCell<TestRegister>,
    actor: Actor,
    pub(super) now: Cell<DateTime<Utc>>,
    /// Names and data of the commands that came.
    sent: RefCell<Vec<(&'static str, Map<String, Value>)>>,
    /// After so many commands the connection breaks.
    pub(super) breaks_after: Cell<Option<usize>>,
}

impl Fake {
    pub(super) fn new() -> Self {
        Self::of("service")
    }

    /// For a token of a role.
    pub(super) fn of(role: &str) -> Self {
        Self {
            register: RefCell::default(),
            actor: actor(role, role),
            now: Cell::new(super::NOW.parse().expect("instant")),
            sent: RefCell::default(),
            breaks_after: Cell::new(None),
        }
    }

    pub(super) fn asset(&self, tag: &str) -> Option<Asset> {
        let register = self.register.borrow();
        let id = register.store.bearer(&UniqueLabel::tag(&Tag(Text::try_new(tag).expect("tag"))))?;
        let loaded = &register.store.aggregates[&AggregateRef::new(AggregateKind::Asset, id)];
        match loaded.state.as_deref() {
            Some(Aggregate::Asset(asset)) => Some((**asset).clone()),
            _ => None,
        }
    }

    fn past(&self, tag: &str) -> Vec<PastEvent> {
        let Some(asset) = self.asset(tag) else { return Vec::new() };
        let register = self.register.borrow();
        let own = register.store.history.iter().filter(|envelope| envelope.aggregate.id == asset.id.0);
        let row = |envelope: &Envelope| {
            let stored: Value = serde_json::from_slice(&envelope.encode()).expect("JSON");
            json!({"type": envelope.event.event_type().name, "effective_time": envelope.effective_at,
                   "data": stored["data"]})
        };
        own.map(row).map(|row| PastEvent::read(&row).expect("a row of a history")).collect()
    }

    /// Somebody sends a command at a moment.
    pub(super) fn does(&self, at: &str, name: &'static str, data: Value) {
        self.now.set(at.parse().expect("instant"));
        let Value::Object(data) = data else { panic!("an object") };
        let done = self.register.borrow_mut().execute(name, at, &data, &self.actor, self.now.get());
        done.unwrap_or_else(|rejection| panic!("{name}: {}", rejection.detail));
    }

    pub(super) fn events(&self, name: &str) -> usize {
        self.register.borrow().events().filter(|event| *event == name).count()
    }

    /// The data of the commands of a name.
    pub(super) fn sent(&self, name: &str) -> Vec<Map<String, Value>> {
        let sent = self.sent.borrow();
        sent.iter().filter(|(other, _)| *other == name).map(|(_, data)| data.clone()).collect()
    }

    pub(super) fn total_events(&self) -> usize {
        self.register.borrow().events().len()
    }
}

/// A state as a row of the query service.
fn row(id: uuid::Uuid, definition: impl serde::Serialize) -> Map<String, Value> {
    let Value::Object(mut row) = serde_json::to_value(definition).expect("plain values") else {
        panic!("an object")
    };
    row.insert("id".to_owned(), json!(id));
    row
}

impl RegisterApi for Fake {
    async fn head(&self) -> Result<u64, ImportError> {
        Ok(self.total_events() as u64)
    }

    async fn masters(&self, kind: MasterKind) -> Result<Vec<Map<String, Value>>, ImportError> {
        let register = self.register.borrow();
        let rows = register.store.aggregates.iter().filter_map(|(aggregate, loaded)| {
            let id = aggregate.id;
            Some(match (kind, loaded.state.as_deref()?) {
                (MasterKind::Department, Aggregate::Department(one)) => row(id, &one.definition),
                (MasterKind::Vendor, Aggregate::Vendor(one)) => row(id, &one.definition),
                (MasterKind::Location, Aggregate::Location(one)) => row(id, &one.definition),
                (MasterKind::Model, Aggregate::AssetModel(one)) => row(id, &one.definition),
                (MasterKind::Project, Aggregate::Project(one)) => row(id, &one.definition),
                (MasterKind::Person, Aggregate::Person(_)) => row(id, &register.people[&id]),
                _ => return None,
            })
        });
        Ok(rows.collect())
    }

    async fn assets(&self, tags: &[String]) -> Result<Vec<Option<AssetView>>, ImportError> {
        let view = |tag: &String| {
            let asset = self.asset(tag)?;
            let mut row = row(asset.id.0, &asset.facts);
            row.insert("state".to_owned(), json!(asset.state().as_str()));
            row.insert("custodian".to_owned(), json!(asset.custodian()));
            AssetView::read(Value::Object(row))
        };
        Ok(tags.iter().map(view).collect())
    }

    async fn tag_of(&self, id: &str) -> Result<Option<String>, ImportError> {
        let assets = self.register.borrow().assets();
        let holder = assets.into_values().find(|asset| asset.id.0.to_string() == id);
        Ok(holder.and_then(|asset| asset.facts.tag).map(|tag| tag.to_string()))
    }

    async fn pasts(&self, tags: &[String]) -> Result<Vec<Vec<PastEvent>>, ImportError> {
        Ok(tags.iter().map(|tag| self.past(tag)).collect())
    }

    async fn submit(&self, commands: &[Outgoing]) -> Result<Vec<ApiAnswer>, ImportError> {
        let mut answers = Vec::new();
        for command in commands {
            if self.breaks_after.get() == Some(0) {
                let url = "http://register.example".to_owned();
                return Err(ImportError::Answer { url, sentence: "cut off".to_owned() });
            }
            self.breaks_after.set(self.breaks_after.get().map(|left| left - 1));
            self.sent.borrow_mut().push((command.name, command.data.clone()));
            let mut register = self.register.borrow_mut();
            let key = command.key.to_string();
            let done = register.execute(command.name, &key, &command.data, &self.actor, self.now.get());
            answers.push(match done {
                Ok(events) => {
                    ApiAnswer::Done { events: events as u64, position: register.events().len() as u64 }
                }
                Err(rejection) => ApiAnswer::Refused(ApiRefusal {
                    reason: rejection.reason.to_owned(),
                    detail: rejection.detail.clone(),
                    pointer: rejection.pointer.clone().unwrap_or_default(),
                    holder: rejection.facts.get("holder").and_then(Value::as_str).map(str::to_owned),
                }),
            });
        }
        Ok(answers)
    }
}
