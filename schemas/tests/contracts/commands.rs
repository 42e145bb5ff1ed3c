//! What the schemas of commands take is what the domain takes.

use std::collections::BTreeSet;

use itam_domain::{AggregateKind, Command, CommandMeta};
use itam_schemas::samples::{command_samples, events_of, read};
use serde_json::{Map, Value, json};

use crate::support::{assert_valid, committed, validator};

fn schema(name: &str) -> Value {
    committed(&format!("commands/{name}.json"))
}

/// Whether the domain takes these fields.
fn is_taken(name: &str, fields: &Value) -> bool {
    let mut own = fields.as_object().expect("an object").clone();
    let meta: Map<_, _> = CommandMeta::FIELDS.iter().filter_map(|field| own.remove_entry(*field)).collect();
    let own = Command::read(name, Value::Object(own)).expect("a command");
    own.is_ok() && serde_json::from_value::<CommandMeta>(Value::Object(meta)).is_ok()
}

#[test]
fn every_command_has_a_sample_that_schema_and_domain_take() {
    let samples = command_samples();
    let names: BTreeSet<_> = samples.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, Command::NAMES.iter().copied().collect());
    for (name, sample) in samples {
        assert_eq!(read(name, &sample).name(), name);
        assert!(is_taken(name, &sample), "{name}");
        assert_valid(&validator(&schema(name)), &sample, name);
    }
}

#[test]
fn an_unknown_field_is_refused_by_schema_and_domain() {
    for (name, mut sample) in command_samples() {
        sample["colour"] = json!("blue");
        assert!(!validator(&schema(name)).is_valid(&sample), "{name}");
        assert!(!is_taken(name, &sample), "{name}");
    }
}

#[test]
fn schema_and_domain_ask_for_the_same_fields() {
    for (name, sample) in command_samples() {
        let schema = schema(name);
        let validator = validator(&schema);
        for field in schema["properties"].as_object().expect("properties").keys() {
            let mut without = sample.clone();
            without.as_object_mut().expect("an object").remove(field);
            assert_eq!(validator.is_valid(&without), is_taken(name, &without), "{name} without {field}");
            let mut null = sample.clone();
            null[field] = Value::Null;
            assert_eq!(validator.is_valid(&null), is_taken(name, &null), "{name}: {field} is null");
            let mut wrong = sample.clone();
            wrong[field] = json!([[]]);
            assert!(!validator.is_valid(&wrong) && !is_taken(name, &wrong), "{name}: {field} is wrong");
        }
    }
}

#[test]
fn values_out_of_form_are_refused_by_schema_and_domain() {
    let sample =
        |name: &str| command_samples().into_iter().find(|(other, _)| *other == name).expect("a sample").1;
    for (name, field, wrong) in [
        ("register-asset", "model_id", json!("laptop")),
        ("register-asset", "tag", json!("")),
        ("register-asset", "tag", json!("x".repeat(201))),
        ("register-asset", "condition", json!("splendid")),
        ("register-asset", "acquired_on", json!("02.03.2026")),
        ("register-asset", "effective_time", json!("yesterday")),
        ("register-asset", "costs", json!({"price": {"amount": "-1", "currency": "EUR"}})),
        ("register-asset", "costs", json!({"price": {"amount": "1", "currency": "euro"}})),
        ("register-asset", "costs", json!({"price": 12.5})),
        ("deploy-asset", "custodian", json!({"person": "Bob"})),
        ("deploy-asset", "custodian", json!({"robot": "019a5c3e-8000-7000-8000-000000000041"})),
        ("correct-asset", "corrections", json!([{"colour": "blue"}])),
        ("receive-delivery", "quantity", json!(-1)),
        ("submit-requisition", "reason", json!("x".repeat(2001))),
    ] {
        let mut fields = sample(name);
        fields[field] = wrong.clone();
        assert!(!validator(&schema(name)).is_valid(&fields), "{name}: {field} is {wrong}");
        assert!(!is_taken(name, &fields), "{name}: {field} is {wrong}");
    }
}

#[test]
fn the_answers_to_the_samples_name_events_that_exist() {
    let types = AggregateKind::ALL.iter().flat_map(|kind| kind.event_types());
    let known: BTreeSet<_> = types.map(|event| event.name).collect();
    for name in Command::NAMES {
        assert!(events_of(name).iter().all(|event| known.contains(event)), "{name}");
    }
}
