//! The error answers of operations, one for each status, with an example of every code.

use std::collections::BTreeMap;

use itam_service_kit::ProblemCode;
use serde_json::{Map, Value, json};

use super::parameters::header_references;
use crate::problems::ProblemExample;
use crate::reference::reference;

/// What operations that change something may be answered with.
const OF_COMMANDS: [ProblemCode; 22] = [
    ProblemCode::MalformedJson,
    ProblemCode::MalformedRequest,
    ProblemCode::Unauthenticated,
    ProblemCode::Forbidden,
    ProblemCode::NotFound,
    ProblemCode::UnknownCommand,
    ProblemCode::RejectedByRule,
    ProblemCode::AlreadyHeld,
    ProblemCode::HistoryUnreadable,
    ProblemCode::Contended,
    ProblemCode::VersionDiffers,
    ProblemCode::PayloadTooLarge,
    ProblemCode::UnsupportedMediaType,
    ProblemCode::UnknownField,
    ProblemCode::InvalidValue,
    ProblemCode::UnknownReference,
    ProblemCode::IdempotencyKeyReused,
    ProblemCode::TooManyRequests,
    ProblemCode::Internal,
    ProblemCode::LogUnavailable,
    ProblemCode::NotReady,
    ProblemCode::TimedOut,
];

/// What operations that only read may be answered with.
const OF_QUERIES: &[ProblemCode] = &[
    ProblemCode::MalformedRequest,
    ProblemCode::CursorInvalid,
    ProblemCode::MomentInFuture,
    ProblemCode::MomentBeforeHistory,
    ProblemCode::Unauthenticated,
    ProblemCode::Forbidden,
    ProblemCode::NotFound,
    ProblemCode::NotAcceptable,
    ProblemCode::HistoricRegister,
    ProblemCode::HistoryUnreadable,
    ProblemCode::ProofBeyondCheckpoint,
    ProblemCode::TooManyRequests,
    ProblemCode::Internal,
    ProblemCode::LogUnavailable,
    ProblemCode::NotReady,
    ProblemCode::PositionNotReached,
    ProblemCode::TimedOut,
];

/// What operations of the projector may be answered with.
const OF_PROJECTOR: [ProblemCode; 12] = [
    ProblemCode::MalformedJson,
    ProblemCode::MalformedRequest,
    ProblemCode::Unauthenticated,
    ProblemCode::Forbidden,
    ProblemCode::NotFound,
    ProblemCode::UnsupportedMediaType,
    ProblemCode::UnknownField,
    ProblemCode::InvalidValue,
    ProblemCode::TooManyRequests,
    ProblemCode::Internal,
    ProblemCode::NotReady,
    ProblemCode::TimedOut,
];

/// Answers that say when to try again.
const WITH_RETRY_AFTER: [u16; 3] = [409, 429, 503];

/// The error answers of commands, by their names among the components.
pub(super) fn of_commands(problems: &[ProblemExample]) -> Map<String, Value> {
    responses("Command", &OF_COMMANDS, problems)
}

/// The error answers of queries, by their names among the components.
pub(super) fn of_queries(problems: &[ProblemExample]) -> Map<String, Value> {
    responses("Query", OF_QUERIES, problems)
}

/// The error answers of the projector, by their names among the components.
pub(super) fn of_projector(problems: &[ProblemExample]) -> Map<String, Value> {
    responses("Projector", &OF_PROJECTOR, problems)
}

/// Adds references to all error answers of commands.
pub(super) fn add_to_command(responses: &mut Map<String, Value>) {
    add("Command", &OF_COMMANDS, responses);
}

/// Adds references to all error answers of queries.
pub(super) fn add_to_query(responses: &mut Map<String, Value>) {
    add("Query", OF_QUERIES, responses);
}

/// Adds references to all error answers of the projector.
pub(super) fn add_to_projector(responses: &mut Map<String, Value>) {
    add("Projector", &OF_PROJECTOR, responses);
}

fn add(kind: &str, codes: &[ProblemCode], responses: &mut Map<String, Value>) {
    for code in codes {
        let status = code.status().as_u16();
        let reference = json!({ "$ref": format!("#/components/responses/{kind}Problem{status}") });
        responses.insert(status.to_string(), reference);
    }
}

fn responses(kind: &str, codes: &[ProblemCode], problems: &[ProblemExample]) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<&ProblemExample>> = BTreeMap::new();
    for problem in problems.iter().filter(|problem| codes.contains(&problem.code)) {
        by_status.entry(problem.code.status().as_u16()).or_default().push(problem);
    }
    let named = |(status, problems): (u16, Vec<&ProblemExample>)| {
        (format!("{kind}Problem{status}"), response(status, &problems))
    };
    by_status.into_iter().map(named).collect()
}

/// An error answer of one status.
pub(super) fn response(status: u16, problems: &[&ProblemExample]) -> Value {
    let describe =
        |problem: &&ProblemExample| format!("`{}`: {}.", problem.code.code(), problem.code.title());
    let description: Vec<_> = problems.iter().map(describe).collect();
    let example = |problem: &&ProblemExample| {
        let value = json!({"summary": problem.code.title(), "value": problem.answer});
        (problem.code.code().to_owned(), value)
    };
    let examples: Map<_, _> = problems.iter().map(example).collect();
    let headers: &[&str] = if WITH_RETRY_AFTER.contains(&status) { &["RetryAfter"] } else { &[] };
    json!({
        "description": description.join(" "),
        "headers": header_references(headers),
        "content": {"application/problem+json": {"schema": reference("Problem"), "examples": examples}},
    })
}
