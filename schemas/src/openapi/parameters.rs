//! The parameters and headers that several operations share.

use itam_query_service::QueryParameter;
use itam_query_service::contract::taken;
use serde_json::{Map, Value, json};

use super::query_parameters::{SHARED, described};

/// The shared parameters.
pub(super) fn parameters(for_commands: bool, for_queries: bool) -> Value {
    let mut shared = Map::new();
    let mut add = |name: &str, parameter: Value| shared.insert(name.to_owned(), parameter);
    if for_commands {
        add(
            "IdempotencyKey",
            header(
                "Idempotency-Key",
                "Names the command, so that it takes effect once however often it is sent. Best a UUIDv7. \
             Without it the command cannot be repeated safely. A key belongs to its sender: the person, or the \
             token where no person stands behind it. Another's command under the same key is another command.",
                "019a5c3e-8000-7000-8000-000000030000",
            ),
        );
        add(
            "IfMatch",
            condition(
                "If-Match",
                "The version that the command is meant for, in quotes. If the thing has another, nothing happens.",
                "\"3\"",
            ),
        );
        add(
            "CorrelationId",
            header(
                "Itam-Correlation-Id",
                "What the command is part of, as its sender calls it. It stands in every event.",
                "ticket-4711",
            ),
        );
        add(
            "CausationId",
            header(
                "Itam-Causation-Id",
                "What caused the command: the id of an event or a message.",
                "019a5c3e-8000-7000-8000-000000010000",
            ),
        );
    }
    if for_queries {
        add(
            "IfNoneMatch",
            condition(
                "If-None-Match",
                "The ETag of an answer that the client has. If it still holds, the answer is 304 without a body.",
                "W/\"4711\"",
            ),
        );
        for taken in taken::everywhere().iter().chain(&taken::moment()) {
            let known = SHARED.iter().find(|(name, _)| *name == taken.name);
            let (_, component) = known.expect("what most operations take is shared");
            add(component, described(taken));
        }
    }
    Value::Object(shared)
}

fn header(name: &str, description: &str, example: &str) -> Value {
    json!({
        "name": name, "in": "header", "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255}, "example": example,
    })
}

/// A header that is `*` or a list of entity tags (RFC 9110 section 8.8.3).
fn condition(name: &str, description: &str, example: &str) -> Value {
    let tag = "(W/)?\"[\\x21\\x23-\\x7e]*\"";
    let mut header = header(name, description, example);
    header["schema"]["pattern"] = format!("^(\\*|{tag}( *, *{tag})*)$").into();
    header
}

/// What a query takes; what most share, by reference.
pub(super) fn of_query(taken: &[QueryParameter]) -> Vec<Value> {
    let of = |taken: &QueryParameter| match SHARED.iter().find(|(name, _)| *name == taken.name) {
        Some((_, component)) => parameter(component),
        None => described(taken),
    };
    taken.iter().map(of).collect()
}

/// A reference to a shared parameter.
pub(super) fn parameter(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// The headers of answers.
pub(super) fn headers() -> Value {
    json!({
        "ETag": {
            "description": "The version of what the answer is about: what If-Match and If-None-Match take.",
            "schema": {"type": "string"}, "example": "\"3\"",
        },
        "ItamPosition": {
            "description": "The position in the log up to which the answer speaks.",
            "schema": {"type": "integer", "minimum": 0}, "example": 4711,
        },
        "ItamAsOf": {
            "description": "The instant that the answer is about, if as_of or known_at was asked for.",
            "schema": {"type": "string", "format": "date-time"}, "example": "2026-03-31T23:59:59.999Z",
        },
        "ItamKnownAt": {
            "description": "The last position of the log that such an answer considers.",
            "schema": {"type": "integer", "minimum": 0}, "example": 4711,
        },
        "IdempotencyReplayed": {
            "description": "`true` if the command took effect earlier and this repeats its answer.",
            "schema": {"const": "true"}, "example": "true",
        },
        "RetryAfter": {
            "description": "How many seconds to wait before trying again.",
            "schema": {"type": "integer", "minimum": 1}, "example": 1,
        },
        "ItamTraceId": {
            "description": "The id under which the service's own log tells of the request.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "example": "4bf92f3577b34da6a3ce929d0e0e4736",
        },
    })
}

/// References to headers, by their names on the wire.
pub(super) fn header_references(names: &[&str]) -> Value {
    let wire = |name: &str| match name {
        "ItamPosition" => "Itam-Position",
        "ItamAsOf" => "Itam-As-Of",
        "ItamKnownAt" => "Itam-Known-At",
        "IdempotencyReplayed" => "Idempotency-Replayed",
        "RetryAfter" => "Retry-After",
        _ => "ETag",
    };
    let mut headers = Map::new();
    headers.insert("Itam-Trace-Id".to_owned(), json!({"$ref": "#/components/headers/ItamTraceId"}));
    for name in names {
        let reference = json!({ "$ref": format!("#/components/headers/{name}") });
        headers.insert(wire(name).to_owned(), reference);
    }
    Value::Object(headers)
}
