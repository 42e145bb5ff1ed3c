//! Examples of the commands about requisitions, orders and persons.

use serde_json::{Value, json};

use super::asset_events::euros;
use super::other_events::order_line;
use super::{BERLIN, BOB, EVE, LAPTOP_MODEL, ORDER, PROJECT, REQUISITION, SALES, STORE, VENDOR, id};

pub(super) fn samples() -> Vec<(&'static str, Value)> {
    let mut samples = requisitions();
    samples.extend(orders());
    samples.extend(persons());
    samples
}

fn requisitions() -> Vec<(&'static str, Value)> {
    let line = json!({"model_id": id(LAPTOP_MODEL), "quantity": 10, "estimated_unit_price": euros("1300.00"),
                      "needed_by": "2026-04-01", "cost_center_id": id(SALES), "project_id": id(PROJECT)});
    vec![
        (
            "submit-requisition",
            json!({"lines": [line], "requested_for": id(EVE), "justification": "Ten people join."}),
        ),
        ("approve-requisition", json!({"requisition_id": id(REQUISITION)})),
        ("reject-requisition", json!({"requisition_id": id(REQUISITION), "reason": "The budget is spent."})),
        ("cancel-requisition", json!({"requisition_id": id(REQUISITION), "reason": "Not needed any more."})),
    ]
}

fn orders() -> Vec<(&'static str, Value)> {
    vec![
        (
            "issue-purchase-order",
            json!({"number": "PO-2026-0007", "vendor_id": id(VENDOR), "lines": [order_line(6)],
                   "expected_on": "2026-03-20"}),
        ),
        (
            "amend-purchase-order",
            json!({"purchase_order_id": id(ORDER), "changed": [{"line": 1, "quantity": 8}],
                   "expected_on": "2026-03-27"}),
        ),
        (
            "cancel-purchase-order",
            json!({"purchase_order_id": id(ORDER), "reason": "The vendor cannot deliver."}),
        ),
        (
            "receive-delivery",
            json!({"purchase_order_id": id(ORDER), "line": 1, "quantity": 2, "location_id": id(STORE),
                   "costs": {"price": euros("1249.00"), "freight": euros("9.90")},
                   "serials": ["PF3A9X7K", "PF3A9X7L"], "delivery_note": "LS-88123",
                   "warranty_until": "2029-03-01"}),
        ),
        ("close-purchase-order", json!({"purchase_order_id": id(ORDER)})),
    ]
}

fn persons() -> Vec<(&'static str, Value)> {
    vec![
        (
            "add-person",
            json!({"name": "Bob Miller", "email": "bob@example.com", "username": "bob",
                   "employee_number": "1042", "job_title": "Sales representative",
                   "department_id": id(SALES), "location_id": id(BERLIN)}),
        ),
        ("deactivate-person", json!({"person_id": id(BOB)})),
        ("erase-person", json!({"person_id": id(BOB), "reason": "Request under GDPR, art. 17"})),
    ]
}
