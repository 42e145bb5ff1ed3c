//! Given, when, then.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use itam_domain::testing::{Circumstances, MemoryStore, actor};
use itam_domain::{
    Actor, Aggregate, AggregateKind, AggregateRef, Command, CommandId, Decision, Envelope, Note, Policies,
    Rejection,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Accepted,
    Refused,
}

/// A rule, the command that it is about, and what it shows of it.
pub(crate) struct Law {
    pub(crate) name: &'static str,
    pub(crate) command: &'static str,
    pub(crate) verdict: Verdict,
}

/// Lists the laws of a file: each becomes a test of its name, and all together a table.
macro_rules! laws {
    ($($command:literal $verdict:ident: $($law:ident),+;)+) => {
        /// What the laws of this file show.
        pub(crate) const LAWS: &[$crate::scene::Law] = &[$($($crate::scene::Law {
            name: stringify!($law),
            command: $command,
            verdict: $crate::scene::Verdict::$verdict,
        },)+)+];

        mod tests {
            $($(
                #[test]
                fn $law() {
                    let mut scene = $crate::scene::Scene::with_organization();
                    super::$law(&mut scene);
                    scene.assert_shown($command, $crate::scene::Verdict::$verdict);
                }
            )+)+
        }
    };
}

pub(crate) use laws;

/// An organization to which things happened, and somebody who sends commands.
pub(crate) struct Scene {
    pub(crate) store: MemoryStore,
    shown: BTreeSet<(&'static str, Verdict)>,
    actor: Actor,
    now: DateTime<Utc>,
    effective_time: Option<DateTime<Utc>>,
    reason: Option<Note>,
    commands: u128,
}

/// The `n`-th id of a scene: a `UUIDv7`.
pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0000 | n)
}

/// Reads an instant.
pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// A command as a client writes it.
pub(crate) fn command(name: &str, body: Value) -> Command {
    Command::read(name, body)
        .unwrap_or_else(|| panic!("there is no command {name}"))
        .unwrap_or_else(|error| panic!("{name} does not take this body: {error}"))
}

impl Scene {
    /// A scene in which nothing happened, on the first of February 2026.
    pub(crate) fn empty() -> Self {
        Self {
            store: MemoryStore::default(),
            shown: BTreeSet::new(),
            actor: actor("ann", "administrator"),
            now: instant("2026-02-01T12:00:00Z"),
            effective_time: None,
            reason: None,
            commands: 0,
        }
    }

    /// Something that happened on the first of January 2026.
    pub(crate) fn given(&mut self, subject: &str, id: Uuid, event: &str, data: Value) -> &mut Self {
        self.given_by("carl", subject, id, event, data)
    }

    /// Something that somebody made happen.
    pub(crate) fn given_by(
        &mut self,
        actor: &str,
        subject: &str,
        id: Uuid,
        event: &str,
        data: Value,
    ) -> &mut Self {
        let aggregate = self.happened(actor, subject, id, event, data);
        self.store.claim_keys(aggregate);
        self
    }

    /// Something that happened when labels were compared by the former rule.
    pub(crate) fn given_formerly(&mut self, subject: &str, id: Uuid, event: &str, data: Value) -> &mut Self {
        let aggregate = self.happened("carl", subject, id, event, data);
        self.store.claim_former_keys(aggregate);
        self
    }

    fn happened(&mut self, actor: &str, subject: &str, id: Uuid, event: &str, data: Value) -> AggregateRef {
        let mut document = json!({
            "specversion": "1.0", "id": id, "source": "/itam/main", "type": event,
            "datacontenttype": "application/json",
            "dataschema": format!("{}{event}.v1.json", itam_domain::SCHEMA_BASE),
            "subject": format!("{subject}/{id}"), "time": "2026-01-01T00:00:00.000Z", "tenant": "main",
            "effectivetime": "2026-01-01T00:00:00.000Z", "actor": actor, "actorkind": "person",
            "commandid": id, "commanddigest": "d", "correlationid": "c", "aggregateversion": 1,
        });
        document["data"] = data;
        let envelope = Envelope::decode(document.to_string().as_bytes())
            .unwrap_or_else(|error| panic!("{document} is no event: {error:?}"));
        let aggregate = envelope.aggregate;
        self.store.append(envelope);
        aggregate
    }

    /// Who sends the commands from here on.
    pub(crate) fn sent_by(&mut self, id: &str, role: &str) -> &mut Self {
        self.actor = actor(id, role);
        self
    }

    /// A program, or a token that is tied to nobody, sends the commands from here on.
    pub(crate) fn sent_by_program(&mut self, id: &str, role: &str) -> &mut Self {
        self.actor = Actor { kind: itam_domain::ActorKind::Service, ..actor(id, role) };
        self
    }

    /// When the next command says that it happened.
    pub(crate) fn effective(&mut self, at: &str) -> &mut Self {
        self.effective_time = Some(instant(at));
        self
    }

    /// Why, as the next command says.
    pub(crate) fn because(&mut self, reason: &str) -> &mut Self {
        self.reason = Some(Note::try_new(reason).expect("a reason"));
        self
    }

    /// The organization's own rules from here on.
    pub(crate) fn policies(&mut self, policies: Policies) -> &mut Self {
        self.store.policies = policies;
        self
    }

    /// Sends a command, a second after the last one.
    pub(crate) fn when(&mut self, name: &'static str, body: Value) -> Outcome {
        let n = 1_000 + self.commands;
        self.commands += 1;
        self.now += TimeDelta::seconds(1);
        self.when_again(name, body, n)
    }

    /// Sends a command under the `n`-th id.
    pub(crate) fn when_again(&mut self, name: &'static str, body: Value, n: u128) -> Outcome {
        let circumstances = Circumstances {
            command_id: CommandId(id(n)),
            actor: self.actor.clone(),
            now: self.now,
            effective_time: self.effective_time.take(),
            reason: self.reason.take(),
        };
        let command = command(name, body);
        let decided = self.store.decide(&command, &circumstances);
        let verdict = if let Ok(decision) = &decided {
            self.store.commit(decision, &circumstances);
            Verdict::Accepted
        } else {
            Verdict::Refused
        };
        self.shown.insert((name, verdict));
        let first = self.store.history.len() - decided.as_ref().map_or(0, |decision| decision.events.len());
        Outcome { id: id(n), stored: self.store.history[first..].iter().map(stored).collect(), decided }
    }

    /// The state of the asset of the `n`-th id.
    pub(crate) fn state(&self, n: u128) -> &'static str {
        let aggregate = AggregateRef::new(AggregateKind::Asset, id(n));
        let loaded = self.store.aggregates.get(&aggregate);
        let state = loaded.and_then(|loaded| loaded.state.as_deref());
        let Some(Aggregate::Asset(asset)) = state else {
            panic!("there is no asset {aggregate}");
        };
        asset.state().as_str()
    }

    /// Fails unless the scene showed what its law says that it shows.
    pub(crate) fn assert_shown(&self, command: &'static str, verdict: Verdict) {
        assert!(self.shown.contains(&(command, verdict)), "the scene never showed {command} {verdict:?}");
        for envelope in &self.store.history {
            let bytes = envelope.encode();
            let read = Envelope::decode(&bytes).expect("what was written is read");
            assert_eq!(&read, envelope);
            assert_eq!(read.encode(), bytes);
        }
    }
}

/// What an event looks like to whoever reads it: subject, type, data.
fn stored(envelope: &Envelope) -> (String, String, Value) {
    let document: Value = serde_json::from_slice(&envelope.encode()).expect("JSON");
    let text = |name: &str| document[name].as_str().expect("text").to_owned();
    (text("subject"), text("type"), document["data"].clone())
}

/// What became of a command, with what it made happen.
pub(crate) struct Outcome {
    pub(crate) id: Uuid,
    stored: Vec<(String, String, Value)>,
    decided: Result<Decision, Box<Rejection>>,
}

impl Outcome {
    /// What was decided.
    pub(crate) fn decision(&self) -> &Decision {
        self.decided.as_ref().unwrap_or_else(|rejection| panic!("refused: {rejection}"))
    }

    /// The refusal.
    pub(crate) fn rejection(&self) -> &Rejection {
        let Err(rejection) = &self.decided else {
            panic!("accepted: {:?}", self.stored);
        };
        rejection
    }

    /// The reason of the refusal, if it was refused.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.decided.as_ref().err().map(|rejection| rejection.reason)
    }

    /// Exactly one thing happened.
    #[track_caller]
    pub(crate) fn then(&self, subject: &str, id: Uuid, event: &str, data: Value) -> &Self {
        self.decision();
        assert_eq!(self.stored, [(format!("{subject}/{id}"), event.to_owned(), data)]);
        self
    }

    /// Exactly these things happened, in this order.
    #[track_caller]
    pub(crate) fn then_all(&self, events: &[(&str, Uuid, &str, Value)]) -> &Self {
        self.decision();
        let expected: Vec<(String, String, Value)> = events
            .iter()
            .map(|(subject, id, event, data)| (format!("{subject}/{id}"), (*event).to_owned(), data.clone()))
            .collect();
        assert_eq!(self.stored, expected);
        self
    }

    /// The data of the `n`-th thing that happened.
    pub(crate) fn data(&self, n: usize) -> &Value {
        self.decision();
        &self.stored[n].2
    }

    /// The business says no, for this reason.
    #[track_caller]
    pub(crate) fn refused(&self, reason: &str) -> &Self {
        let rejection = self.rejection();
        assert_eq!(rejection.reason, reason, "{rejection}");
        self
    }

    /// The refusal names the field that is to blame.
    #[track_caller]
    pub(crate) fn at(&self, pointer: &str) -> &Self {
        assert_eq!(self.rejection().pointer.as_deref(), Some(pointer));
        self
    }

    /// The refusal rests on this fact.
    #[track_caller]
    pub(crate) fn fact(&self, name: &str, value: Value) -> &Self {
        assert_eq!(self.rejection().facts.get(name).cloned(), Some(value));
        self
    }

    /// Which aggregates the commit touches.
    pub(crate) fn touched(&self) -> Vec<AggregateRef> {
        self.decision().events.iter().map(|(aggregate, _)| *aggregate).collect()
    }
}
