//! `itam log check --labels`: labels that were given by a former rule and would not be given so today.

use std::collections::{HashMap, HashSet};
use std::fmt;

use itam_domain::{Aggregate, AggregateRef, Envelope, KeyRecord, Loaded, UniqueKey, UniqueLabel};
use itam_event_log::{LogError, LogExport, StoredMessage, Subject, Tenant};
use serde::Serialize;
use uuid::Uuid;

use crate::failure::Failure;
use crate::transfer::{CHUNK, positions_bar};

/// What is the matter with a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub(super) enum LabelFinding {
    /// Two things bear what is one label today. Both keep it.
    Collides { kind: &'static str, label: String, things: [String; 2] },
    /// A tag says that there is none. The asset keeps it.
    Placeholder { kind: &'static str, label: String, thing: String },
    /// A label is held as it was given, not as labels are compared today: another spelling of it could be given.
    NotTaken { kind: &'static str, label: String, thing: String },
    /// The history of a thing cannot be read, so its labels are not known.
    Unreadable { thing: String, why: String },
}

impl fmt::Display for LabelFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collides { kind, label, things: [one, other] } => {
                write!(formatter, "the {kind}s of {one} and {other} are one today: {label:?}")
            }
            Self::Placeholder { kind, label, thing } => {
                write!(formatter, "the {kind} {label:?} of {thing} is a placeholder today")
            }
            Self::NotTaken { kind, label, thing } => write!(
                formatter,
                "the {kind} {label:?} of {thing} is held in this spelling only: correct it to the one on the label"
            ),
            Self::Unreadable { thing, why } => {
                write!(formatter, "the labels of {thing} are not known: {why}")
            }
        }
    }
}

/// Who bears which label, as labels are compared: by the hash of the value, since a register has millions.
#[derive(Default)]
struct Bearers {
    by_value: HashMap<Uuid, AggregateRef>,
    found: Vec<LabelFinding>,
}

/// Reads every history, one after another, and finds the labels that would not be given so today.
pub(super) async fn check(log: &dyn LogExport, tenant: &Tenant) -> Result<Vec<LabelFinding>, Failure> {
    let subjects = histories(log).await?;
    let bar = positions_bar("reading labels", subjects.len() as u64);
    let mut bearers = Bearers::default();
    let mut unusual = Vec::new();
    for subject in subjects {
        let messages = log.load(&subject).await.map_err(Failure::Log)?;
        match fold(&subject, &messages) {
            Ok(Some((thing, state))) => unusual.extend(bearers.take(thing, &state)),
            Ok(None) => {}
            Err(why) => bearers.found.push(LabelFinding::Unreadable { thing: subject.to_string(), why }),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    for (thing, label) in unusual {
        if bearers.by_value.get(&hash(label.key())) == Some(&thing)
            && !holds(log, tenant, thing, &label).await?
        {
            let (kind, label) = (label.kind().noun, label.former().shown());
            bearers.found.push(LabelFinding::NotTaken { kind, label, thing: thing.to_string() });
        }
    }
    Ok(bearers.found)
}

/// The subjects of all things, in the order in which they came to be.
async fn histories(log: &dyn LogExport) -> Result<Vec<Subject>, Failure> {
    let head = log.head().await.map_err(Failure::Log)?;
    let bar = positions_bar("reading", head);
    let (mut known, mut subjects, mut last) = (HashSet::new(), Vec::new(), 0);
    while last < head {
        let records = log.export(last + 1, CHUNK).await.map_err(Failure::Log)?;
        let Some(end) = records.last().map(|record| record.message.position) else {
            return Err(Failure::Log(LogError::Corrupt(format!("the log ends at {last}, not {head}"))));
        };
        for record in records {
            let subject = record.message.subject;
            if subject.is_event() && known.insert(subject.clone()) {
                subjects.push(subject);
            }
        }
        last = end;
        bar.set_position(last);
    }
    bar.finish_and_clear();
    Ok(subjects)
}

/// What the events of one subject come to. What is alien to it is left out, as everywhere.
fn fold(subject: &Subject, messages: &[StoredMessage]) -> Result<Option<(AggregateRef, Aggregate)>, String> {
    let (mut thing, mut loaded) = (None, Loaded::default());
    for message in messages {
        let envelope = match Envelope::decode_at(subject.as_str(), &message.body) {
            Ok(envelope) => envelope,
            Err(error) if error.is_alien() => continue,
            Err(error) => return Err(format!("position {} cannot be read: {error}", message.position)),
        };
        if !envelope.follows(loaded.version) {
            continue;
        }
        let aggregate = envelope.aggregate;
        thing = Some(aggregate);
        loaded = loaded.after(aggregate.id, &envelope.event, &envelope.actor, envelope.effective_at);
    }
    let state = loaded.state.map(|state| Aggregate::clone(&state));
    Ok(thing.zip(state))
}

fn hash(key: &UniqueKey) -> Uuid {
    Uuid::new_v5(&Uuid::nil(), format!("{}\n{}", key.kind.token, key.value).as_bytes())
}

/// Whether a thing holds its label in the form in which labels are compared today.
async fn holds(
    log: &dyn LogExport,
    tenant: &Tenant,
    thing: AggregateRef,
    label: &UniqueLabel,
) -> Result<bool, Failure> {
    let subject = tenant.key_subject(label.kind().token, &label.key().value);
    let last = log.load_last(&subject).await.map_err(Failure::Log)?;
    let record = last.and_then(|last| serde_json::from_slice::<KeyRecord>(&last.body).ok());
    Ok(record.and_then(|record| record.holder) == Some(thing.id))
}

impl Bearers {
    /// Notes the labels of a thing, and gives those whose two forms differ.
    fn take(&mut self, thing: AggregateRef, state: &Aggregate) -> Vec<(AggregateRef, UniqueLabel)> {
        let mut unusual = Vec::new();
        for label in state.labels() {
            let (kind, shown) = (label.kind().noun, label.former().shown());
            if let Some(other) = self.by_value.get(&hash(label.key())) {
                let things = [other.to_string(), thing.to_string()];
                self.found.push(LabelFinding::Collides { kind, label: shown, things });
                continue;
            }
            self.by_value.insert(hash(label.key()), thing);
            if label.says_nothing() {
                self.found.push(LabelFinding::Placeholder { kind, label: shown, thing: thing.to_string() });
            }
            if label.former() != label.key() {
                unusual.push((thing, label));
            }
        }
        unusual
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use itam_domain::{CommandId, former_form};
    use itam_event_log::{Commit, EmbeddedLog, EmbeddedOptions, EventLog as _, Write};
    use itam_service_kit::{Clock as _, SystemClock};
    use serde_json::{Value, json};

    use super::*;
    use crate::test_register::TestRegister;

    /// The event of an asset that bears a tag.
    fn registered(register: &mut TestRegister, model: Uuid, tag: &str) -> (Subject, Vec<u8>, Uuid) {
        let actor = itam_domain::testing::actor("ann", "administrator");
        let Value::Object(data) = json!({"model_id": model, "tag": "LT-0"}) else {
            unreachable!("an object")
        };
        let key = format!("{tag:?}");
        let before = register.store.keys.clone();
        register.execute("register-asset", &key, &data, &actor, SystemClock.now()).expect("it is registered");
        register.store.keys = before;
        let envelope = register.store.history.last().expect("an event");
        let mut event: Value = serde_json::from_slice(&envelope.encode()).expect("JSON");
        event["data"]["facts"]["tag"] = json!(tag);
        (
            tenant().event_subject("asset", envelope.aggregate.id),
            event.to_string().into_bytes(),
            envelope.aggregate.id,
        )
    }

    fn tenant() -> Tenant {
        Tenant::try_new("main").expect("a tenant")
    }

    async fn append(log: &EmbeddedLog, subject: Subject, body: Vec<u8>) {
        log.append(Commit::of(vec![Write { subject, expected: 0, body: body.into() }]))
            .await
            .expect("it is free");
    }

    async fn hold(log: &EmbeddedLog, value: &str, holder: Uuid) {
        let record = KeyRecord { holder: Some(holder), commandid: CommandId(holder) };
        append(log, tenant().key_subject("tag", value), serde_json::to_vec(&record).expect("ids")).await;
    }

    #[tokio::test]
    async fn labels_that_would_not_be_given_today_are_told_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = EmbeddedOptions::new(|| SystemClock.now());
        let log = EmbeddedLog::open(&folder.path().join("log.redb"), tenant(), options).expect("a log");
        let log = Arc::new(log);
        let mut register = TestRegister::default();
        let Value::Object(model) = json!({"name": "T14", "kind": "hardware", "hardware_kind": "laptop"})
        else {
            unreachable!("an object")
        };
        let actor = itam_domain::testing::actor("ann", "administrator");
        register.execute("define-model", "model", &model, &actor, SystemClock.now()).expect("a model");
        let model = register.store.history[0].aggregate.id;
        let mut things = Vec::new();
        for tag in ["LT-1", "LT 1", "LT  1", "No Asset Tag", "LT  9", "LT  8"] {
            let (subject, body, id) = registered(&mut register, model, tag);
            append(&log, subject, body).await;
            hold(&log, &former_form(tag), id).await;
            things.push(AggregateRef::new(itam_domain::AggregateKind::Asset, id).to_string());
        }
        let last: Uuid = things[5].rsplit('/').next().expect("an id").parse().expect("an id");
        hold(&log, "lt 8", last).await;
        let found = check(log.as_ref(), &tenant()).await.expect("it can be read");
        let (kind, thing) = ("asset tag", |number: usize| things[number].clone());
        let expected = [
            LabelFinding::Collides { kind, label: "lt  1".to_owned(), things: [thing(1), thing(2)] },
            LabelFinding::Placeholder { kind, label: "no asset tag".to_owned(), thing: thing(3) },
            LabelFinding::NotTaken { kind, label: "lt  9".to_owned(), thing: thing(4) },
        ];
        assert_eq!(found, expected);
        assert!(found[0].to_string().contains("are one today"), "{}", found[0]);
    }
}
