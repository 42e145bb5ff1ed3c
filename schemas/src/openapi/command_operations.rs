//! The operations of the command service.

use itam_domain::{AggregateKind, CommandId, CommandName, Reach, Role, Target, reach};
use serde_json::{Map, Value, json};

use super::parameters::{header_references, parameter};
use super::problem_responses::add_to_command;
use crate::commands::command_schemas;
use crate::reference::reference;
use crate::samples::{answer, read};

/// The paths: one for each command, and one for many.
pub(super) fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    for (name, schema) in command_schemas() {
        let operation = operation(name, &schema);
        paths.insert(format!("/v1/commands/{name}"), json!({ "post": operation }));
    }
    paths.insert("/v1/commands".to_owned(), json!({ "post": batch_operation() }));
    paths.insert("/v1/log/disowned".to_owned(), json!({ "post": disown_operation() }));
    paths
}

fn operation(name: &str, schema: &Value) -> Value {
    let title = schema["title"].as_str().unwrap_or_default();
    let description = schema["description"].as_str().unwrap_or_default();
    let sample = &schema["examples"][0];
    let mut responses = Map::new();
    responses.insert(
        "201".to_owned(),
        json!({
            "description": "It happened, now or when the command was first sent.",
            "headers": header_references(&["ETag", "ItamPosition", "IdempotencyReplayed"]),
            "content": {"application/json": {
                "schema": reference("CommandAnswer"), "example": answer(name, sample),
            }},
        }),
    );
    add_to_command(&mut responses);
    let (roles, own_only) = (roles_that_reach(name, Reach::All), roles_that_reach(name, Reach::Own));
    let about_own = match own_only.as_slice() {
        [] => String::new(),
        roles => {
            format!(" About what is their own: {}; anything else is not there for them.", roles.join(", "))
        }
    };
    let parameters = ["IdempotencyKey", "IfMatch", "CorrelationId", "CausationId"].map(parameter);
    json!({
        "operationId": name,
        "tags": [tag(name, sample)],
        "summary": first_sentence(description),
        "description": format!("{description}\n\nMay be sent by: {}.{about_own}", roles.join(", ")),
        "x-itam-roles": roles,
        "x-itam-roles-own-only": own_only,
        "parameters": parameters,
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": reference(title), "example": sample,
        }}},
        "responses": responses,
    })
}

/// The roles that reach exactly so far with a command.
fn roles_that_reach(name: &str, wanted: Reach) -> Vec<&'static str> {
    let command = CommandName::find(name).expect("every schema is a command's");
    Role::ALL.into_iter().filter(|role| reach(*role, command) == wanted).map(Role::as_str).collect()
}

/// What the command is about.
fn tag(name: &str, sample: &Value) -> String {
    let kind = match read(name, sample).target(CommandId(uuid::Uuid::nil())) {
        Target::Asset(_) => AggregateKind::Asset,
        Target::Aggregate(aggregate) => aggregate.kind,
        Target::Finding(_) => AggregateKind::AuditFinding,
    };
    if kind.sample().is_some() {
        return "Commands: definitions".to_owned();
    }
    if kind == AggregateKind::Person {
        return "Commands: people".to_owned();
    }
    let is_audit = kind == AggregateKind::AuditFinding;
    format!("Commands: {}s", if is_audit { AggregateKind::AuditCampaign.noun() } else { kind.noun() })
}

fn first_sentence(text: &str) -> &str {
    let sentence = text.split_once(". ").map_or(text, |(first, _)| first);
    sentence.trim_end_matches('.')
}

fn batch_operation() -> Value {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), json!({
        "description": "One result a line, in the order of the lines, as they come. A line that fails does \
                        not stop the others, so look at the status of every result.",
        "headers": header_references(&[]),
        "content": {"application/x-ndjson": {
            "schema": {"type": "string", "description": "Lines of BatchResult."},
            "x-itam-line": reference("BatchResult"),
            "example": lines(&batch_results()),
        }},
    }));
    add_to_command(&mut responses);
    for elsewhere in ["404", "409", "412", "413", "422"] {
        responses.remove(elsewhere);
    }
    let line = json!({
        "schema": {"type": "string", "description": "Lines of BatchLine."},
        "x-itam-line": reference("BatchLine"),
        "example": lines(&batch_lines()),
    });
    json!({
        "operationId": "send-many-commands",
        "tags": ["Commands: many"],
        "summary": "Send many commands, one a line",
        "description": "Takes NDJSON of any length in bounded memory and streams one result line for each line. \
                        Lines that are about the same thing take effect in their order; others run side by \
                        side. A client must read the results while it sends. After a break, send everything \
                        again under the same idempotency keys. Each line needs the role that its command needs.",
        "requestBody": {"required": false, "content": {"application/x-ndjson": line, "application/jsonl": line}},
        "responses": responses,
    })
}

fn disown_operation() -> Value {
    let mut responses = Map::new();
    let word = json!({
        "commandid": "019a5c3e-8000-7000-8000-000000030000", "position": 4711, "subject": "itam.main.event.asset.019a5c3e-8000-7000-8000-000000000101",
        "actor": "019a5c3e-8000-7000-8000-000000000042", "reason": "No build of ours wrote it.",
        "time": "2026-03-02T08:00:00.250Z",
    });
    let text = json!({"type": "string"});
    let position = json!({"type": "integer", "minimum": 1, "description": "Where the message stands."});
    let reason = json!({"type": "string", "minLength": 1, "maxLength": 2000, "description": "Why."});
    responses.insert(
        "201".to_owned(),
        json!({
            "description": "It is disowned, now or since somebody said so first.",
            "headers": header_references(&[]),
            "content": {"application/json": {"example": word, "schema": {
                "title": "DisownedMessage", "description": "Who said of a message that it is no event.",
                "type": "object", "required": ["commandid", "position", "subject", "actor", "reason", "time"],
                "properties": {"commandid": {"type": "string", "format": "uuid"}, "position": position, "subject": text, "actor": text, "reason": reason,
                               "time": {"type": "string", "format": "date-time"}},
            }}},
        }),
    );
    add_to_command(&mut responses);
    let asked = json!({"position": 4711, "reason": "No build of ours wrote it."});
    json!({
        "operationId": "disown-message",
        "tags": ["Commands: many"],
        "summary": "Say of a message that no build of itam wrote it",
        "description": "For what a stranger wrote to the log in the form of an event that a newer build may have \
                        written, so that commands about its thing are answered `history-unreadable`. The word is \
                        stored in the log; the message stays where it is, parked, shown and proven.",
        "x-itam-roles": [Role::Administrator.as_str()],
        "requestBody": {"required": true, "content": {"application/json": {"example": asked, "schema": {
            "title": "DisownMessage", "description": "Which message no build of itam wrote, and why.",
            "type": "object", "additionalProperties": false, "required": ["position", "reason"],
            "properties": {"position": position, "reason": reason},
        }}}},
        "responses": responses,
    })
}

fn batch_lines() -> Vec<Value> {
    let line = |command: &str, key: &str| {
        let samples = crate::samples::command_samples();
        let sample = samples.into_iter().find(|(name, _)| *name == command);
        let data = sample.map(|(_, data)| data);
        json!({"command": command, "idempotency_key": key, "data": data})
    };
    vec![line("define-vendor", "row-1"), line("deploy-asset", "row-2")]
}

fn batch_results() -> Vec<Value> {
    let mut results = Vec::new();
    for (line, number) in batch_lines().iter().zip(1..) {
        let name = line["command"].as_str().unwrap_or_default();
        let mut result = answer(name, &line["data"]);
        result["line"] = json!(number);
        result["status"] = json!(201);
        result["replayed"] = json!(false);
        results.push(result);
    }
    results
}

fn lines(values: &[Value]) -> String {
    let lines: Vec<_> = values.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}
