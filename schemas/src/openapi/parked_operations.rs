//! The operations on parked events.

use itam_service_kit::Role;
use serde_json::{Map, Value, json};

use super::parameters::header_references;
use super::projector_operation::operation;
use crate::reference::reference;

/// A page of parked events, and what releases some.
pub(super) fn schemas() -> Vec<Value> {
    let position = json!({"type": "integer", "minimum": 1, "description": "Where it stands in the log."});
    let events = json!({
        "title": "ParkedEvents",
        "description": "Parked events by position.",
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": reference("ParkedEvent")},
            "next": {"type": ["integer", "null"], "description": "The `from` of the next page, if there is one."},
        },
        "required": ["items", "next"],
        "additionalProperties": false,
    });
    let release = json!({
        "title": "ReleaseParkedEvents",
        "description": "Which parked events are released, and why.",
        "type": "object",
        "properties": {
            "positions": {"type": "array", "items": position, "minItems": 1, "maxItems": 1000},
            "reason": {"type": "string", "minLength": 1, "maxLength": 500, "description": "Why they may stay as they are."},
        },
        "required": ["positions", "reason"],
        "additionalProperties": false,
    });
    vec![events, release]
}

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let example = json!({"items": [{
        "position": 4712, "type": "asset.teleported", "stored_at": "2026-03-02T07:00:01.250Z",
        "reason": "events of type asset.teleported version 1 are not known to this build",
        "release": {"by": "0195a0a5-0000-7000-8000-000000000001", "at": "2026-03-02T08:00:00Z",
                    "reason": "A trial of the next release."},
    }], "next": null});
    let listed = json!({
        "description": "The parked events.",
        "headers": header_references(&[]),
        "content": {"application/json": {"schema": reference("ParkedEvents"), "example": example}},
    });
    let readers = [Role::Auditor, Role::Administrator];
    let mut list = operation(
        "list-parked-events",
        "Events that this build cannot apply",
        "200",
        listed.clone(),
        &readers,
    );
    let number = |name: &str, most: u64, about: &str| {
        json!({"name": name, "in": "query", "description": about,
               "schema": {"type": "integer", "minimum": 1, "maximum": most}, "example": 1})
    };
    list["parameters"] = json!([
        number("from", u64::from(u32::MAX), "The first position; 1 if not said."),
        number("limit", 1000, "How many at most; 100 if not said."),
    ]);
    let begun = json!({"description": "The read model is being built anew; the status says how far it got.",
                       "headers": header_references(&[])});
    let retry = operation(
        "retry-parked-events",
        "Try all parked events again, each in its place in the order",
        "202",
        begun,
        &[Role::Administrator],
    );
    let mut release = operation(
        "release-parked-events",
        "Note that parked events were looked at, and why they may stay unapplied",
        "200",
        listed,
        &[Role::Administrator],
    );
    release["requestBody"] = json!({"required": true, "content": {"application/json": {
        "schema": reference("ReleaseParkedEvents"),
        "example": {"positions": [4712], "reason": "A trial of the next release."},
    }}});
    Map::from_iter([
        ("/v1/projector/parked".to_owned(), json!({ "get": list })),
        ("/v1/projector/parked/retry".to_owned(), json!({ "post": retry })),
        ("/v1/projector/parked/release".to_owned(), json!({ "post": release })),
    ])
}
