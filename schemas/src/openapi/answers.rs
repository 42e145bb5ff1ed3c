//! The schemas of what commands are answered with.
//!
//! Written by hand, because the services only ever write them; tests hold them to what is written.

use itam_domain::Command;
use itam_service_kit::ProblemCode;
use serde_json::{Value, json};

use crate::components::one_of;
use crate::reference::reference;

/// An error answer.
pub(crate) fn problem() -> Value {
    let codes: Vec<_> = ProblemCode::ALL.iter().map(|code| code.code()).collect();
    json!({
        "title": "Problem",
        "description": "An error answer (RFC 9457). Further members are facts, such as current_state.",
        "type": "object",
        "properties": {
            "type": {"type": "string", "format": "uri-reference",
                     "description": "Leads to the page that explains the code."},
            "title": {"type": "string", "description": "A short summary, the same for every occurrence."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "detail": {"type": "string", "description": "What happened this time, in a sentence."},
            "code": {"enum": codes, "description": "What kind of problem it is."},
            "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$",
                         "description": "The id under which the service's own log tells of the request."},
            "reason": {"type": "string", "description": "The rule that refused, in kebab case."},
            "current_state": {"type": "string", "description": "The state that stands in the way."},
            "allowed_commands": {"type": "array", "items": {"type": "string"},
                                 "description": "The commands that the present state takes."},
            "errors": {"type": "array", "description": "The offending places.", "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "format": "json-pointer",
                                "description": "JSON Pointer (RFC 6901) into the body; empty for the whole."},
                    "code": {"type": "string", "description": "What is wrong with it, in kebab case."},
                    "detail": {"type": "string", "description": "The same in a sentence."},
                },
                "required": ["pointer", "code", "detail"],
                "additionalProperties": false,
            }},
        },
        "required": ["type", "title", "status", "detail", "code"],
    })
}

/// The schemas around commands.
pub(crate) fn command_schemas() -> Vec<Value> {
    let mut schemas = vec![command_answer(), batch_line()];
    schemas.extend(batch_result());
    schemas
}

fn command_answer() -> Value {
    json!({
        "title": "CommandAnswer",
        "description": "What a command made happen, now or when it was first sent.",
        "type": "object",
        "properties": answer_properties(),
        "required": ["id", "version", "position", "events"],
        "additionalProperties": false,
    })
}

fn answer_properties() -> Value {
    json!({
        "id": {"type": "string", "format": "uuid",
               "description": "What the command was about, or what it created."},
        "version": {"type": "integer", "minimum": 1, "description": "Its version now."},
        "position": {"type": "integer", "minimum": 1,
                     "description": "The position to wait for (min_position) to see everything that happened."},
        "events": {"type": "array", "minItems": 1, "description": "What happened, the command's own first.",
                   "items": {
                       "type": "object",
                       "properties": {
                           "id": {"type": "string", "format": "uuid", "description": "The event's id."},
                           "type": {"type": "string", "description": "Its type, such as asset.deployed."},
                       },
                       "required": ["id", "type"],
                       "additionalProperties": false,
                   }},
    })
}

fn batch_line() -> Value {
    json!({
        "title": "BatchLine",
        "description": "One line of an NDJSON body: a command with what stands in headers otherwise.",
        "type": "object",
        "properties": {
            "command": {"enum": Command::NAMES, "description": "The command's name."},
            "data": {"type": "object", "description": "The command's fields, as its own schema says."},
            "idempotency_key": {"type": ["string", "null"], "minLength": 1, "maxLength": 255,
                                "description": "As Idempotency-Key, and as that one its sender's own."},
            "if_match": {"type": ["integer", "null"], "minimum": 0, "description": "As If-Match, without quotes."},
            "correlation_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 255,
                               "description": "As Itam-Correlation-Id."},
            "causation_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 255,
                             "description": "As Itam-Causation-Id."},
        },
        "required": ["command"],
        "additionalProperties": false,
    })
}

/// The result of one line, and the two forms that it has.
fn batch_result() -> [Value; 3] {
    let line = json!({"type": "integer", "minimum": 1, "description": "The number of the line."});
    let status =
        json!({"type": "integer", "description": "The HTTP status that the command would have had alone."});
    let mut answer = answer_properties();
    answer["line"] = line.clone();
    answer["status"] = status.clone();
    answer["replayed"] = json!({"type": "boolean", "description": "Whether this repeats an earlier answer."});
    let answer = json!({
        "title": "BatchAnswer",
        "description": "What the command of one line made happen.",
        "type": "object",
        "properties": answer,
        "required": ["line", "status", "id", "version", "position", "events", "replayed"],
        "additionalProperties": false,
    });
    let problem = json!({
        "title": "BatchProblem",
        "description": "Why the command of one line was not carried out.",
        "type": "object",
        "properties": {"line": line, "status": status, "problem": reference("Problem")},
        "required": ["line", "status", "problem"],
        "additionalProperties": false,
    });
    let result = "The result of one line, in the order of the lines: the command's answer, or a problem.";
    [one_of("BatchResult", result, &["BatchAnswer", "BatchProblem"]), answer, problem]
}
