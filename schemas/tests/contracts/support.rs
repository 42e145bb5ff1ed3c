//! Reading committed files, and validating by them.

use std::fs;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// A committed JSON file.
pub(crate) fn committed(path: &str) -> Value {
    let path = itam_schemas::folder().join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// The names of the files in a folder, in order.
pub(crate) fn files_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(itam_schemas::folder().join(folder)).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// A validator that looks at formats too.
pub(crate) fn validator(schema: &Value) -> Validator {
    let options = jsonschema::options().should_validate_formats(true);
    options.build(schema).unwrap_or_else(|error| panic!("not a schema: {error}: {schema}"))
}

/// A validator for a schema that stands within a document, with no more of the document than it
/// refers to: compiling all of it every time would take minutes.
pub(crate) fn validator_within(document: &Value, schema: &Value) -> Validator {
    let mut parts = Map::new();
    take_parts(document, schema, &mut parts);
    validator(&json!({"allOf": [schema], "components": {"schemas": parts}}))
}

fn take_parts(document: &Value, schema: &Value, parts: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|text| text.strip_prefix("#/components/schemas/"));
            if let Some(name) = name.filter(|name| !parts.contains_key(*name)) {
                let part = document["components"]["schemas"][name].clone();
                parts.insert(name.to_owned(), part.clone());
                take_parts(document, &part, parts);
            }
            members.values().for_each(|member| take_parts(document, member, parts));
        }
        Value::Array(items) => items.iter().for_each(|item| take_parts(document, item, parts)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Asserts that a value is valid, and shows what is wrong if it is not.
#[track_caller]
pub(crate) fn assert_valid(validator: &Validator, value: &Value, what: &str) {
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}
