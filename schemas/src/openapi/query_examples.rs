//! The examples of what queries are answered with, in the story that the samples tell.

use itam_query_service::MASTER_TABLES;
use serde_json::{Map, Value, json};

use super::campaign_rows;
use super::example_parts::{defined, id_of, stamp, stored, with};
use super::row_parts::defined_title;
use super::{projection_rows, record_totals};
use crate::samples::defined_event;

/// The example of a row.
pub(super) fn example(row: &str) -> Value {
    match row {
        "Asset" => asset(),
        "WorklistItem" => with(asset(), &json!({"days": 12})),
        "Location" => with(defined("location.defined"), &json!({"parent_name": "Berlin"})),
        "Department" => with(defined("department.defined"), &json!({"parent_name": "Company"})),
        "Person" => person(),
        "Requisition" => requisition(),
        "PurchaseOrder" => purchase_order(),
        "Audit" => campaign_rows::campaign_example(),
        "AuditFinding" => campaign_rows::finding_example(),
        "HistoryEvent" => history_event(),
        "InventorySummary" => summary(),
        "AssetDifference" => difference(),
        "Status" => status(),
        "OpenOrderLine" => open_line(),
        _ => {
            let totals = record_totals::example_of(row).or_else(|| projection_rows::example(row));
            totals.unwrap_or_else(|| master(row))
        }
    }
}

fn master(row: &str) -> Value {
    let table = MASTER_TABLES.iter().find(|table| defined_title(table.kind) == row);
    let table = table.unwrap_or_else(|| panic!("{row} has no example"));
    defined(defined_event(table.kind).name)
}

fn asset() -> Value {
    let registered = stored("asset.registered");
    let deployed = stored("asset.deployed");
    let own = json!({
        "id": id_of(&registered), "version": 3, "state": "deployed",
        "model_name": "ThinkPad T14 Gen 5", "location_name": "Store 2", "department_name": "Sales",
        "project_name": "Move to the new office", "vendor_name": "Bechtle", "acquisition_cost": [{"amount": "1258.90", "currency": "EUR"}],
        "custodian": deployed["data"]["custodian"], "custodian_name": "Bob Miller",
        "custody": {"since": "2026-03-02T08:00:00.000Z", "acceptance": "accepted"},
        "registered": stamp(), "changed": stamp(),
    });
    with(registered["data"]["facts"].clone(), &own)
}

fn person() -> Value {
    let own = json!({"standing": "active", "name": "Bob Miller", "email": "bob@example.com", "username": "bob",
                     "department_name": "Sales", "location_name": "Berlin"});
    with(defined("person.added"), &own)
}

fn requisition() -> Value {
    let mut row = defined("requisition.submitted");
    let own = json!({"line": 1, "model_name": "ThinkPad T14 Gen 5", "ordered": 6, "received": 4,
                     "ordered_by": {"019a5c3e-8000-7000-8000-000000000301": 6}});
    row["lines"][0] = with(row["lines"][0].clone(), &own);
    let own = json!({"stage": "partially_ordered", "age_days": 12,
                     "requester": "019a5c3e-8000-7000-8000-000000000042", "requester_name": "Eve Smith"});
    with(row, &own)
}

fn purchase_order() -> Value {
    let mut row = defined("purchase_order.issued");
    let own = json!({"line": 1, "model_name": "ThinkPad T14 Gen 5", "received": 4, "open": 2});
    row["lines"][0] = with(row["lines"][0].clone(), &own);
    with(row, &json!({"stage": "partially_received", "vendor_name": "Bechtle", "open": 2}))
}

fn open_line() -> Value {
    let order = purchase_order();
    let own = json!({"days": 3, "purchase_order_id": order["id"], "number": order["number"],
                     "vendor_id": order["vendor_id"], "vendor_name": "Bechtle"});
    with(order["lines"][0].clone(), &own)
}

fn history_event() -> Value {
    let document = stored("asset.deployed");
    json!({
        "position": 4711, "id": document["id"], "type": document["type"], "subject": document["subject"],
        "version": document["aggregateversion"], "recorded_time": document["time"],
        "effective_time": document["effectivetime"], "actor": document["actor"],
        "actor_kind": document["actorkind"], "reason": document["reason"], "command_id": document["commandid"],
        "correlation_id": document["correlationid"], "data": document["data"],
    })
}

fn summary() -> Value {
    json!({
        "assets": 3, "by_state": {"deployed": 2, "in_stock": 1}, "by_kind": {"hardware": 3},
        "by_hardware_kind": {"laptop": 3},
        "by_location": [{"location_id": "019a5c3e-8000-7000-8000-000000000011", "location_name": "Berlin",
                         "assets": 3}],
        "by_department": [{"department_id": null, "assets": 3}],
        "acquisition_cost": [{"amount": "3776.70", "currency": "EUR"}],
    })
}

fn status() -> Value {
    json!({
        "tenant": "main", "mode": "embedded", "app_version": env!("CARGO_PKG_VERSION"), "schema_version": 9,
        "started_at": "2026-03-02T07:00:00.000Z", "head": 4711, "applied": 4711, "lag": 0,
        "read_models": [{"name": "inventory", "schema_version": 9, "applied": 4711, "lag": 0},
                        {"name": "compliance", "schema_version": 1, "applied": 4711, "lag": 0},
                        {"name": "tco", "schema_version": 1, "applied": null, "lag": null}],
        "parked": {"count": 0, "released": 0, "events": []},
    })
}

fn difference() -> Value {
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
