//! The shape of the projector's operations.

use itam_service_kit::Role;
use serde_json::{Map, Value, json};

use super::problem_responses::add_to_projector;

/// One operation of the projector.
pub(super) fn operation(id: &str, summary: &str, status: &str, answer: Value, roles: &[Role]) -> Value {
    let mut responses = Map::new();
    responses.insert(status.to_owned(), answer);
    add_to_projector(&mut responses);
    let roles: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    json!({"operationId": id, "tags": ["Projector"], "summary": summary, "x-itam-roles": roles,
           "responses": responses})
}
