//! Examples of the commands about assets.

use serde_json::{Value, json};

use super::asset_events::{bob, euros};
use super::{BERLIN, DOCK_MODEL, EVE, LAPTOP, LAPTOP_MODEL, PROJECT, RECYCLER, SALES, STORE, VENDOR, id};

pub(super) fn samples() -> Vec<(&'static str, Value)> {
    let mut samples = entering();
    samples.extend(custody());
    samples.extend(moving());
    samples.extend(maintenance_and_loss());
    samples.extend(facts());
    samples.extend(leaving());
    samples
}

fn entering() -> Vec<(&'static str, Value)> {
    vec![
        (
            "order-asset",
            json!({"model_id": id(DOCK_MODEL), "costs": {"price": euros("189.00")},
                   "order_number": "W-2026-118", "vendor_id": id(VENDOR), "expected_on": "2026-03-20"}),
        ),
        ("receive-asset", json!({"asset": id(LAPTOP), "location_id": id(STORE)})),
        ("cancel-asset", json!({"asset": id(LAPTOP), "reason": "Sold out at the vendor."})),
        (
            "register-asset",
            json!({"model_id": id(LAPTOP_MODEL), "tag": "LT-0042", "serial": "PF3A9X7K",
                   "name": "nb-sales-042", "ownership": "owned", "condition": "new",
                   "costs": {"price": euros("1249.00"), "freight": euros("9.90")},
                   "acquired_on": "2026-03-02", "warranty_until": "2029-03-01", "location_id": id(STORE),
                   "department_id": id(SALES), "project_id": id(PROJECT), "effective_time": "2026-03-02T08:00:00Z"}),
        ),
        (
            "tag-asset",
            json!({"asset": id(LAPTOP), "tag": "LT-0042", "serial": "PF3A9X7K", "location_id": id(STORE)}),
        ),
    ]
}

fn custody() -> Vec<(&'static str, Value)> {
    vec![
        (
            "reserve-asset",
            json!({"asset": "LT-0042", "reserved_for": {"department": id(SALES)}, "until": "2026-03-31"}),
        ),
        ("release-reservation", json!({"asset": "LT-0042"})),
        (
            "deploy-asset",
            json!({"asset": "LT-0042", "custodian": bob(), "acceptance": "required",
                   "location_id": id(BERLIN)}),
        ),
        ("accept-custody", json!({"asset": "LT-0042"})),
        ("decline-custody", json!({"asset": "LT-0042", "reason": "It never reached me."})),
        (
            "reassign-asset",
            json!({"asset": "LT-0042", "custodian": {"person": id(EVE)}, "due_back_on": "2026-12-31"}),
        ),
        ("return-asset", json!({"asset": "LT-0042", "location_id": id(STORE), "condition": "good"})),
    ]
}

fn moving() -> Vec<(&'static str, Value)> {
    vec![
        (
            "ship-asset",
            json!({"asset": "LT-0042", "destination_id": id(BERLIN), "carrier": "DHL",
                   "tracking_number": "00340434161094000001"}),
        ),
        ("arrive-asset", json!({"asset": "LT-0042"})),
    ]
}

fn maintenance_and_loss() -> Vec<(&'static str, Value)> {
    vec![
        (
            "start-maintenance",
            json!({"asset": "LT-0042", "kind": "repair", "vendor_id": id(VENDOR),
                   "expected_back_on": "2026-03-16", "description": "The hinge is broken."}),
        ),
        (
            "complete-maintenance",
            json!({"asset": "LT-0042", "outcome": "repaired", "cost": euros("89.50"), "condition": "good",
                   "location_id": id(STORE)}),
        ),
        ("report-missing", json!({"asset": "LT-0042", "loss": "stolen", "report_number": "B-2026-03-0815"})),
        ("recover-asset", json!({"asset": "LT-0042", "location_id": id(STORE), "condition": "fair"})),
        ("write-off-asset", json!({"asset": "LT-0042", "reason": "Not found in three months."})),
    ]
}

fn facts() -> Vec<(&'static str, Value)> {
    vec![
        ("verify-asset", json!({"asset": "LT-0042", "location_id": id(BERLIN), "condition": "good"})),
        ("relocate-asset", json!({"asset": "LT-0042", "location_id": id(BERLIN)})),
        ("charge-asset", json!({"asset": "LT-0042", "project_id": id(PROJECT)})),
        ("place-hold", json!({"asset": "LT-0042", "hold": "legal", "case_number": "2026-C-17"})),
        ("release-hold", json!({"asset": "LT-0042", "hold": "legal"})),
        (
            "correct-asset",
            json!({"asset": "LT-0042", "corrections": [{"serial": "PF3A9X7L"}, {"order_number": null}],
                   "reason": "Mistyped at delivery."}),
        ),
    ]
}

fn leaving() -> Vec<(&'static str, Value)> {
    vec![
        ("retire-asset", json!({"asset": "LT-0042", "cause": "end_of_life"})),
        ("reinstate-asset", json!({"asset": "LT-0042", "location_id": id(STORE)})),
        (
            "record-sanitization",
            json!({"asset": "LT-0042", "method": "purge", "tool": "nvme format --ses=2",
                   "certificate_number": "S-2026-0042"}),
        ),
        (
            "dispose-asset",
            json!({"asset": "LT-0042", "method": "recycled", "vendor_id": id(RECYCLER),
                   "certificate_number": "D-2026-0042"}),
        ),
        ("void-asset", json!({"asset": "LT-0042", "reason": "Registered twice."})),
    ]
}
