//! Corrections of persons and purchase orders.

use serde_json::{Value, json};

use super::{BERLIN, BOB, EventSample, ORDER, SALES, STORE, id};

pub(super) fn commands() -> Vec<(&'static str, Value)> {
    vec![
        (
            "correct-person",
            json!({"person_id": id(BOB), "corrections": [{"department_id": id(SALES)}, {"location_id": id(BERLIN)}],
                   "effective_time": "2026-02-01T00:00:00Z"}),
        ),
        (
            "correct-purchase-order",
            json!({"purchase_order_id": id(ORDER), "corrections": [
                {"number": "PO-2026-0007"}, {"expected_on": "2026-03-27"}, {"notes": null},
                {"cost_center_id": {"line": 1, "new": id(SALES)}},
            ], "reason": "Mistyped."}),
        ),
    ]
}

pub(super) fn events() -> Vec<EventSample> {
    let sample = |name, aggregate, version, changes: Value| EventSample {
        name,
        aggregate,
        version,
        data: json!({"changes": changes}),
    };
    vec![
        sample(
            "person.corrected",
            BOB,
            2,
            json!([
                {"field": "department", "old": null, "new": id(SALES)},
                {"field": "location", "old": id(STORE), "new": id(BERLIN)},
            ]),
        ),
        sample(
            "purchase_order.corrected",
            ORDER,
            2,
            json!([
                {"field": "number", "old": "PO-2026-0070", "new": "PO-2026-0007"},
                {"field": "expected_on", "old": null, "new": "2026-03-27"},
                {"field": "notes", "old": "By train", "new": null},
                {"field": "cost_center", "line": 1, "old": null, "new": id(SALES)},
            ]),
        ),
    ]
}
