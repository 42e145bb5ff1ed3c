//! From schemas that stand alone to schemas that share their parts in one document.

use serde_json::{Map, Value};

use crate::naming::take_parts;
use crate::portable::make_portable;
use crate::reference::reference;

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

    /// Takes a row. What it shares with events reads as they have it.
    pub(crate) fn add_row(&mut self, mut schema: Value) {
        if let Some(shared) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
            shared.retain(|name, _| !self.schemas.contains_key(name));
        }
        self.add(schema);
    }

    /// The schemas by name, in the forms that generators read.
    ///
    /// # Panics
    /// If a part of a schema would have the name of another schema.
    pub(crate) fn into_schemas(mut self) -> Value {
        let mut parts = Vec::new();
        for (name, schema) in &mut self.schemas {
            make_portable(schema);
            take_parts(name, schema, &mut parts);
        }
        for (name, part) in parts {
            assert!(self.schemas.insert(name.clone(), part).is_none(), "two schemas are called {name}");
        }
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

/// Takes the schemas of bodies that have a title out of the paths, and leaves references to them.
pub(crate) fn take_titled(part: &mut Value, taken: &mut Vec<Value>) {
    match part {
        Value::Object(members) => {
            for (name, member) in members.iter_mut().filter(|(name, _)| !name.starts_with("example")) {
                match member["title"].as_str() {
                    Some(title) if name == "schema" => {
                        let reference = reference(title);
                        taken.push(std::mem::replace(member, reference));
                    }
                    _ => take_titled(member, taken),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| take_titled(item, taken)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A schema of which every value has one of several forms, each a schema with a name.
pub(crate) fn one_of(title: &str, description: &str, forms: &[&str]) -> Value {
    let forms: Vec<_> = forms.iter().map(|form| reference(form)).collect();
    serde_json::json!({"title": title, "description": description, "oneOf": forms})
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
