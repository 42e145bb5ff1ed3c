//! Samples of what happens to requisitions, orders, persons and definitions.

use serde_json::{Value, json};

use super::asset_events::euros;
use super::{
    BERLIN, BOB, COMPANY, EVE, EventSample, LAPTOP, LAPTOP_MODEL, ORDER, REQUISITION, SALES, STORE, VENDOR,
    id,
};

pub(super) fn samples() -> Vec<EventSample> {
    let mut samples = requisitions();
    samples.extend(orders());
    samples.extend(definitions());
    samples.extend(persons());
    samples
}

fn sample(name: &'static str, aggregate: u32, version: u32, data: Value) -> EventSample {
    EventSample { name, aggregate, version, data }
}

fn requisitions() -> Vec<EventSample> {
    let line = json!({"model_id": id(LAPTOP_MODEL), "description": "For the new colleagues", "quantity": 10,
                      "estimated_unit_price": euros("1300.00"), "needed_by": "2026-04-01",
                      "cost_center_id": id(SALES)});
    let submitted = json!({"lines": [line], "requested_for": id(EVE), "justification": "Ten people join."});
    let approved = json!({"role": "procurement-manager", "totals": [euros("13000.00")]});
    let ordered = json!({"purchase_order_id": id(ORDER), "lines": [{"line": 1, "quantity": 6}]});
    vec![
        sample("requisition.submitted", REQUISITION, 1, submitted),
        sample("requisition.approved", REQUISITION, 2, approved),
        sample("requisition.rejected", REQUISITION, 2, json!({})),
        sample("requisition.cancelled", REQUISITION, 2, json!({})),
        sample("requisition.ordered", REQUISITION, 3, ordered),
    ]
}

/// A line of the order.
pub(super) fn order_line(quantity: u32) -> Value {
    json!({"model_id": id(LAPTOP_MODEL), "quantity": quantity, "unit_price": euros("1249.00"),
           "requisition_line": {"requisition_id": id(REQUISITION), "line": 1}, "cost_center_id": id(SALES)})
}

fn orders() -> Vec<EventSample> {
    let issued = json!({"number": "PO-2026-0007", "vendor_id": id(VENDOR), "lines": [order_line(6)],
                        "expected_on": "2026-03-20", "notes": "Deliver to the back entrance."});
    let amended = json!({"changed": [{"line": 1, "quantity": 8, "unit_price": euros("1199.00")}],
                         "added": [order_line(2)], "expected_on": "2026-03-27"});
    let received = json!({"line": 1, "quantity": 4, "location_id": id(STORE),
                          "costs": {"price": euros("1249.00"), "freight": euros("9.90")},
                          "delivery_note": "LS-88123"});
    let rejected = json!({"line": 1, "asset_id": id(LAPTOP)});
    vec![
        sample("purchase_order.issued", ORDER, 1, issued),
        sample("purchase_order.amended", ORDER, 2, amended),
        sample("purchase_order.cancelled", ORDER, 2, json!({})),
        sample("purchase_order.delivery_received", ORDER, 3, received),
        sample("purchase_order.delivery_rejected", ORDER, 4, rejected),
        sample("purchase_order.closed", ORDER, 5, json!({})),
    ]
}

fn definitions() -> Vec<EventSample> {
    let model = json!({"name": "ThinkPad T14 Gen 5", "kind": "hardware", "hardware_kind": "laptop",
                       "manufacturer": "Lenovo", "model_number": "21ML003AGE", "data_bearing": true,
                       "end_of_life_months": 48, "notes": "The standard device.", "standing": "active"});
    let location = json!({"name": "Store 2", "kind": "stockroom", "parent_id": id(BERLIN),
                          "address": "Invalidenstr. 116\n10115 Berlin", "country": "DE",
                          "notes": "Key at the reception.", "standing": "active"});
    let vendor = json!({"name": "Bechtle", "account_number": "K-55012", "website": "https://www.bechtle.com",
                        "notes": "Framework contract.", "standing": "active"});
    let department = json!({"name": "Sales", "cost_center": "4100", "parent_id": id(COMPANY),
                            "notes": "Moved in 2025.", "standing": "inactive"});
    vec![
        sample("asset_model.defined", LAPTOP_MODEL, 1, model),
        sample("location.defined", STORE, 1, location),
        sample("vendor.defined", VENDOR, 1, vendor),
        sample("department.defined", SALES, 2, department),
    ]
}

fn persons() -> Vec<EventSample> {
    let added = json!({"department_id": id(SALES), "location_id": id(BERLIN)});
    vec![
        sample("person.added", BOB, 1, added),
        sample("person.deactivated", BOB, 2, json!({})),
        sample("person.erased", BOB, 3, json!({})),
    ]
}
