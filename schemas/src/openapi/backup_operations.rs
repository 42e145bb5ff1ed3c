//! The backup that a running service writes.

use itam_service_kit::{ProblemCode, Role};
use serde_json::{Map, Value, json};

use super::parameters::header_references;

/// What a backup may be answered with.
const PROBLEMS: [ProblemCode; 6] = [
    ProblemCode::Unauthenticated,
    ProblemCode::Forbidden,
    ProblemCode::TooManyRequests,
    ProblemCode::Internal,
    ProblemCode::LogUnavailable,
    ProblemCode::TimedOut,
];

/// The path.
pub(super) fn paths() -> Map<String, Value> {
    let written = json!({
        "description": "The backup: every message up to the last commit, the people who are in the log and not \
                        erased, and the tokens' hashes. An answer that ends without its checksum is not whole.",
        "headers": header_references(&["ItamPosition"]),
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    });
    let mut responses = Map::new();
    responses.insert("200".to_owned(), written);
    for code in PROBLEMS {
        let status = code.status().as_u16();
        let reference = json!({ "$ref": format!("#/components/responses/CommandProblem{status}") });
        responses.insert(status.to_string(), reference);
    }
    let operation = json!({
        "operationId": "back-up",
        "tags": ["Service"],
        "summary": "A consistent backup, while the services go on",
        "description": "`itam backup --server` keeps it and proves that it is whole; `itam restore` reads it.",
        "x-itam-roles": [Role::Administrator.as_str()],
        "responses": responses,
    });
    Map::from_iter([("/v1/backup".to_owned(), json!({ "get": operation }))])
}
