//! The operations of the sealer, which runs with the projector.

use itam_service_kit::Role;
use serde_json::{Map, Value, json};

use super::parameters::header_references;
use super::projector_operation::operation;
use crate::reference::reference;

/// How the sealer is doing.
pub(super) fn status_schema() -> Value {
    let count = |text: &str| json!({"type": "integer", "minimum": 0, "description": text});
    let time = |text: &str| json!({"type": ["string", "null"], "format": "date-time", "description": text});
    json!({
        "title": "SealerStatus",
        "description": "How the sealer is doing.",
        "type": "object",
        "properties": {
            "phase": {"enum": ["starting", "catching_up", "following", "waiting", "stopped"]},
            "since": {"type": "string", "format": "date-time", "description": "Since when."},
            "sealed": count("How many positions the Merkle tree covers."),
            "checkpoint": count("How many positions the newest checkpoint covers; 0 if there is none."),
            "checkpoint_at": time("When it was signed."),
            "scrubbed": count("The last position that was compared with the tree in this pass."),
            "scrubs": count("How many passes over the whole log were ended."),
            "scrubbed_at": time("When the last one was ended."),
            "countersigned": count("How many witnesses countersigned the newest checkpoint."),
            "delivery_failures": count("How many deliveries to witnesses and outside places failed."),
            "refusals": count("How often a witness refused to countersign."),
            "trouble": {"type": ["string", "null"],
                        "description": "Why it stopped, waits, or signs nothing, if it does."},
        },
        "required": ["phase", "since", "sealed", "checkpoint", "checkpoint_at", "scrubbed", "scrubs",
                     "scrubbed_at", "countersigned", "delivery_failures", "refusals", "trouble"],
        "additionalProperties": false,
    })
}

/// A checkpoint as text.
pub(super) const NOTE: &str = "itam/main/3f0c9a52c2f1e5a7d0b1c2d3e4f50617\n4711\n\
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime 2026-03-02T07:00:01.250Z\n\n\
    — itam/main/3f0c9a52c2f1e5a7d0b1c2d3e4f50617 …\n";

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let example = json!({
        "phase": "following", "since": "2026-03-02T07:00:01.250Z", "sealed": 4711, "checkpoint": 4711,
        "checkpoint_at": "2026-03-02T07:00:01.250Z", "scrubbed": 4711, "scrubs": 12,
        "scrubbed_at": "2026-03-02T07:00:00.000Z", "countersigned": 1, "delivery_failures": 0, "refusals": 0,
        "trouble": null,
    });
    let shown = json!({
        "description": "How the sealer is doing.",
        "headers": header_references(&[]),
        "content": {"application/json": {"schema": reference("SealerStatus"), "example": example}},
    });
    let signed = json!({
        "description": "The newest checkpoint, which covers all that was in the log.",
        "headers": header_references(&[]),
        "content": {"text/plain": {
            "schema": {"type": "string", "description": "A signed note (C2SP tlog-checkpoint)."},
            "example": NOTE,
        }},
    });
    let readers = [Role::Auditor, Role::Administrator];
    let show = operation("show-sealer", "How the sealer is doing", "200", shown, &readers);
    let sign = operation("sign-checkpoint", "Sign a checkpoint now", "200", signed, &readers);
    let mut paths = Map::new();
    paths.insert("/v1/sealer".to_owned(), json!({ "get": show }));
    paths.insert("/v1/sealer/checkpoint".to_owned(), json!({ "post": sign }));
    paths
}
