//! Schemas in the forms that code generators read: each says the same as before, in other words.
//!
//! JSON Schema has several ways to say a thing, and generators of clients know some of them. The
//! schemas that stand alone keep the words of JSON Schema; the documents of HTTP and NATS pass
//! through here. `schemas/generators.sh` shows that the generators read them.

use serde_json::{Map, Value, json};

/// The keywords whose value is a schema.
const ONE: [&str; 4] = ["items", "additionalProperties", "unevaluatedProperties", "not"];
/// The keywords whose value is a list of schemas.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// A schema and everything in it, in portable forms.
///
/// # Panics
/// If a value that is listed or constant has no type, or several have different ones.
pub(crate) fn make_portable(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    for (name, member) in members.iter_mut() {
        match member {
            Value::Object(parts) if name == "properties" => parts.values_mut().for_each(make_portable),
            Value::Array(parts) if LISTS.contains(&name.as_str()) => {
                parts.iter_mut().for_each(make_portable);
            }
            _ if ONE.contains(&name.as_str()) => make_portable(member),
            _ => {}
        }
    }
    list_constants(members);
    name_type(members);
    gather_beside_all_of(members);
    open_object(members);
    bound_integer(members);
}

/// Every schema that stands within an operation, a parameter, a header or an answer.
pub(crate) fn make_portable_within(part: &mut Value) {
    match part {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match name.as_str() {
                    "schema" => make_portable(member),
                    "example" | "examples" => {}
                    _ => make_portable_within(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_portable_within),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A choice between constants is one list of words; what each means stays beside them.
fn list_constants(schema: &mut Map<String, Value>) {
    let Some(choices) = schema.get("oneOf").and_then(Value::as_array) else {
        return;
    };
    let words: Option<Vec<Value>> = choices.iter().map(|choice| choice.get("const").cloned()).collect();
    let Some(words) = words else {
        return;
    };
    let meanings: Vec<Value> = choices.iter().map(|choice| choice["description"].clone()).collect();
    schema.remove("oneOf");
    schema.insert("enum".to_owned(), words.into());
    if meanings.iter().all(Value::is_string) {
        schema.insert("x-enum-descriptions".to_owned(), meanings.into());
    }
}

/// Words and constants have a type.
fn name_type(schema: &mut Map<String, Value>) {
    if schema.contains_key("type") {
        return;
    }
    let listed = schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut types = schema.get("const").into_iter().chain(&listed).map(type_of);
    let Some(first) = types.next() else {
        return;
    };
    assert!(types.all(|other| other == first), "{listed:?} are of several types");
    schema.insert("type".to_owned(), first.into());
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Null | Value::Array(_) | Value::Object(_) => panic!("{value} is no word"),
    }
}

/// What an object has beside what it shares with others is one more part of it.
fn gather_beside_all_of(schema: &mut Map<String, Value>) {
    if !schema.contains_key("allOf") {
        return;
    }
    let Some(properties) = schema.remove("properties") else {
        return;
    };
    let mut own = json!({"type": "object", "properties": properties});
    if let Some(required) = schema.remove("required") {
        own["required"] = required;
    }
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        parts.push(own);
    }
}

/// An object of which nothing is said says that it may have any members.
fn open_object(schema: &mut Map<String, Value>) {
    let said = ["properties", "additionalProperties", "unevaluatedProperties"];
    let is_bare = !said.iter().chain(&LISTS).any(|keyword| schema.contains_key(*keyword));
    if is_bare && schema.get("type").is_some_and(|kind| kind == "object") {
        schema.insert("additionalProperties".to_owned(), true.into());
    }
}

/// A whole number has bounds and not the name of a Rust type.
fn bound_integer(schema: &mut Map<String, Value>) {
    let most = match schema.get("format").and_then(Value::as_str) {
        Some("uint16") => Some(u64::from(u16::MAX)),
        Some("uint32") => Some(u64::from(u32::MAX)),
        Some("uint64") => None,
        _ => return,
    };
    schema.remove("format");
    if let Some(most) = most {
        schema.entry("maximum").or_insert(most.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portable(mut schema: Value) -> Value {
        make_portable(&mut schema);
        schema
    }

    #[test]
    fn a_choice_between_constants_is_a_list_of_words_with_their_meanings() {
        let choice = json!({"description": "A size.", "oneOf": [
            {"type": "string", "const": "small", "description": "It fits a pocket."},
            {"type": "string", "const": "large", "description": "It does not."},
        ]});
        let listed = json!({"description": "A size.", "type": "string", "enum": ["small", "large"],
                            "x-enum-descriptions": ["It fits a pocket.", "It does not."]});
        assert_eq!(portable(choice), listed);
    }

    #[test]
    fn words_and_constants_have_a_type_wherever_they_stand() {
        let schema = json!({"type": "object", "properties": {
            "type": {"const": false}, "enum": {"type": "array", "items": {"enum": [1, 2]}},
        }});
        let typed = json!({"type": "object", "properties": {
            "type": {"type": "boolean", "const": false},
            "enum": {"type": "array", "items": {"type": "integer", "enum": [1, 2]}},
        }});
        assert_eq!(portable(schema), typed);
    }

    #[test]
    fn what_stands_beside_shared_parts_is_a_part_of_its_own() {
        let shared = json!({"$ref": "#/components/schemas/Facts"});
        let schema = json!({"type": "object", "allOf": [shared], "unevaluatedProperties": false,
                            "properties": {"id": {"type": "string"}}, "required": ["id"]});
        let own = json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
        let gathered = json!({"type": "object", "allOf": [shared, own], "unevaluatedProperties": false});
        assert_eq!(portable(schema), gathered);
    }

    #[test]
    fn an_object_of_which_nothing_is_said_is_open() {
        let free = json!({"type": "object", "additionalProperties": true});
        assert_eq!(portable(json!({"type": "object"})), free);
        let described = json!({"type": "object", "properties": {}});
        assert_eq!(portable(described.clone()), described);
    }

    #[test]
    fn whole_numbers_have_bounds_in_the_place_of_formats_that_nobody_knows() {
        let small = json!({"type": "integer", "format": "uint32", "minimum": 1});
        assert_eq!(portable(small), json!({"type": "integer", "minimum": 1, "maximum": u32::MAX}));
        let large = json!({"type": ["integer", "null"], "format": "uint64", "minimum": 0});
        assert_eq!(portable(large), json!({"type": ["integer", "null"], "minimum": 0}));
    }

    #[test]
    fn examples_are_left_as_they_are() {
        let mut answer = json!({"schema": {"enum": ["on"]}, "example": {"schema": {"enum": ["on"]}}});
        make_portable_within(&mut answer);
        assert_eq!(answer["schema"], json!({"type": "string", "enum": ["on"]}));
        assert_eq!(answer["example"], json!({"schema": {"enum": ["on"]}}));
    }
}
