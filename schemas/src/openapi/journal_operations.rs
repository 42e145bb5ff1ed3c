//! The security journal, for auditors.

use itam_service_kit::{ProblemCode, Role};
use serde_json::{Map, Value, json};

use super::parameters::header_references;
use super::problem_responses::response;
use crate::problems::ProblemExample;
use crate::reference::reference;

/// What the journal may be answered with.
const PROBLEMS: [ProblemCode; 9] = [
    ProblemCode::MalformedRequest,
    ProblemCode::CursorInvalid,
    ProblemCode::Unauthenticated,
    ProblemCode::Forbidden,
    ProblemCode::NotAcceptable,
    ProblemCode::TooManyRequests,
    ProblemCode::Internal,
    ProblemCode::NotReady,
    ProblemCode::TimedOut,
];

/// A page of entries.
pub(super) fn page_schema() -> Value {
    json!({
        "title": "JournalPage",
        "description": "Entries of the security journal, oldest first.",
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": reference("JournalEntry")},
            "next_cursor": {"type": ["string", "null"], "description": "Where the next page begins, if there is one."},
        },
        "required": ["items", "next_cursor"],
        "additionalProperties": false,
    })
}

/// The path.
pub(super) fn paths(problems: &[ProblemExample]) -> Map<String, Value> {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), answer());
    for status in PROBLEMS.map(|code| code.status().as_u16()) {
        let named = |problem: &&ProblemExample| {
            PROBLEMS.contains(&problem.code) && problem.code.status().as_u16() == status
        };
        let problems: Vec<_> = problems.iter().filter(named).collect();
        responses.insert(status.to_string(), response(status, &problems));
    }
    let operation = json!({
        "operationId": "list-security-journal",
        "tags": ["Service"],
        "summary": "Who was refused what, and whose permissions changed",
        "description": "What this process and others with its data directory have noted, oldest first. It is no \
                        part of the history, and is bounded in number and age. NDJSON and CSV give all of it.",
        "x-itam-roles": [Role::Auditor.as_str(), Role::Administrator.as_str()],
        "parameters": parameters(),
        "responses": responses,
    });
    Map::from_iter([("/v1/audit/security-journal".to_owned(), json!({ "get": operation }))])
}

fn parameters() -> Value {
    let parameter = |name: &str, about: &str, schema: Value, example: Value| json!({"name": name, "in": "query", "description": about, "schema": schema, "example": example});
    let word = || json!({"type": "string"});
    json!([
        parameter("from", "Not before this instant (RFC 3339) or day.", word(), json!("2026-03-01")),
        parameter("to", "Not after this instant or day.", word(), json!("2026-03-31")),
        parameter(
            "code",
            "Of these codes; several with commas between.",
            word(),
            json!("forbidden,unauthenticated")
        ),
        parameter("actor", "Of these actors.", word(), json!("0195a0a5-0000-7000-8000-000000000001")),
        parameter("event", "Of these events.", word(), json!("refused")),
        parameter(
            "cursor",
            "Where an earlier page said that the next one begins.",
            word(),
            json!("MTc3MjM1OTIwMA")
        ),
        parameter(
            "limit",
            "How many at most; 100 if not said.",
            json!({"type": "integer", "minimum": 1, "maximum": 1000}),
            json!(100)
        ),
    ])
}

fn answer() -> Value {
    let entry = json!({
        "at": "2026-03-02T07:00:01.250Z", "event": "refused", "code": "rejected-by-rule", "reason": "on-hold",
        "action": "dispose-asset", "actor": "0195a0a5-0000-7000-8000-000000000001", "role": "asset-manager",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    });
    let csv = "at,event,code,reason,action,actor,role,token,count,trace_id\r\n\
               2026-03-02T07:00:01.250Z,refused,unauthenticated,,GET /v1/assets,,,,,4bf92f3577b34da6a3ce929d0e0e4736\r\n";
    json!({
        "description": "The entries.",
        "headers": header_references(&[]),
        "content": {
            "application/json": {
                "schema": reference("JournalPage"),
                "example": {"items": [entry], "next_cursor": null},
            },
            "application/x-ndjson": {
                "schema": {"type": "string", "description": "All entries, one JournalEntry a line."},
                "x-itam-line": reference("JournalEntry"), "example": format!("{entry}\n"),
            },
            "text/csv": {"schema": {"type": "string"}, "example": csv},
        },
    })
}
