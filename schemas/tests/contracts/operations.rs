//! The documents of HTTP and NATS: complete, consistent, with examples that hold.

use std::collections::BTreeSet;

use itam_command_service::{Answer, AnsweredEvent};
use itam_domain::{Command, CommandName, EventId, Reach, Role, reach};
use itam_query_service::{MASTER_TABLES, contract};
use itam_service_kit::{Problem, ProblemCode};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{assert_valid, committed, validator_within};

const DOCUMENTS: [&str; 4] = ["command-service", "query-service", "projector", "itam"];

fn document(name: &str) -> Value {
    committed(&format!("openapi/{name}.json"))
}

/// Every operation with its path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &'_ Value)| {
        let operations = item.as_object().expect("operations");
        let named = operations.iter().map(|(method, _)| format!("{method} {path}"));
        named.collect::<Vec<_>>()
    };
    let names: Vec<String> = paths.iter().flat_map(of_path).collect();
    let operations = paths.values().flat_map(|item| item.as_object().expect("operations").values());
    names.into_iter().zip(operations).collect()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let mut documents = DOCUMENTS.map(document).to_vec();
    documents.push(committed("asyncapi/itam.json"));
    for document in documents {
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').expect("a reference within the document");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_examples() {
    for name in DOCUMENTS {
        let document = document(name);
        let mut ids = BTreeSet::new();
        for (operation_name, operation) in operations(&document) {
            let what = format!("{name}: {operation_name}");
            assert!(ids.insert(operation["operationId"].as_str().expect("an id").to_owned()), "{what}");
            assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{what}");
            if let Some(request) = operation.get("requestBody") {
                check_media(&document, request, &what);
            }
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let what = format!("{what}: {status}");
                let response = resolved(&document, response);
                let has_body = response.get("content").is_some();
                assert!(has_body || matches!(status.as_str(), "202" | "304"), "{what} has no body");
                check_media(&document, response, &what);
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let parameter = resolved(&document, parameter);
                let what = format!("{what}: {}", parameter["name"]);
                let example = parameter.get("example").unwrap_or_else(|| panic!("{what} has no example"));
                assert_valid(&validator_within(&document, &parameter["schema"]), example, &what);
            }
        }
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(value, |pointer| document.pointer(pointer).expect("a component"))
}

/// Every body has an example, and every example is valid, line by line where it has lines.
fn check_media(document: &Value, body: &Value, what: &str) {
    // Bytes that are no text cannot stand in a JSON document.
    let readable = |(media_type, _): &(&String, &Value)| *media_type != "application/octet-stream";
    for (media_type, media) in body["content"].as_object().into_iter().flatten().filter(readable) {
        let what = format!("{what}: {media_type}");
        let named = media["examples"].as_object().into_iter().flat_map(|examples| examples.values());
        let mut examples: Vec<&Value> = named.map(|example| &example["value"]).collect();
        examples.extend(media.get("example"));
        assert!(!examples.is_empty(), "{what} has no example");
        for example in examples {
            if let Some(schema) = media.get("schema") {
                assert_valid(&validator_within(document, schema), example, &what);
            }
            let Some(schema) = media.get("x-itam-line") else {
                continue;
            };
            let validator = validator_within(document, schema);
            for line in example.as_str().expect("lines").lines() {
                assert_valid(&validator, &serde_json::from_str(line).expect("JSON"), &what);
            }
        }
    }
}

#[test]
fn every_command_is_an_operation_with_the_roles_of_the_permission_table() {
    let document = document("command-service");
    for command in CommandName::ALL {
        let name = command.as_str();
        let operation = &document["paths"][format!("/v1/commands/{name}")]["post"];
        for (property, wanted) in [("x-itam-roles", Reach::All), ("x-itam-roles-own-only", Reach::Own)] {
            let roles = Role::ALL.into_iter().filter(|role| reach(*role, command) == wanted);
            let roles: Vec<_> = roles.map(Role::as_str).collect();
            assert_eq!(operation[property], json!(roles), "{name} {property}");
        }
    }
    assert!(document["paths"]["/v1/commands"]["post"].is_object());
}

#[test]
fn what_the_command_service_answers_is_valid() {
    let document = document("itam");
    let answer = Answer {
        id: Uuid::nil(),
        version: 1,
        position: 1,
        events: vec![AnsweredEvent { id: EventId(Uuid::nil()), name: "asset.registered".to_owned() }],
        replayed: true,
    };
    let schema = json!({"$ref": "#/components/schemas/CommandAnswer"});
    let value = serde_json::to_value(&answer).expect("JSON");
    assert_valid(&validator_within(&document, &schema), &value, "an answer");
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    let validator = validator_within(&document, &schema);
    for code in ProblemCode::ALL {
        let problem = Problem::new(*code, "No.").with("reason", "held").with_error("/tag", "held", "no");
        assert_valid(&validator, &problem.to_value(), code.code());
    }
    assert!(!validator.is_valid(&json!({"error": "no"})));
}

#[test]
fn every_message_of_nats_is_shown_by_a_valid_example() {
    let document = committed("asyncapi/itam.json");
    let messages = document["components"]["messages"].as_object().expect("messages");
    for (name, message) in messages {
        let payload = validator_within(&document, &message["payload"]);
        let examples = message["examples"].as_array().expect("examples");
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            assert_valid(&payload, &example["payload"], name);
            if let Some(headers) = message.get("headers") {
                assert_valid(&validator_within(&document, headers), &example["headers"], name);
            }
        }
    }
    let commands = document["channels"]["command"]["messages"].as_object().expect("messages");
    assert_eq!(commands.len(), Command::NAMES.len());
}

#[test]
fn every_column_is_a_field_of_its_row() {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
    });
    for (row, columns) in contract::rows(&settings.into_generator()) {
        let row = row.to_value();
        for (name, pointer) in columns.pointers() {
            let steps: Vec<&str> = pointer.split('/').skip(1).collect();
            assert!(has_place(&row, &steps), "{}: {name} is not at {pointer}", row["title"]);
        }
    }
}

/// Whether what a schema describes may have something at a place.
fn has_place(schema: &Value, steps: &[&str]) -> bool {
    let Some((step, further)) = steps.split_first() else { return true };
    let forms = ["oneOf", "anyOf"].iter().filter_map(|choice| schema[*choice].as_array());
    let member = if *step == "0" { &schema["items"] } else { &schema["properties"][*step] };
    (member.is_object() && has_place(member, further)) || forms.flatten().any(|form| has_place(form, steps))
}

#[test]
fn a_list_of_master_data_has_a_column_for_every_field() {
    for table in MASTER_TABLES {
        let event = table.kind.event_types()[0];
        let schema = committed(&format!("events/{}.v{}.json", event.name, event.version));
        let fields: BTreeSet<&str> =
            schema["properties"].as_object().expect("fields").keys().map(String::as_str).collect();
        let columns = table.columns.pointers().map(|(name, _)| name);
        let columns: BTreeSet<&str> =
            columns.filter(|name| !["id", "parent_name", "version"].contains(name)).collect();
        assert_eq!(columns, fields, "{}", table.plural);
    }
}
