//! Corrections of persons, requisitions, purchase orders and audits.

use serde_json::{Value, json};

use super::{
    AUDIT, BERLIN, BOB, EVE, EventSample, FINDING, LAPTOP, ORDER, PROJECT, REQUISITION, SALES, STORE, id,
};

pub(super) fn commands() -> Vec<(&'static str, Value)> {
    vec![
        (
            "correct-person",
            json!({"person_id": id(BOB), "corrections": [{"department_id": id(SALES)}, {"location_id": id(BERLIN)}],
                   "effective_time": "2026-02-01T00:00:00Z"}),
        ),
        (
            "correct-requisition",
            json!({"requisition_id": id(REQUISITION), "corrections": [
                {"requested_for": id(EVE)}, {"justification": "Ten people join in May."},
                {"description": {"line": 1, "new": "For the new colleagues"}},
                {"needed_by": {"line": 1, "new": "2026-04-01"}}, {"cost_center_id": {"line": 1, "new": id(SALES)}},
                {"project_id": {"line": 1, "new": id(PROJECT)}},
            ], "reason": "Entered in a hurry."}),
        ),
        (
            "correct-purchase-order",
            json!({"purchase_order_id": id(ORDER), "corrections": [
                {"number": "PO-2026-0007"}, {"expected_on": "2026-03-27"}, {"notes": null},
                {"cost_center_id": {"line": 1, "new": id(SALES)}},
            ], "reason": "Mistyped."}),
        ),
        (
            "correct-audit",
            json!({"campaign_id": id(AUDIT), "corrections": [{"name": "Store 2, spring 2026"}, {"lead_id": id(EVE)}]}),
        ),
        (
            "correct-finding",
            json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-0042"}, "corrections": [
                {"location_id": id(STORE)}, {"condition": "good"}, {"scanned_by": id(BOB)},
            ], "reason": "The door was mistaken for the next."}),
        ),
    ]
}

pub(super) fn events() -> Vec<EventSample> {
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

pub(super) fn later_events() -> Vec<EventSample> {
    let corrected_finding = json!({
        "campaign_id": id(AUDIT), "subject": {"asset": id(LAPTOP)}, "verdict": "found", "changes": [
            {"field": "location", "old": id(BERLIN), "new": id(STORE)},
            {"field": "condition", "old": null, "new": "good"},
            {"field": "scanned_by", "old": id(EVE), "new": id(BOB)},
        ],
    });
    vec![
        sample(
            "requisition.corrected",
            REQUISITION,
            2,
            json!([
                {"field": "requested_for", "old": null, "new": id(EVE)},
                {"field": "justification", "old": "Ten people join.", "new": "Ten people join in May."},
                {"field": "description", "line": 1, "old": null, "new": "For the new colleagues"},
                {"field": "needed_by", "line": 1, "old": "2026-03-01", "new": "2026-04-01"},
                {"field": "cost_center", "line": 1, "old": null, "new": id(SALES)},
                {"field": "project", "line": 1, "old": null, "new": id(PROJECT)},
            ]),
        ),
        sample(
            "audit_campaign.corrected",
            AUDIT,
            2,
            json!([
                {"field": "name", "old": "Store 2, spring 2025", "new": "Store 2, spring 2026"},
                {"field": "lead", "old": null, "new": id(EVE)},
            ]),
        ),
        EventSample {
            name: "audit_finding.corrected",
            aggregate: FINDING,
            version: 2,
            data: corrected_finding,
        },
    ]
}

fn sample(name: &'static str, aggregate: u32, version: u32, changes: Value) -> EventSample {
    EventSample { name, aggregate, version, data: Value::from_iter([("changes", changes)]) }
}
