//! The JSON Schemas of rows, derived from the types that are answered with.

use itam_domain::AggregateKind;
use itam_query_service::{MASTER_TABLES, MasterTable, contract};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

/// The schemas of what queries are answered with.
pub(crate) fn rows() -> Vec<Value> {
    let generator = generator();
    let master = MASTER_TABLES.iter().map(|table| defined(table, &generator));
    contract::rows(&generator).into_iter().map(|(schema, _)| schema.to_value()).chain(master).collect()
}

/// The schema of what else is answered with.
pub(crate) fn row<R: JsonSchema>() -> Value {
    generator().into_root_schema_for::<R>().to_value()
}

/// The row of a thing that is only ever defined anew.
fn defined(table: &MasterTable, generator: &SchemaGenerator) -> Value {
    let mut schema = (table.schema)(generator).to_value();
    schema["title"] = defined_title(table.kind).into();
    schema["description"] = format!("A {}.", table.kind.noun()).into();
    schema
}

/// The title of the row of a thing that is only ever defined anew.
pub(crate) fn defined_title(kind: AggregateKind) -> String {
    let (first, rest) = kind.noun().split_at(1);
    first.to_uppercase() + rest
}

/// Makes the schemas of what is written.
pub(crate) fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.with_transform(RecursiveTransform(close)).into_generator()
}

/// Says what a type cannot say of itself: it has no other members, what it may leave out is never null, and its forms
/// exclude one another. So tests that validate real answers see a member that is not described.
fn close(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else { return };
    if let Some(forms) = members.remove("anyOf") {
        let is_nullable = forms.as_array().into_iter().flatten().any(|form| form["type"] == "null");
        members.insert(if is_nullable { "anyOf" } else { "oneOf" }.to_owned(), forms);
    }
    let required = members.get("required").cloned().unwrap_or_default();
    let is_required =
        |name: &String| required.as_array().is_some_and(|all| all.contains(&Value::from(name.as_str())));
    let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !is_required(name)) {
        never_null(property);
    }
    members.insert("additionalProperties".to_owned(), false.into());
}

fn never_null(property: &mut Value) {
    let Some(members) = property.as_object_mut() else { return };
    if let Some([kind, null]) = members.get("type").and_then(Value::as_array).map(Vec::as_slice)
        && null == "null"
    {
        let kind = kind.clone();
        members.insert("type".to_owned(), kind);
    }
    if let Some(Value::Array(mut forms)) = members.remove("anyOf") {
        forms.retain(|form| form["type"] != "null");
        match (forms.pop(), forms.is_empty()) {
            (Some(Value::Object(only)), true) => only.into_iter().for_each(|(name, said)| {
                members.entry(name).or_insert(said);
            }),
            (last, _) => drop(members.insert("anyOf".to_owned(), forms.into_iter().chain(last).collect())),
        }
    }
}
