//! Samples of what happens to requisitions, orders and persons.

use serde_json::{Value, json};

use super::asset_events::euros;
use super::{
    BERLIN, BOB, EVE, EventSample, LAPTOP, LAPTOP_MODEL, ORDER, PROJECT, REQUISITION, SALES, STORE, VENDOR,
    id,
};

pub(super) fn of_procurement() -> Vec<EventSample> {
    let mut samples = requisitions();
    samples.extend(orders());
    samples
}

fn sample(name: &'static str, aggregate: u32, version: u32, data: Value) -> EventSample {
    EventSample { name, aggregate, version, data }
}

fn requisitions() -> Vec<EventSample> {
    let line = json!({"model_id": id(LAPTOP_MODEL), "description": "For the new colleagues", "quantity": 10,
                      "estimated_unit_price": euros("1300.00"), "needed_by": "2026-04-01",
                      "cost_center_id": id(SALES), "project_id": id(PROJECT)});
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
           "requisition_line": {"requisition_id": id(REQUISITION), "line": 1}, "cost_center_id": id(SALES), "project_id": id(PROJECT)})
}

fn orders() -> Vec<EventSample> {
    let issued = json!({"number": "PO-2026-0007", "vendor_id": id(VENDOR), "lines": [order_line(6)],
                        "expected_on": "2026-03-20", "notes": "Deliver to the back entrance."});
    let amended = json!({"changed": [{"line": 1, "quantity": 8, "unit_price": euros("1199.00"), "project_id": id(PROJECT)}],
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

pub(super) fn of_persons() -> Vec<EventSample> {
    let added = json!({"department_id": id(SALES), "location_id": id(BERLIN)});
    vec![
        sample("person.added", BOB, 1, added),
        sample("person.deactivated", BOB, 2, json!({})),
        sample("person.erased", BOB, 3, json!({})),
    ]
}
