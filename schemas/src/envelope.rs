//! The JSON Schema of the stored document around every event.
//!
//! Written by hand, because the document's type is private to the domain; the samples of all
//! events hold it to what is really stored.

use itam_domain::{ActorKind, AggregateKind, SCHEMA_BASE};
use serde_json::{Value, json};

/// The `CloudEvents` 1.0 document of an event, as the log stores it.
#[must_use]
pub fn envelope_schema() -> Value {
    let kinds: Vec<_> = AggregateKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let kinds = kinds.join("|");
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{SCHEMA_BASE}envelope.json"),
        "title": "Envelope",
        "description": "A stored event: one CloudEvents 1.0 JSON document (structured mode). The stored bytes \
                        are the audit record and never change. Further attributes may come.",
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0", "description": "The version of CloudEvents."},
            "id": uuid("The event's own id, a UUIDv7."),
            "source": {"type": "string", "format": "uri-reference", "pattern": "^/itam/[a-z0-9-]{1,32}$",
                       "description": "The organization's log."},
            "type": {"type": "string", "pattern": format!("^({kinds})\\.[a-z_]+$"),
                     "description": "What happened, such as asset.deployed."},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"type": "string", "format": "uri",
                           "pattern": format!("^{}({kinds})\\.[a-z_]+\\.v[1-9][0-9]*\\.json$",
                                              SCHEMA_BASE.replace('.', "\\.")),
                           "description": "The schema of data. Type and version decide how data is read."},
            "subject": {"type": "string", "pattern": format!("^({kinds})/[0-9a-f-]{{36}}$"),
                        "description": "What it happened to: the sort of aggregate and its id."},
            "time": instant("When it was recorded."),
            "effectivetime": instant("When it happened in the world; not after it was recorded."),
            "tenant": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$", "description": "The organization."},
            "actor": {"type": "string", "minLength": 1,
                      "description": "Who did it: an opaque id, never a name."},
        },
    });
    let more = json!({
        "actorkind": schemars::schema_for!(ActorKind).to_value(),
        "commandid": uuid("The command that caused it. All events of one command have it."),
        "commanddigest": {"type": "string", "minLength": 1,
                          "description": "Tells a repetition of the command from another command of the same id."},
        "correlationid": {"type": "string", "minLength": 1, "maxLength": 255,
                          "description": "What the command was part of; the command itself if not said."},
        "causationid": {"type": "string", "minLength": 1, "maxLength": 255,
                        "description": "What caused the command, if its sender said so."},
        "aggregateversion": {"type": "integer", "minimum": 1,
                             "description": "The number of the event within its aggregate."},
        "reason": {"type": "string", "minLength": 1, "maxLength": 2000,
                   "description": "Why, in the actor's words."},
        "data": {"type": "object", "description": "What dataschema describes."},
    });
    add(&mut schema["properties"], &more);
    if let Some(actor_kind) = schema["properties"]["actorkind"].as_object_mut() {
        actor_kind.remove("$schema");
        actor_kind.remove("title");
    }
    schema["required"] = json!([
        "specversion",
        "id",
        "source",
        "type",
        "datacontenttype",
        "dataschema",
        "subject",
        "time",
        "tenant",
        "effectivetime",
        "actor",
        "actorkind",
        "commandid",
        "commanddigest",
        "correlationid",
        "aggregateversion",
        "data"
    ]);
    schema
}

fn add(properties: &mut Value, more: &Value) {
    for (name, schema) in more.as_object().into_iter().flatten() {
        properties[name] = schema.clone();
    }
}

fn uuid(description: &str) -> Value {
    json!({"type": "string", "format": "uuid", "description": description})
}

fn instant(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "pattern": "Z$", "description": description})
}
