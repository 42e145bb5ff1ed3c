//! The query parameters of the query service.

use itam_domain::AggregateKind;
use itam_domain::vocabulary::{
    AssetKind, AssetState, Condition, Criticality, DataClassification, HardwareKind, HoldKind, Ownership,
};
use itam_read_model::MAX_PAGE;
use serde_json::{Value, json};

const SOME_ID: &str = "019a5c3e-8000-7000-8000-000000000011";

fn parameter(name: &str, description: &str, schema: &Value, example: &Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema, "example": example})
}

/// A text.
pub(super) fn text(name: &str, description: &str, example: &str) -> Value {
    parameter(name, description, &json!({"type": "string", "minLength": 1}), &json!(example))
}

/// A whole number.
pub(super) fn number(name: &str, description: &str, from: u64, example: u64) -> Value {
    parameter(name, description, &json!({"type": "integer", "minimum": from}), &json!(example))
}

/// One of several words.
pub(super) fn word(name: &str, description: &str, words: &[&str]) -> Value {
    parameter(name, description, &json!({"enum": words}), &json!(words[0]))
}

/// One id.
pub(super) fn id(name: &str, description: &str) -> Value {
    parameter(name, description, &json!({"type": "string", "format": "uuid"}), &json!(SOME_ID))
}

/// Any of several words, with commas between them or the parameter repeated.
pub(super) fn words(name: &str, description: &str, words: &[&str]) -> Value {
    list(name, description, &json!({"enum": words}), &json!([words[0]]))
}

/// Any of several ids.
pub(super) fn ids(name: &str, description: &str) -> Value {
    list(name, description, &json!({"type": "string", "format": "uuid"}), &json!([SOME_ID]))
}

/// Any of several values.
pub(super) fn list(name: &str, description: &str, item: &Value, example: &Value) -> Value {
    let schema = json!({"type": "array", "items": item, "maxItems": 100});
    let mut parameter = parameter(name, description, &schema, example);
    parameter["style"] = json!("form");
    parameter["explode"] = json!(false);
    parameter
}

/// The parameters of every list.
pub(super) fn paging() -> Vec<Value> {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE});
    vec![
        parameter(
            "limit",
            "How many rows; 50 on a JSON page, all in an export if not said.",
            &limit,
            &json!(50),
        ),
        text("cursor", "The next_cursor of the page before, with the same filters.", "AQAAAAAAAAAB"),
    ]
}

/// The filters of assets: within one any of the values, between them all.
pub(super) fn asset_filters() -> Vec<Value> {
    vec![
        words("state", "Any of these.", &AssetState::words()),
        words("kind", "Any of these.", &AssetKind::words()),
        words("hardware_kind", "Any of these.", &HardwareKind::words()),
        ids("model_id", "Of any of these models."),
        ids("location_id", "At any of these locations."),
        ids("department_id", "Whose cost any of these departments bears."),
        ids("project_id", "Charged to any of these projects."),
        list(
            "custodian",
            "In the custody of any of these: person:<id>, department:<id>, location:<id> or asset:<id>.",
            &json!({"type": "string", "pattern": "^(person|department|location|asset):.+$"}),
            &json!([format!("location:{SOME_ID}")]),
        ),
        ids("person_id", "In the custody of any of these persons."),
        ids("vendor_id", "Sold by any of these vendors."),
        ids("purchase_order_id", "Delivered for any of these purchase orders."),
        words("ownership", "Any of these.", &Ownership::words()),
        words("condition", "Any of these.", &Condition::words()),
        words("criticality", "Any of these.", &Criticality::words()),
        words("data_classification", "Any of these.", &DataClassification::words()),
    ]
}

/// The filters of assets without those that a path sets.
pub(super) fn asset_filters_but(set_by_path: &[&str]) -> Vec<Value> {
    let mut filters = asset_filters();
    filters.retain(|filter| !set_by_path.contains(&filter["name"].as_str().unwrap_or_default()));
    filters
}

/// What else selects assets.
pub(super) fn asset_selectors() -> Vec<Value> {
    vec![
        text(
            "q",
            "Words of tag, serial number, model, maker, custodian, location and notes, or their beginnings.",
            "thinkpad",
        ),
        text("tag", "The tag, as tags are compared.", "LT-0042"),
        text("serial", "The serial number, as they are compared.", "PF3A9X7K"),
        words("hold", "Any of these.", &HoldKind::words()),
        word(
            "sort",
            "The order; not together with q, tag, serial or hold.",
            &["created", "-created", "tag", "-tag", "changed", "-changed"],
        ),
    ]
}

/// The filters of the summary.
pub(super) fn summary_filters() -> Vec<Value> {
    let taken = ["state", "kind", "hardware_kind", "location_id", "department_id"];
    let mut filters = asset_filters();
    filters.retain(|filter| taken.contains(&filter["name"].as_str().unwrap_or_default()));
    filters
}

/// What selects events of the log.
pub(super) fn event_filters() -> Vec<Value> {
    vec![
        number("from", "The first position.", 1, 1),
        list(
            "type",
            "Of any of these types.",
            &json!({"type": "string", "pattern": "^[^.]+\\.[^.]+$"}),
            &json!(["asset.deployed"]),
        ),
        words("aggregate", "Any of these.", &aggregate_words()),
    ]
}

/// The words for sorts of things.
pub(super) fn aggregate_words() -> Vec<&'static str> {
    AggregateKind::ALL.iter().map(|kind| kind.as_str()).collect()
}
