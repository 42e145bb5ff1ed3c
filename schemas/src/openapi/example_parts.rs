//! What the examples of rows are made of.

use serde_json::{Value, json};

use crate::samples::event_samples;

/// The stored document of an event's sample.
pub(super) fn stored(event: &str) -> Value {
    let newest = format!("samples/events/{event}.v");
    let sample = event_samples().into_iter().find(|sample| sample.path.starts_with(&newest));
    let sample = sample.unwrap_or_else(|| panic!("{event} has no sample"));
    serde_json::from_str(&sample.text).expect("a sample is JSON")
}

pub(super) fn with(mut row: Value, more: &Value) -> Value {
    for (name, member) in more.as_object().into_iter().flatten() {
        row[name] = member.clone();
    }
    row
}

pub(super) fn stamp() -> Value {
    json!({"effective_time": "2026-03-02T08:00:00.000Z", "recorded_time": "2026-03-02T09:30:00.250Z",
           "position": 4711})
}

pub(super) fn id_of(document: &Value) -> Value {
    let subject = document["subject"].as_str().unwrap_or_default();
    subject.split_once('/').map_or(Value::Null, |(_, id)| json!(id))
}

pub(super) fn defined(event: &str) -> Value {
    let document = stored(event);
    let own = json!({"id": id_of(&document), "version": 1, "created": stamp(), "changed": stamp()});
    with(document["data"].clone(), &own)
}
