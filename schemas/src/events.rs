//! The JSON Schema of every event version's data.

use itam_domain::events::EventType;
use itam_domain::{Event, SCHEMA_BASE};
use serde_json::Value;

use crate::components::describe_shared;

/// Every event's newest version with the schema of its data, by aggregate.
#[must_use]
pub fn event_schemas() -> Vec<(EventType, Value)> {
    let schema = |(event_type, schema): (EventType, schemars::Schema)| {
        let mut schema = schema.to_value();
        schema["$id"] = dataschema(event_type).into();
        describe_shared(&mut schema);
        (event_type, schema)
    };
    Event::schemas().into_iter().map(schema).collect()
}

/// The `dataschema` of an event's envelope.
#[must_use]
pub(crate) fn dataschema(event_type: EventType) -> String {
    format!("{SCHEMA_BASE}{}.v{}.json", event_type.name, event_type.version)
}
