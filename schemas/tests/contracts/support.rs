//! Reading committed files, and validating by them.

use std::fs;

use jsonschema::Validator;
use serde_json::{Value, json};

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
    options
        .build(schema)
        .unwrap_or_else(|error| panic!("not a schema: {error}: {schema}"))
}

/// A validator for a schema that stands within a document.
pub(crate) fn validator_within(document: &Value, schema: &Value) -> Validator {
    let whole = json!({"allOf": [schema], "components": {"schemas": document["components"]["schemas"]}});
    validator(&whole)
}

/// Asserts that a value is valid, and shows what is wrong if it is not.
#[track_caller]
pub(crate) fn assert_valid(validator: &Validator, value: &Value, what: &str) {
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}
