//! Tokens, and who one is.

use itam_service_kit::{ProblemCode, Role};
use serde_json::{Map, Value, json};

use super::parameters::header_references;
use super::problem_responses::response;
use super::row_parts::{instant, part, text};
use crate::problems::ProblemExample;
use crate::reference::reference;

/// What every operation on tokens may be answered with.
const ANY: [ProblemCode; 7] = [
    ProblemCode::Unauthenticated,
    ProblemCode::Forbidden,
    ProblemCode::TooManyRequests,
    ProblemCode::Internal,
    ProblemCode::LogUnavailable,
    ProblemCode::NotReady,
    ProblemCode::TimedOut,
];

/// What is said of a body besides.
const OF_BODY: [ProblemCode; 9] = [
    ProblemCode::DuplicateField,
    ProblemCode::MalformedJson,
    ProblemCode::MalformedRequest,
    ProblemCode::PayloadTooLarge,
    ProblemCode::UnsupportedMediaType,
    ProblemCode::HistoryUnreadable,
    ProblemCode::UnknownField,
    ProblemCode::InvalidValue,
    ProblemCode::UnknownReference,
];

/// What is said of a token's id besides.
const OF_ID: [ProblemCode; 2] = [ProblemCode::MalformedRequest, ProblemCode::NotFound];

/// A token, as lists and `/v1/me` show it.
pub(super) fn token_schema() -> Value {
    json!({
        "title": "Token",
        "description": "A bearer token, without its text and its hash.",
        "type": "object",
        "properties": token_properties(),
        "required": ["id", "name", "role", "state", "created_at"],
        "additionalProperties": false,
    })
}

fn token_properties() -> Value {
    json!({
        "id": uuid("Which one; the actor of its events, if it is tied to no person."),
        "name": text("What it is for."),
        "role": role("What it may be used for."),
        "state": {"enum": ["active", "expired", "revoked"], "description": "Whether it opens anything."},
        "person_id": uuid("The person who uses it; the actor of its events."),
        "person_name": text("Her name, as the vault has it now."),
        "created_at": instant("When it was made."),
        "created_by": text("Who made it, as events name actors; absent, if it was made at the command line."),
        "expires_at": instant("From when on it opens nothing; absent, if it has no end."),
        "revoked_at": instant("When it was revoked."),
        "last_used_at": instant("When it was last used, give or take ten minutes, with a service that may write."),
    })
}

/// What makes tokens, and what is said of them.
pub(super) fn schemas() -> Vec<Value> {
    let mut created = token_properties();
    created["token"] = text("Its text, which is shown this once and kept nowhere.");
    let created = json!({
        "title": "CreatedToken",
        "description": "A new token.",
        "type": "object",
        "properties": created,
        "required": ["token", "id", "name", "role", "state", "created_at"],
        "additionalProperties": false,
    });
    let create = json!({
        "title": "CreateToken",
        "description": "Which token is wanted.",
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 200,
                     "description": "What it is for; neither the name nor the mail address of its person."},
            "role": role("What it may be used for."),
            "person_id": {"type": ["string", "null"], "format": "uuid",
                          "description": "The person who uses it, who must be known and active."},
            "expires": {"type": "string", "default": "365d",
                        "description": "When it ends: after a span such as `90d`, at an instant (RFC 3339), or \
                                        `never`. Within ten years."},
        },
        "required": ["name", "role"],
        "additionalProperties": false,
    });
    let list = json!({
        "title": "Tokens",
        "description": "All tokens, revoked and expired ones too, by id.",
        "type": "object",
        "properties": {"items": {"type": "array", "items": reference("Token")}},
        "required": ["items"],
        "additionalProperties": false,
    });
    vec![create, created, list]
}

/// Who asks, and what she may do.
pub(super) fn me_schema() -> Value {
    let reach = json!({"enum": ["all", "own"], "description": "About whatever there is, or about her own things only."});
    let may = |name: &str, about: &str| {
        let members = json!({name: text(about), "about": reach});
        json!({"type": "array", "items": part(&members, &[name, "about"])})
    };
    json!({
        "title": "Me",
        "description": "Who asks, and what she may do.",
        "type": "object",
        "properties": {
            "actor": text("The actor of her events: her person's id, or the token's."),
            "actor_kind": {"enum": ["person", "service"], "description": "What kind of actor that is."},
            "role": role("What the token may be used for."),
            "person": part(&json!({"id": uuid("Who uses the token."), "name": text("Her name.")}), &["id"]),
            "token": reference("Token"),
            "commands": may("command", "A command's name."),
            "queries": may("query", "What can be asked."),
            "sees_personal_data": {"type": "boolean",
                "description": "Whether she sees more of persons than their names."},
        },
        "required": ["actor", "actor_kind", "role", "token", "commands", "queries", "sees_personal_data"],
        "additionalProperties": false,
    })
}

/// `/v1/me`, of every service.
pub(super) fn me_paths(problems: &[ProblemExample]) -> Map<String, Value> {
    let example = json!({
        "actor": "0195a0a5-0000-7000-8000-000000000001", "actor_kind": "person", "role": "requester",
        "person": {"id": "0195a0a5-0000-7000-8000-000000000001", "name": "Ada Byron"},
        "token": token_example(),
        "commands": [{"command": "submit-requisition", "about": "all"}, {"command": "accept-custody", "about": "own"}],
        "queries": [{"query": "holdings", "about": "own"}, {"query": "catalog", "about": "all"}],
        "sees_personal_data": false,
    });
    let without = [ProblemCode::Forbidden, ProblemCode::LogUnavailable];
    let codes: Vec<_> = ANY.into_iter().filter(|code| !without.contains(code)).collect();
    let operation = json!({
        "operationId": "who-am-i",
        "tags": ["Service"],
        "summary": "Whose token this is, and what it may do",
        "x-itam-roles": Role::ALL.map(Role::as_str),
        "responses": responses(&codes, problems, "200", &answer("Who asks.", "Me", &example)),
    });
    Map::from_iter([("/v1/me".to_owned(), json!({ "get": operation }))])
}

/// The paths of tokens.
pub(super) fn paths(problems: &[ProblemExample]) -> Map<String, Value> {
    let administrator = [Role::Administrator.as_str()];
    let list = json!({
        "operationId": "list-tokens",
        "tags": ["Service"],
        "summary": "Every token, and when it was last used",
        "description": "A token that opens nothing any more stays in the list: its id stands in events.",
        "x-itam-roles": [Role::Auditor.as_str(), Role::Administrator.as_str()],
        "responses": responses(&ANY, problems, "200",
            &answer("All tokens.", "Tokens", &json!({"items": [token_example()]}))),
    });
    let mut made = token_example();
    made["token"] = json!("itam_0OxQ8h1kW5cEw0S5eTt3vEo1VJtJq1nT8xk2yY4mZbA");
    let create = json!({
        "operationId": "create-token",
        "tags": ["Service"],
        "summary": "Makes a token and shows its text, once",
        "x-itam-roles": administrator,
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": reference("CreateToken"),
            "example": {"name": "laptop app", "role": "requester",
                        "person_id": "0195a0a5-0000-7000-8000-000000000001", "expires": "90d"},
        }}},
        "responses": responses(&[&ANY[..], &OF_BODY].concat(), problems, "201",
            &answer("The token.", "CreatedToken", &made)),
    });
    let mut revoked = token_example();
    (revoked["state"], revoked["revoked_at"]) = (json!("revoked"), json!("2026-03-03T07:00:00.000Z"));
    let id = json!([{"name": "token", "in": "path", "required": true, "description": "The token's id.",
                     "schema": {"type": "string", "format": "uuid"}, "example": revoked["id"]}]);
    let revoke = json!({
        "operationId": "revoke-token",
        "tags": ["Service"],
        "summary": "Revokes a token",
        "description": "Every service takes notice within a second; what is open ends within two. Twice is harmless.",
        "x-itam-roles": administrator,
        "parameters": id,
        "responses": responses(&[&ANY[..], &OF_ID].concat(), problems, "200",
            &answer("The token, which opens nothing any more.", "Token", &revoked)),
    });
    Map::from_iter([
        ("/v1/tokens".to_owned(), json!({"get": list, "post": create})),
        ("/v1/tokens/{token}".to_owned(), json!({ "delete": revoke })),
    ])
}

fn responses(
    codes: &[ProblemCode],
    problems: &[ProblemExample],
    status: &str,
    answer: &Value,
) -> Map<String, Value> {
    let mut responses = Map::from_iter([(status.to_owned(), answer.clone())]);
    for status in codes.iter().map(|code| code.status().as_u16()) {
        let named = |problem: &&ProblemExample| {
            codes.contains(&problem.code) && problem.code.status().as_u16() == status
        };
        let problems: Vec<_> = problems.iter().filter(named).collect();
        responses.insert(status.to_string(), response(status, &problems));
    }
    responses
}

fn answer(description: &str, schema: &str, example: &Value) -> Value {
    json!({
        "description": description,
        "headers": header_references(&[]),
        "content": {"application/json": {"schema": reference(schema), "example": example}},
    })
}

fn token_example() -> Value {
    json!({
        "id": "0195a0a5-0000-7000-8000-0000000000aa", "name": "laptop app", "role": "requester", "state": "active",
        "person_id": "0195a0a5-0000-7000-8000-000000000001", "person_name": "Ada Byron",
        "created_at": "2026-03-02T07:00:00.000Z", "created_by": "0195a0a5-0000-7000-8000-000000000002",
        "expires_at": "2026-05-31T07:00:00.000Z", "last_used_at": "2026-03-02T09:10:00.000Z",
    })
}

fn uuid(description: &str) -> Value {
    json!({"type": "string", "format": "uuid", "description": description})
}

fn role(description: &str) -> Value {
    json!({"enum": Role::ALL.map(Role::as_str), "description": description})
}
