//! Samples of physical audits: the laptop is looked for.

use serde_json::{Value, json};

use super::{AUDIT, BERLIN, EVE, EventSample, FINDING, LAPTOP, STORE, id};

pub(super) fn commands() -> Vec<(&'static str, Value)> {
    let campaign = id(AUDIT);
    vec![
        (
            "plan-audit",
            json!({"name": "Store 2, spring 2026", "scope": {"location_ids": [id(STORE)]},
                   "as_of": "2026-03-01", "lead_id": id(EVE)}),
        ),
        ("start-audit", json!({"campaign_id": campaign})),
        (
            "scan-asset",
            json!({"campaign_id": campaign, "asset": "LT-0042", "location_id": id(BERLIN), "condition": "good",
                   "scanned_by": id(EVE), "effective_time": "2026-03-02T08:00:00Z"}),
        ),
        (
            "resolve-finding",
            json!({"campaign_id": campaign, "finding": {"asset": "LT-0042"}, "resolution": "relocated"}),
        ),
        (
            "waive-finding",
            json!({"campaign_id": campaign, "finding": {"asset": {"serial": "CN0XYZ", "manufacturer": "Dell"}},
                   "reason": "Given to the vendor for repair, see ticket 4711."}),
        ),
        ("close-audit", json!({"campaign_id": campaign, "expected": 120})),
        ("cancel-audit", json!({"campaign_id": campaign, "reason": "The store moves this week."})),
    ]
}

pub(super) fn events() -> Vec<EventSample> {
    let audit = |name, version, data| EventSample { name, aggregate: AUDIT, version, data };
    let finding = |name, version, data| EventSample { name, aggregate: FINDING, version, data };
    let (scope, campaign) = (json!({"location_ids": [id(STORE)]}), id(AUDIT));
    let subject = json!({"asset": id(LAPTOP)});
    vec![
        audit(
            "audit_campaign.planned",
            1,
            json!({"name": "Store 2, spring 2026", "scope": scope, "as_of": "2026-03-01", "lead_id": id(EVE)}),
        ),
        audit("audit_campaign.started", 2, json!({"scope": scope, "as_of": "2026-03-01"})),
        audit(
            "audit_campaign.closed",
            3,
            json!({"expected": 120, "found": 114, "found_elsewhere": 3, "missing": 3, "unexpected": 1}),
        ),
        audit("audit_campaign.cancelled", 3, json!({})),
        finding(
            "audit_finding.scanned",
            1,
            json!({"campaign_id": campaign, "subject": subject, "verdict": "found_elsewhere",
                   "expected_location_id": id(STORE), "location_id": id(BERLIN), "condition": "good",
                   "scanned_by": id(EVE)}),
        ),
        finding(
            "audit_finding.resolved",
            2,
            json!({"campaign_id": campaign, "subject": subject, "verdict": "found_elsewhere",
                   "resolution": "relocated"}),
        ),
        finding(
            "audit_finding.waived",
            2,
            json!({"campaign_id": campaign, "subject": {"tag": "LT-0815"}, "verdict": "unexpected"}),
        ),
    ]
}
