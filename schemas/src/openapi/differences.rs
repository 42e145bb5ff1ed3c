//! What differs between two moments.

use itam_query_service::Query;
use itam_query_service::contract::taken;
use serde_json::{Value, json};

use super::moments::add_headers;
use super::parameters::of_query;
use super::query_operations::{Shape, query};
use crate::reference::reference;

/// `/v1/diff`.
pub(super) fn operation() -> (String, Value) {
    let own = of_query(&taken::differences());
    let summary = "List the assets that differ between two moments";
    let list = Shape::List("AssetDifference");
    let mut operation = query("list-differences", "Assets", summary, Query::Differences, &list, own);
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
