//! What the schemas of rows are made of.

use itam_domain::AggregateKind;
use serde_json::{Value, json};

use crate::events::event_schemas;
use crate::reference::reference;

/// A closed row: what it shares with events, and members of its own.
pub(super) fn row(
    title: &str,
    description: &str,
    shared: Option<&str>,
    own: &Value,
    required: &[&str],
) -> Value {
    let mut schema = json!({
        "title": title, "description": description, "type": "object",
        "properties": own, "required": required, "unevaluatedProperties": false,
    });
    if let Some(shared) = shared {
        schema["allOf"] = json!([reference(shared)]);
    }
    schema
}

pub(super) fn uuid(description: &str) -> Value {
    json!({"type": "string", "format": "uuid", "description": description})
}

pub(super) fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

pub(super) fn count(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

pub(super) fn day(description: &str) -> Value {
    json!({"type": "string", "format": "date", "description": description})
}

pub(super) fn instant(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

/// An object within a row.
pub(super) fn part(members: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": members, "required": required, "additionalProperties": false})
}

/// The members of what has a first and a last event.
pub(super) fn with_revision(mut members: Value) -> Value {
    members["id"] = uuid("Its id.");
    members["version"] = count("How many events it has: what If-Match takes.");
    members["created"] = reference("Stamp");
    members["changed"] = reference("Stamp");
    members
}

/// The properties of a part that events share, with more.
pub(super) fn line(shared: &str, more: &Value, required: &[&str]) -> Value {
    let mut parts = event_schemas().into_iter().map(|(_, schema)| schema["$defs"][shared].clone());
    let mut schema = parts.find(Value::is_object).expect("an event shares the part");
    for (name, member) in more.as_object().into_iter().flatten() {
        schema["properties"][name] = member.clone();
    }
    let all = schema["required"].as_array().into_iter().flatten().cloned();
    schema["required"] = all.chain(required.iter().map(|name| json!(name))).collect();
    schema
}

/// The title of the row of a thing that is only ever defined anew.
pub(super) fn defined_title(kind: AggregateKind) -> String {
    let (first, rest) = kind.noun().split_at(1);
    first.to_uppercase() + rest
}
