//! The forms that generators of clients read: what `schemas/generators.sh` showed of some of them, held
//! of every document without them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::support::committed;

const DOCUMENTS: [&str; 4] = ["command-service", "query-service", "projector", "itam"];
const COMPONENTS: &str = "#/components/schemas/";

/// A schema, and where it stands.
type Placed<'a> = (String, &'a Map<String, Value>);

fn openapi() -> Vec<Value> {
    DOCUMENTS.iter().map(|name| committed(&format!("openapi/{name}.json"))).collect()
}

/// The documents of HTTP, and that of NATS.
fn documents() -> Vec<Value> {
    let mut documents = openapi();
    documents.push(committed("asyncapi/itam.json"));
    documents
}

/// Every schema of a document with those within it. What is shown as an example is no schema.
fn schemas(document: &Value) -> Vec<Placed<'_>> {
    let mut found = Vec::new();
    for (name, schema) in members(&document["components"]["schemas"]) {
        add_schema(name, schema, &mut found);
    }
    for (name, message) in members(&document["components"]["messages"]) {
        add_schema(name, &message["payload"], &mut found);
        add_schema(name, &message["headers"], &mut found);
    }
    for part in ["parameters", "headers", "responses"] {
        add_bodies(part, &document["components"][part], &mut found);
    }
    add_bodies("", &document["paths"], &mut found);
    assert!(found.len() > 50, "only {} schemas were found", found.len());
    found
}

fn add_bodies<'a>(place: &str, part: &'a Value, found: &mut Vec<Placed<'a>>) {
    for (name, member) in members(part) {
        match name.as_str() {
            "schema" => add_schema(place, member, found),
            "example" | "examples" => {}
            _ => add_bodies(&format!("{place}/{name}"), member, found),
        }
    }
    for item in part.as_array().into_iter().flatten() {
        let name = item["name"].as_str().unwrap_or_default();
        add_bodies(&format!("{place}/{name}"), item, found);
    }
}

fn add_schema<'a>(place: &str, schema: &'a Value, found: &mut Vec<Placed<'a>>) {
    let Some(keywords) = schema.as_object() else {
        return;
    };
    found.push((place.to_owned(), keywords));
    for (name, property) in members(&schema["properties"]) {
        add_schema(&format!("{place}.{name}"), property, found);
    }
    for keyword in ["items", "additionalProperties", "unevaluatedProperties", "not"] {
        add_schema(&format!("{place}.{keyword}"), &schema[keyword], found);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            add_schema(&format!("{place}.{keyword}"), part, found);
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Asserts something of every schema of every document.
fn of_every_schema(documents: Vec<Value>, holds: impl Fn(&Map<String, Value>) -> bool) {
    for document in documents {
        let schemas = schemas(&document);
        let wrong = schemas.into_iter().filter(|(_, schema)| !holds(schema));
        let wrong: Vec<_> = wrong.map(|(place, schema)| format!("{place}: {schema:?}")).collect();
        assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), document["info"]["title"]);
    }
}

#[test]
fn every_constant_and_every_list_of_words_has_a_type() {
    of_every_schema(documents(), |schema| {
        let has_values = schema.contains_key("const") || schema.contains_key("enum");
        !has_values || schema.get("type").is_some_and(Value::is_string)
    });
}

#[test]
fn a_choice_is_between_types_and_never_between_constants() {
    of_every_schema(documents(), |schema| {
        let choices = ["oneOf", "anyOf"].iter().filter_map(|keyword| schema.get(*keyword)?.as_array());
        choices.flatten().all(|form| form.get("const").is_none() && form.get("enum").is_none())
    });
}

#[test]
fn nothing_stands_beside_the_parts_of_which_a_schema_is_made() {
    of_every_schema(documents(), |schema| {
        let is_made_of_parts =
            ["allOf", "anyOf", "oneOf"].iter().any(|keyword| schema.contains_key(*keyword));
        !is_made_of_parts || !(schema.contains_key("properties") || schema.contains_key("required"))
    });
}

#[test]
fn an_object_says_what_its_members_are() {
    of_every_schema(documents(), |schema| {
        let said = ["properties", "additionalProperties", "allOf"];
        let is_object = schema.get("type").is_some_and(|kind| kind == "object");
        !is_object || said.iter().any(|keyword| schema.contains_key(*keyword))
    });
}

#[test]
fn every_object_and_every_list_of_words_of_an_answer_has_a_name() {
    for document in openapi() {
        for (name, schema) in members(&document["components"]["schemas"]) {
            let mut found = Vec::new();
            add_schema(name, schema, &mut found);
            for (place, part) in found.into_iter().skip(1).filter(|(place, _)| !place.ends_with(".allOf")) {
                let is_nameless = part.contains_key("properties") || part.contains_key("enum");
                assert!(!is_nameless, "{place} has no name of its own");
            }
        }
    }
}

#[test]
fn every_body_has_a_schema_and_every_body_of_json_has_a_named_one() {
    for document in openapi() {
        let mut bodies = Vec::new();
        add_contents("", &document["paths"], &mut bodies);
        add_contents("", &document["components"]["responses"], &mut bodies);
        assert!(bodies.len() > 10, "only {} bodies were found", bodies.len());
        for (place, media_type, body) in bodies {
            let schema = body["schema"].as_object().unwrap_or_else(|| panic!("{place} has no schema"));
            let is_free = schema.get("additionalProperties").is_some_and(|further| further == true);
            let is_json = media_type.ends_with("json") && media_type.starts_with("application/");
            let has_lines = media_type.contains("ndjson") || media_type.contains("jsonl");
            assert!(!is_json || has_lines || is_free || schema.contains_key("$ref"), "{place}: {schema:?}");
        }
    }
}

fn add_contents<'a>(place: &str, part: &'a Value, found: &mut Vec<(String, &'a String, &'a Value)>) {
    for (name, member) in members(part).filter(|(name, _)| !name.starts_with("example")) {
        let place = format!("{place}/{name}");
        if name == "content" {
            found.extend(members(member).map(|(media_type, body)| (place.clone(), media_type, body)));
        } else {
            add_contents(&place, member, found);
        }
    }
}

#[test]
fn formats_are_those_of_the_standards() {
    const FORMATS: [&str; 10] = [
        "binary",
        "date",
        "date-time",
        "double",
        "int32",
        "int64",
        "json-pointer",
        "uri",
        "uri-reference",
        "uuid",
    ];
    of_every_schema(documents(), |schema| {
        schema.get("format").is_none_or(|format| FORMATS.iter().any(|known| format == known))
    });
}

#[test]
fn names_of_schemas_and_operations_are_identifiers_that_stay_apart_in_every_spelling() {
    for document in documents() {
        let schemas = members(&document["components"]["schemas"]).map(|(name, _)| name.clone());
        assert_identifiers(schemas, char::is_uppercase);
    }
    for document in openapi() {
        let operations = members(&document["paths"]).flat_map(|(_, path)| members(path));
        let ids = operations.map(|(_, operation)| operation["operationId"].as_str().expect("an id"));
        assert_identifiers(ids.map(|id| id.replace('-', "_")), char::is_lowercase);
    }
}

fn assert_identifiers(names: impl Iterator<Item = String>, begins_well: impl Fn(char) -> bool) {
    let mut spelled = BTreeSet::new();
    for name in names {
        let is_identifier = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        assert!(is_identifier && name.starts_with(&begins_well), "{name} is no identifier");
        assert!(spelled.insert(name.replace('_', "").to_lowercase()), "{name} is there in another spelling");
    }
}

#[test]
fn every_form_of_a_choice_between_objects_is_told_by_what_it_requires() {
    for document in openapi() {
        for (place, schema) in schemas(&document) {
            let forms = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
            let mut told = BTreeSet::new();
            for form in forms {
                let name = form["$ref"].as_str().and_then(|reference| reference.strip_prefix(COMPONENTS));
                let form =
                    &document["components"]["schemas"][name.unwrap_or_else(|| panic!("{place}: {form}"))];
                let constants =
                    members(&form["properties"]).filter_map(|(_, property)| property["const"].as_str());
                let mark = (form["required"].to_string(), constants.collect::<Vec<_>>().join(","));
                assert!(told.insert(mark), "two forms of {place} look alike");
            }
        }
    }
}
