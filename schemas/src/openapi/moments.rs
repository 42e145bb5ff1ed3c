//! What can be asked as of a moment.

use serde_json::Value;

use super::parameters::header_references;
use super::row_parts::instant;
use crate::reference::reference;

/// The operation, whose answer is of a moment.
pub(super) fn at_moment(mut operation: Value) -> Value {
    add_headers(&mut operation);
    let answer = &mut operation["responses"]["200"]["content"]["application/json"]["schema"];
    if answer["properties"]["items"].is_object() {
        for (name, member) in members() {
            answer["properties"][name] = member;
        }
    }
    operation
}

/// Says of which moment an answer is.
pub(super) fn add_headers(operation: &mut Value) {
    let headers = header_references(&["ItamAsOf", "ItamKnownAt"]);
    for status in ["200", "304"] {
        for (name, header) in headers.as_object().into_iter().flatten() {
            operation["responses"][status]["headers"][name] = header.clone();
        }
    }
}

/// What an envelope says of its moment.
pub(super) fn members() -> [(&'static str, Value); 2] {
    let as_of = "The instant that the answer is about; only where as_of or known_at was asked for.";
    [("as_of", instant(as_of)), ("known_at", reference("KnownAt"))]
}
