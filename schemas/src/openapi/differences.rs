//! What differs between two moments.

use itam_query_service::Query;
use serde_json::{Value, json};

use super::moments::add_headers;
use super::parameters::{TIME, parameter};
use super::query_operations::{Shape, query};
use super::query_parameters::{asset_filters, text, words};
use crate::reference::reference;

const CHANGES: [&str; 4] = ["added", "removed", "changed", "passed"];

/// `/v1/diff`.
pub(super) fn operation() -> (String, Value) {
    let end = |name: &str, description: &str, example: &str| {
        let mut parameter = text(name, description, example);
        parameter["required"] = json!(true);
        parameter["schema"]["pattern"] = json!(TIME);
        parameter
    };
    let mut own = vec![
        end(
            "from",
            "The first moment: a day (its end, UTC) or an instant, compared as far as is known at known_at; or a \
             position, compared as of as_of.",
            "2026-03-17",
        ),
        end("to", "The second moment, of the same sort and not before the first.", "2026-03-31"),
        words("change", "Any of these.", &CHANGES),
    ];
    own.extend(asset_filters());
    let summary = "List the assets that differ between two moments";
    let list = Shape::List("AssetDifference");
    let mut operation = query("list-differences", "Assets", summary, Query::Differences, &list, own);
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.extend(["AsOf", "KnownAt"].map(parameter));
    }
    add_headers(&mut operation);
    let content = &mut operation["responses"]["200"]["content"];
    let answer = &mut content["application/json"];
    for name in ["from", "to"] {
        answer["schema"]["properties"][name] = reference("Moment");
    }
    answer["schema"]["required"] = json!(["items", "next_cursor", "from", "to"]);
    content["text/csv"]["schema"]["description"] =
        json!("A line of names, then one line for each field that differs (RFC 4180).");
    ("/v1/diff".to_owned(), operation)
}
