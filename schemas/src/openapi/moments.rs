//! What can be asked as of a moment, and what differs between two.

use itam_query_service::Query;
use serde_json::{Map, Value, json};

use super::parameters::{header_references, parameter};
use super::query_examples::example;
use super::query_operations::{Shape, query};
use super::query_parameters::{asset_filters, text, words};
use super::query_reports::{event_members, unreadable};
use super::query_rows::{count, instant, part, row, text as string, uuid};
use crate::components::reference;

/// The schemas of moments and differences.
pub(super) fn schemas() -> Vec<Value> {
    vec![known_at(), moment(), difference()]
}

/// The operation, which can be asked as of a moment.
pub(super) fn at_moment(mut operation: Value) -> Value {
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.extend(["AsOf", "KnownAt"].map(parameter));
    }
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
fn add_headers(operation: &mut Value) {
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

fn known_at() -> Value {
    let members = json!({
        "position": count("The last position of the log that the answer considers."),
        "time": instant("The instant that known_at names, or at which the position was stored."),
    });
    row("KnownAt", "How much of the log an answer considers.", None, &members, &["position"])
}

fn moment() -> Value {
    let members = json!({
        "as_of": instant("What was true then."),
        "known_at": reference("KnownAt"),
    });
    row(
        "Moment",
        "What was true at one time, as far as was known at another.",
        None,
        &members,
        &["as_of", "known_at"],
    )
}

const CHANGES: [&str; 4] = ["added", "removed", "changed", "passed"];

fn difference() -> Value {
    let field = part(
        &json!({
            "pointer": {"type": "string", "format": "json-pointer",
                        "description": "JSON Pointer (RFC 6901) into the asset as /v1/assets shows it."},
            "before": {"description": "What it was at the first moment; missing if it was not there."},
            "after": {"description": "What it is at the second moment; missing if it is not there."},
        }),
        &["pointer"],
    );
    let mut event = event_members();
    if let Some(members) = event.as_object_mut() {
        members.remove("data");
        members.insert("unreadable".to_owned(), unreadable());
    }
    let members = json!({
        "id": uuid("The asset's id."),
        "tag": string("Its tag at the second moment, or else at the first."),
        "change": {"enum": CHANGES, "description":
            "An asset is on the register until it is voided, cancelled or disposed of. added: only at the second \
             moment. removed: only at the first. changed: at both, or at neither. passed: it came and went between."},
        "fields": {"type": "array", "items": field,
                   "description": "What differs, but for version, last change and the sum of the costs; names where their ids differ."},
        "events": {"type": "array", "items": part(&event, &["position"]),
                   "description": "Its events between the moments, by position or by effective time."},
    });
    let required = ["id", "change", "fields", "events"];
    row("AssetDifference", "An asset that differs between two moments.", None, &members, &required)
}

/// `/v1/diff`.
pub(super) fn difference_operation() -> (String, Value) {
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
            "2026-02-28",
        ),
        end("to", "The second moment, of the same sort and not before the first.", "2026-03-31"),
        words("change", &CHANGES),
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
        answer["example"][name] = moment_example();
    }
    answer["schema"]["required"] = json!(["items", "next_cursor", "from", "to"]);
    content["text/csv"]["schema"]["description"] =
        json!("A line of names, then one line for each field that differs (RFC 4180).");
    ("/v1/diff".to_owned(), operation)
}

/// A day, an instant or a position.
pub(super) const TIME: &str =
    "^([0-9]{1,20}|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?)$";
/// A day or an instant.
pub(super) const INSTANT: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?$";

fn moment_example() -> Value {
    json!({"as_of": "2026-03-31T23:59:59.999Z",
           "known_at": {"position": 4711, "time": "2026-03-31T23:58:12.250Z"}})
}

/// The example of a difference.
pub(super) fn difference_example() -> Value {
    let mut event: Map<String, Value> = example("HistoryEvent").as_object().cloned().unwrap_or_default();
    event.remove("data");
    let asset = example("Asset");
    json!({
        "id": asset["id"], "tag": "LT-0042", "change": "changed",
        "fields": [
            {"pointer": "/custodian/person", "after": "019a5c3e-8000-7000-8000-000000000043"},
            {"pointer": "/state", "before": "in_stock", "after": "deployed"},
        ],
        "events": [event],
    })
}
