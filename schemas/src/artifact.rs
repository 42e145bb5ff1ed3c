//! A generated file.

use serde_json::{Map, Value};

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Where it stands, from the folder of the contracts on.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

impl Artifact {
    /// A JSON document, indented.
    ///
    /// # Panics
    /// Never: a JSON value always has a text.
    #[must_use]
    pub fn json(path: impl Into<String>, value: &Value) -> Self {
        let text = serde_json::to_string_pretty(&sorted(value)).expect("a JSON value has a text");
        Self { path: path.into(), text: text + "\n" }
    }
}

/// The same value with the members of every object in the order of their names, so that the text
/// does not depend on how `serde_json` was built.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort();
            let members = names.into_iter().map(|name| (name.clone(), sorted(&members[name])));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
