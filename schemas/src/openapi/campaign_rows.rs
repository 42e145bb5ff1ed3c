//! Physical audits and their findings as queries answer them: schemas, examples, filters.

use itam_domain::vocabulary::AuditVerdict;
use itam_read_model::AuditStatus;
use serde_json::{Value, json};

use super::example_parts::{defined, stamp, stored, with};
use super::query_parameters::{id, word, words};
use super::row_parts::{count, day, instant, part, row, text, uuid, with_revision};
use crate::reference::reference;

/// Both schemas.
pub(super) fn schemas() -> [Value; 2] {
    [audit(), finding()]
}

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

fn share(description: &str) -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1, "description": description})
}

fn costs(description: &str) -> Value {
    json!({"type": "array", "items": reference("Money"), "description": description})
}

fn audit() -> Value {
    let stages: Vec<_> = AuditStatus::ALL.iter().map(|stage| stage.as_str()).collect();
    let ended = part(
        &json!({"actor": text("Who ended it."), "actor_name": text("Her name."),
                "effective_time": instant("When."), "reason": text("Why.")}),
        &["actor", "effective_time"],
    );
    let counted = ["expected", "found", "found_elsewhere", "missing", "unexpected", "unresolved"];
    let counts = part(
        &json!({
            "expected": count("Assets that were expected when it started; close-audit states this number."),
            "found": count("Expected, and found where they were expected."),
            "found_elsewhere": count("Expected, and found at another location."),
            "missing": count("Expected, and not found."),
            "unexpected": count("Found, and not expected."),
            "unresolved": count("Findings that are left to settle."),
        }),
        &counted,
    );
    let members = with_revision(json!({
        "name": text("What it is called."),
        "stage": {"enum": stages},
        "scope": reference("AuditScope"),
        "as_of": day("The day whose end the count is held against, if not the moment of the start."),
        "lead_id": uuid("Who leads it."),
        "lead_name": text("Her name."),
        "started": reference("Stamp"),
        "ended": ended,
        "counts": counts,
        "accuracy": share("The share of what was expected that was found where it was expected."),
        "shrinkage": share("The share of what was expected that is missing."),
        "expected_cost": costs("What the expected assets cost to acquire."),
        "missing_cost": costs("What the missing ones of them cost."),
        "result": reference("AuditClosed"),
        "is_contradicted": {"type": "boolean", "description": "Whether the result that was stated is not what \
                                                               was counted."},
    }));
    let own = ["name", "stage", "scope", "counts", "expected_cost", "missing_cost"];
    let required = [&["id", "version", "created", "changed"][..], &own].concat();
    row("Audit", "A physical audit.", None, &members, &required)
}

fn finding() -> Value {
    let actor = json!({"effective_time": instant("When."), "position": count("The position of the event."),
                       "actor": text("Who sent it."), "actor_name": text("Her name.")});
    let scan = json!({
        "scanned_by": uuid("Who saw it, if not the actor."),
        "scanned_by_name": text("Her name."),
        "location_id": uuid("Where it was seen."),
        "location_name": text("Its name."),
        "condition": reference("Condition"),
    });
    let settlement = json!({"resolution": reference("FindingResolution"), "reason": text("Why.")});
    let required = ["effective_time", "position", "actor"];
    let members = json!({
        "id": uuid("Which finding."),
        "verdict": reference("AuditVerdict"),
        "status": {"enum": ["open", "settled"], "description": "Whether something is left to do about it."},
        "asset_id": uuid("The asset, unless it is about a label that nothing bore."),
        "tag": text("The tag that the asset bears now, or that was scanned."),
        "serial": text("The serial number that the asset bears now, or that was scanned."),
        "manufacturer": text("The maker."),
        "asset_name": text("What the asset is called."),
        "model_name": text("The model's name."),
        "state": {"type": "string", "description": "Where the asset is in its life now."},
        "expected_location_id": uuid("Where it was expected."),
        "expected_location_name": text("Its name."),
        "acquisition_cost": costs("What an expected asset cost to acquire."),
        "scan": part(&with(actor.clone(), &scan), &required),
        "settlement": part(&with(actor, &settlement), &required),
    });
    row("AuditFinding", "What an audit found about one thing.", None, &members, &["id", "verdict", "status"])
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
