//! What the schemas of rows are made of.

use serde_json::{Value, json};

/// A closed row.
pub(super) fn row(title: &str, description: &str, own: &Value, required: &[&str]) -> Value {
    let mut row = part(own, required);
    (row["title"], row["description"]) = (title.into(), description.into());
    row
}

pub(super) fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

pub(super) fn count(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

pub(super) fn instant(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

/// An object within a row.
pub(super) fn part(members: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": members, "required": required, "additionalProperties": false})
}
