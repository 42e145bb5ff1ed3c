//! Physical audits and their findings as queries answer them: examples, filters.

use itam_domain::vocabulary::AuditVerdict;
use serde_json::{Value, json};

use super::example_parts::{defined, stamp, stored, with};
use super::query_parameters::{id, word, words};

/// The filters of an audit's findings.
pub(super) fn finding_filters() -> Vec<Value> {
    vec![
        words(
            "verdict",
            "Any of these.",
            &AuditVerdict::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>(),
        ),
        word("status", "Only those that are left to settle, or only the others.", &["open", "settled"]),
        id("location_id", "Only what was seen here or, if it was not seen, expected here."),
    ]
}

/// The example of an audit.
pub(super) fn campaign_example() -> Value {
    let own = json!({
        "stage": "running", "lead_name": "Eve Smith", "started": stamp(),
        "counts": {"expected": 120, "found": 114, "found_elsewhere": 3, "missing": 3, "unexpected": 1,
                   "unresolved": 7},
        "accuracy": 0.95, "shrinkage": 0.025,
        "expected_cost": [{"amount": "149880.00", "currency": "EUR"}],
        "missing_cost": [{"amount": "3747.00", "currency": "EUR"}],
    });
    with(defined("audit_campaign.planned"), &own)
}

/// The example of a finding.
pub(super) fn finding_example() -> Value {
    let scanned = stored("audit_finding.scanned");
    let data = &scanned["data"];
    json!({
        "id": "019a5c3e-8000-7000-8000-000000000502", "verdict": "found_elsewhere", "status": "open",
        "asset_id": data["subject"]["asset"], "tag": "LT-0042", "serial": "PF3A9X7K", "manufacturer": "Lenovo",
        "model_name": "ThinkPad T14 Gen 5", "state": "deployed",
        "expected_location_id": data["expected_location_id"], "expected_location_name": "Store 2",
        "acquisition_cost": [{"amount": "1258.90", "currency": "EUR"}],
        "scan": {"effective_time": "2026-03-02T08:00:00.000Z", "position": 4711, "actor": scanned["actor"],
                 "location_id": data["location_id"], "location_name": "Berlin", "condition": "good"},
    })
}
