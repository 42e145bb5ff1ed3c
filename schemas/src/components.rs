//! From schemas that stand alone to schemas that share their parts in one document.

use serde_json::{Map, Value};

/// What the domain's own words do not say of a shared type.
const DESCRIPTIONS: [(&str, &str); 1] = [(
    "Money",
    "An amount of money: a decimal string with no more decimals than the currency has, and an ISO 4217 code.",
)];

/// Describes shared types whose schema has no description for readers outside.
pub(crate) fn describe_shared(schema: &mut Value) {
    for (name, description) in DESCRIPTIONS {
        if let Some(shared) = schema.pointer_mut(&format!("/$defs/{name}")) {
            shared["description"] = description.into();
        }
    }
}

/// The schemas of one document, by name.
#[derive(Default)]
pub(crate) struct Components {
    schemas: Map<String, Value>,
}

impl Components {
    /// Takes a schema that stands alone, with the parts it shares, under its title.
    ///
    /// # Panics
    /// If a part of the same name reads differently elsewhere: a name must mean one thing.
    pub(crate) fn add(&mut self, mut schema: Value) -> String {
        let title = schema["title"].as_str().expect("a schema has a title").to_owned();
        let Some(members) = schema.as_object_mut() else {
            panic!("the schema {title} is no object");
        };
        for alone in ["$schema", "$id", "title"] {
            members.remove(alone);
        }
        let shared = members.remove("$defs");
        for (name, part) in shared.iter().filter_map(Value::as_object).flatten() {
            self.insert(name, part.clone());
        }
        self.insert(&title, schema);
        title
    }

    /// The schemas by name.
    pub(crate) fn into_schemas(self) -> Value {
        Value::Object(self.schemas)
    }

    fn insert(&mut self, name: &str, mut schema: Value) {
        point_to_components(&mut schema);
        if let Some(known) = self.schemas.get(name) {
            assert_eq!(known, &schema, "two schemas are called {name}");
        }
        self.schemas.insert(name.to_owned(), schema);
    }
}

/// A reference to a shared schema.
pub(crate) fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn point_to_components(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member.as_str().and_then(|text| text.strip_prefix("#/$defs/")) {
                    Some(part) if name == "$ref" => *member = format!("#/components/schemas/{part}").into(),
                    _ => point_to_components(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(point_to_components),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
