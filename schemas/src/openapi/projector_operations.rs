//! The operations of the projector.

use itam_read_model::Projection;
use itam_service_kit::Role;
use serde_json::{Map, Value, json};

use super::parameters::header_references;
use super::projector_operation::operation;
use crate::reference::reference;

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let example = json!({
        "phase": "following", "since": "2026-03-02T07:00:01.250Z", "has_caught_up": true,
        "progress": {"applied": 4711, "head": 4711},
        "parked": 0, "released": 0,
        "projections": [{"name": "compliance", "is_following": true}, {"name": "tco", "is_following": true}],
        "rebuild": null, "trouble": null,
    });
    let shown = json!({
        "description": "How the projector is doing.",
        "headers": header_references(&[]),
        "content": {"application/json": {"schema": reference("ProjectorStatus"), "example": example}},
    });
    let begun = json!({"description": "It has begun; the status says how far it got.",
                       "headers": header_references(&[])});
    let readers = [Role::Auditor, Role::Administrator];
    let show = operation("show-projector", "How the projector is doing", "200", shown, &readers);
    let mut rebuild = operation(
        "rebuild-read-model",
        "Build the read models again, while queries go on",
        "202",
        begun,
        &[Role::Administrator],
    );
    let names = [&["inventory"][..], &Projection::ALL.map(Projection::as_str)].concat();
    rebuild["parameters"] = json!([{
        "name": "only", "in": "query", "description": "One read model, and no other.", "schema": {"enum": names},
        "example": names[0],
    }]);
    let mut paths = Map::new();
    paths.insert("/v1/projector".to_owned(), json!({ "get": show }));
    paths.insert("/v1/projector/rebuild".to_owned(), json!({ "post": rebuild }));
    paths
}
