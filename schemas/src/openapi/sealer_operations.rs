//! The operations of the sealer, which runs with the projector.

use itam_service_kit::Role;
use serde_json::{Map, Value, json};

use super::parameters::header_references;
use super::projector_operation::operation;
use crate::reference::reference;

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
