//! The operations for auditors: checkpoints, proofs, sealed exports and evidence.

use itam_query_service::Query;
use itam_query_service::contract::taken;
use serde_json::{Map, Value, json};

use super::parameters::{header_references, of_query};
use super::problem_responses::add_to_query;
use super::query_operations::{asset_name, operation};
use super::row_parts::{count, row, text};
use crate::reference::reference;

fn hash(description: &str) -> Value {
    json!({"type": "string", "contentEncoding": "base64", "minLength": 44, "maxLength": 44,
           "description": description})
}

fn path_of_hashes() -> Value {
    json!({"type": "array", "items": hash("A hash of the path."), "maxItems": 65,
           "description": "The proof, as RFC 6962 has it."})
}

/// The schemas of proofs.
pub(super) fn schemas() -> Vec<Value> {
    let inclusion = json!({
        "position": count("The position."), "leaf": hash("Its leaf."),
        "size": count("How many positions the checkpoint covers."), "root": hash("The checkpoint's root."),
        "inclusion": path_of_hashes(), "checkpoint": text("The signed checkpoint."),
    });
    let consistency = json!({
        "from": count("The older size."), "from_root": hash("The root at that size."),
        "to": count("The newer size."), "to_root": hash("The root at that size."),
        "consistency": path_of_hashes(),
    });
    let required = ["position", "leaf", "size", "root", "inclusion", "checkpoint"];
    let continued = ["from", "from_root", "to", "to_root", "consistency"];
    vec![
        row("InclusionProof", "That a position is in a checkpoint.", &inclusion, &required),
        row("ConsistencyProof", "That a history continues an older one.", &consistency, &continued),
    ]
}

/// The paths.
pub(super) fn paths() -> Map<String, Value> {
    let note = json!({"text/plain": {
        "schema": {"type": "string", "description": "A signed note (C2SP tlog-checkpoint)."},
    }});
    let lines = json!({"application/x-ndjson": {
        "schema": {"type": "string", "description": "Lines as docs/auditing.md describes them."},
    }});
    let file = json!({"application/json": {
        "schema": {"title": "Evidence", "type": "object", "description": "Evidence as docs/auditing.md describes it.",
                   "properties": {"evidence": {"type": "object"}}, "required": ["evidence"]},
    }});
    let of_asset =
        [vec![asset_name()], of_query(&taken::checkpoint()), of_query(&taken::everywhere())].concat();
    let mut paths = Map::new();
    let mut add = |path: &str, operation: Value| {
        paths.insert(path.to_owned(), json!({ "get": operation }));
    };
    let prove = |row: &str| json!({"application/json": {"schema": reference(row)}});
    let audit = Query::Proofs;
    add(
        "/v1/audit/checkpoint",
        get("show-checkpoint", "A signed checkpoint", audit, &of_query(&taken::checkpoint()), &note),
    );
    add(
        "/v1/audit/proof/inclusion",
        get(
            "prove-inclusion",
            "Prove that a position is in a checkpoint",
            audit,
            &of_query(&taken::inclusion()),
            &prove("InclusionProof"),
        ),
    );
    add(
        "/v1/audit/proof/consistency",
        get(
            "prove-consistency",
            "Prove that a history continues an older one",
            audit,
            &of_query(&taken::consistency()),
            &prove("ConsistencyProof"),
        ),
    );
    add(
        "/v1/audit/export",
        get(
            "export-sealed",
            "Stored messages with what proves them",
            audit,
            &of_query(&taken::sealed_export()),
            &lines,
        ),
    );
    let summary = "The history of an asset with what proves it";
    add("/v1/assets/{name}/evidence", get("show-evidence", summary, Query::History, &of_asset, &file));
    paths
}

fn get(id: &str, summary: &str, asked: Query, parameters: &[Value], content: &Value) -> Value {
    let mut responses = Map::new();
    let headers = header_references(&["ItamPosition"]);
    let answer = json!({"description": summary, "headers": headers, "content": content});
    responses.insert("200".to_owned(), answer);
    add_to_query(&mut responses);
    operation(id, "Audit", summary, asked, parameters, &responses)
}
