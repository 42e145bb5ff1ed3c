//! Samples of how an asset enters the register, and of what is said about it.

use serde_json::{Value, json};

use super::{
    AUDIT, BERLIN, BOB, DOCK, EventSample, LAPTOP, LAPTOP_MODEL, ORDER, PROJECT, SALES, STORE, VENDOR, id,
};

pub(super) fn samples() -> Vec<EventSample> {
    vec![
        sample("asset.ordered", 1, json!({"facts": ordered_facts(), "expected_on": "2026-03-20"})),
        sample("asset.delivered", 1, json!({"facts": delivered_facts()})),
        sample("asset.registered", 1, json!({"facts": registered_facts()})),
        sample("asset.received", 2, json!({"location_id": id(STORE)})),
        sample("asset.cancelled", 2, json!({})),
        sample("asset.tagged", 2, json!({"tag": "LT-0042", "serial": "PF3A9X7K", "location_id": id(STORE)})),
        sample(
            "asset.verified",
            7,
            json!({"location_id": id(BERLIN), "condition": "good", "campaign_id": id(AUDIT)}),
        ),
        sample("asset.hold_placed", 8, json!({"hold": "legal", "case_number": "2026-C-17"})),
        sample("asset.hold_released", 9, json!({"hold": "legal"})),
        sample("asset.corrected", 10, json!({"changes": changes()})),
        sample("asset.voided", 3, json!({})),
    ]
}

/// Of what was added after the others.
pub(super) fn later() -> Vec<EventSample> {
    vec![sample("asset.charged", 3, json!({"project_id": id(PROJECT)}))]
}

/// Of what was added after those.
pub(super) fn latest() -> Vec<EventSample> {
    vec![sample("asset.relocated", 11, json!({"location_id": id(BERLIN)}))]
}

pub(super) fn sample(name: &'static str, version: u32, data: Value) -> EventSample {
    EventSample { name, aggregate: LAPTOP, version, data }
}

pub(super) fn euros(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

fn ordered_facts() -> Value {
    json!({
        "model_id": id(LAPTOP_MODEL), "kind": "hardware", "hardware_kind": "laptop",
        "manufacturer": "Lenovo", "data_bearing": true, "ownership": "owned",
        "costs": {"price": euros("1249.00")}, "order_number": "W-2026-118", "vendor_id": id(VENDOR),
        "department_id": id(SALES), "project_id": id(PROJECT), "notes": "Ordered at the web shop.",
    })
}

fn delivered_facts() -> Value {
    json!({
        "model_id": id(LAPTOP_MODEL), "kind": "hardware", "hardware_kind": "laptop",
        "manufacturer": "Lenovo", "data_bearing": true, "serial": "PF3A9X7K", "ownership": "owned",
        "costs": {"price": euros("1249.00"), "non_recoverable_tax": euros("12.49"),
                  "freight": euros("9.90"), "set_up": euros("35.00")},
        "acquired_on": "2026-03-02", "order_line": {"purchase_order_id": id(ORDER), "line": 1},
        "vendor_id": id(VENDOR), "warranty_until": "2029-03-01", "end_of_life_on": "2030-03-02",
        "location_id": id(STORE), "department_id": id(SALES), "project_id": id(PROJECT),
    })
}

fn registered_facts() -> Value {
    json!({
        "model_id": id(LAPTOP_MODEL), "kind": "hardware", "hardware_kind": "laptop",
        "manufacturer": "Lenovo", "data_bearing": true, "tag": "LT-0042", "serial": "PF3A9X7K",
        "name": "nb-sales-042", "ownership": "leased", "condition": "new", "criticality": "medium",
        "data_classification": "confidential",
        "costs": {"price": euros("1249.00"), "freight": euros("9.90")},
        "acquired_on": "2026-03-02", "order_number": "W-2026-118", "vendor_id": id(VENDOR),
        "warranty_until": "2029-03-01", "end_of_life_on": "2030-03-02", "location_id": id(STORE),
        "department_id": id(SALES), "project_id": id(PROJECT), "notes": "Comes with a second power supply.",
    })
}

/// Every fact that can be corrected, once.
fn changes() -> Value {
    json!([
        {"field": "tag", "old": "LT-0042", "new": "LT-0043"},
        {"field": "serial", "old": null, "new": "PF3A9X7K"},
        {"field": "model", "old": id(LAPTOP_MODEL), "new": id(super::DOCK_MODEL), "kind": "hardware",
         "hardware_kind": "other", "manufacturer": "Lenovo"},
        {"field": "name", "old": "nb-042", "new": "nb-sales-042"},
        {"field": "data_bearing", "old": true, "new": false},
        {"field": "ownership", "old": "owned", "new": "leased"},
        {"field": "condition", "old": "good", "new": "fair"},
        {"field": "criticality", "old": null, "new": "high"},
        {"field": "data_classification", "old": "internal", "new": "confidential"},
        {"field": "costs", "old": {"price": euros("1249.00")}, "new": {"price": euros("1294.00")}},
        {"field": "acquired_on", "old": null, "new": "2026-03-02"},
        {"field": "order_number", "old": "W-2026-118", "new": null},
        {"field": "vendor", "old": null, "new": id(VENDOR)},
        {"field": "warranty_until", "old": "2028-03-01", "new": "2029-03-01"},
        {"field": "end_of_life_on", "old": null, "new": "2030-03-02"},
        {"field": "location", "old": id(STORE), "new": id(BERLIN)},
        {"field": "department", "old": null, "new": id(SALES)},
        {"field": "project", "old": null, "new": id(PROJECT)},
        {"field": "notes", "old": null, "new": "Comes with a second power supply."},
    ])
}

/// A person who has an asset.
pub(super) fn bob() -> Value {
    json!({"person": id(BOB)})
}

/// Another asset that has an asset.
pub(super) fn dock() -> Value {
    json!({"asset": id(DOCK)})
}
