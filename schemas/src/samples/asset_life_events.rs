//! Samples of an asset's way through its life: custody, maintenance, loss, leaving.

use serde_json::json;

use super::asset_events::{bob, dock, euros, sample};
use super::{BERLIN, EVE, EventSample, RECYCLER, REPAIR_SHOP, SALES, STORE, VENDOR, id};

pub(super) fn samples() -> Vec<EventSample> {
    let mut samples = custody();
    samples.extend(maintenance_and_loss());
    samples.extend(leaving());
    samples
}

fn custody() -> Vec<EventSample> {
    vec![
        sample(
            "asset.reserved",
            3,
            json!({"reserved_for": {"department": id(SALES)}, "until": "2026-03-31"}),
        ),
        sample("asset.reservation_released", 4, json!({})),
        sample(
            "asset.deployed",
            3,
            json!({"custodian": bob(), "acceptance": "required", "location_id": id(BERLIN),
                   "due_back_on": "2026-12-31"}),
        ),
        sample("asset.custody_accepted", 4, json!({})),
        sample("asset.custody_declined", 4, json!({})),
        sample(
            "asset.reassigned",
            5,
            json!({"from": bob(), "to": {"person": id(EVE)}, "acceptance": "not_required",
                   "location_id": id(BERLIN), "due_back_on": "2026-12-31"}),
        ),
        sample("asset.returned", 6, json!({"from": dock(), "location_id": id(STORE), "condition": "good"})),
        sample(
            "asset.shipped",
            7,
            json!({"destination_id": id(BERLIN), "carrier": "DHL", "tracking_number": "00340434161094000001"}),
        ),
        sample("asset.arrived", 8, json!({"location_id": id(BERLIN)})),
    ]
}

fn maintenance_and_loss() -> Vec<EventSample> {
    vec![
        sample(
            "asset.maintenance_started",
            6,
            json!({"kind": "repair", "from": bob(), "vendor_id": id(VENDOR), "expected_back_on": "2026-03-16",
                   "description": "The hinge is broken."}),
        ),
        sample(
            "asset.maintenance_completed",
            7,
            json!({"outcome": "repaired", "cost": euros("89.50"), "condition": "good",
                   "location_id": id(REPAIR_SHOP)}),
        ),
        sample(
            "asset.reported_missing",
            6,
            json!({"loss": "stolen", "from": {"location": id(BERLIN)}, "report_number": "B-2026-03-0815"}),
        ),
        sample("asset.recovered", 7, json!({"location_id": id(STORE), "condition": "fair"})),
        sample("asset.written_off", 7, json!({})),
    ]
}

fn leaving() -> Vec<EventSample> {
    vec![
        sample("asset.retired", 11, json!({"cause": "end_of_life"})),
        sample("asset.reinstated", 12, json!({"location_id": id(STORE)})),
        sample(
            "asset.sanitized",
            12,
            json!({"method": "purge", "tool": "nvme format --ses=2", "certificate_number": "S-2026-0042",
                   "vendor_id": id(RECYCLER)}),
        ),
        sample(
            "asset.disposed",
            13,
            json!({"method": "sold", "vendor_id": id(RECYCLER), "proceeds": euros("120.00"),
                   "certificate_number": "D-2026-0042"}),
        ),
    ]
}
