//! References to shared schemas.

use serde_json::Value;

/// A reference to a shared schema.
pub(crate) fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}
