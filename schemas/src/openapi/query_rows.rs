//! The schemas of what queries are answered with.
//!
//! Written by hand, because the query service only ever writes its rows; facts and definitions are
//! those of the events. Rows are closed, so that system tests which validate real answers see a
//! member that is not described here.

use itam_domain::AggregateKind;
use itam_domain::vocabulary::AssetState;
use itam_query_service::MASTER_TABLES;
use itam_read_model::{PurchaseOrderStatus, RequisitionStatus};
use serde_json::{Value, json};

use super::row_parts::{count, day, defined_title, instant, line, part, row, text, uuid, with_revision};
use super::{campaign_rows, projection_rows, query_reports, record_totals};
use crate::events::event_schemas;
use crate::reference::reference;
use crate::samples::defined_event;

/// Every schema, beside those of the events.
pub(super) fn schemas() -> Vec<Value> {
    let mut schemas = vec![
        schemars::schema_for!(AssetState).to_value(),
        stamp(),
        row("Asset", "An asset.", Some("AssetFacts"), &asset_members(), &ASSET_REQUIRED),
        worklist_item(),
    ];
    schemas.extend(MASTER_TABLES.iter().map(|table| defined(table.kind)));
    schemas.extend([person(), requisition(), purchase_order()]);
    schemas.extend(campaign_rows::schemas());
    schemas.extend(record_totals::schemas());
    schemas.extend(query_reports::history_event());
    schemas.extend(query_reports::event_line());
    schemas.extend([query_reports::inventory_summary(), query_reports::status()]);
    schemas.extend(projection_rows::rows());
    schemas
}

const ASSET_REQUIRED: [&str; 5] = ["id", "version", "state", "registered", "changed"];

fn stamp() -> Value {
    let members = json!({
        "effective_time": instant("When it happened in the world."),
        "recorded_time": instant("When it was recorded."),
        "position": count("Its position in the log."),
    });
    let required = ["effective_time", "recorded_time", "position"];
    row("Stamp", "The place of an event in time and in the log.", None, &members, &required)
}

fn asset_members() -> Value {
    let mut members = json!({
        "id": uuid("The asset's id."),
        "version": count("How many events it has: what If-Match takes."),
        "state": reference("AssetState"),
        "model_name": text("The model's name."),
        "location_name": text("The location's name."),
        "department_name": text("The department's name."),
        "project_name": text("The project's name."),
        "vendor_name": text("The vendor's name."),
        "acquisition_cost": {"type": "array", "items": reference("Money"),
                             "description": "The sum of the costs, one for each currency."},
        "custodian": reference("Custodian"),
        "custodian_name": text("What the custodian is called."),
        "expected_on": day("When it should arrive, if it is on order."),
        "verified_at": instant("When it was last seen."),
        "registered": reference("Stamp"),
        "changed": reference("Stamp"),
    });
    for (name, schema) in asset_parts().as_object().into_iter().flatten() {
        members[name] = schema.clone();
    }
    members
}

fn asset_parts() -> Value {
    let acceptances = json!({"enum": ["not_required", "pending", "accepted", "declined"]});
    let number = text("The number of the case, report or certificate.");
    let since = instant("Since when.");
    let vendor = uuid("The vendor.");
    json!({
        "custody": part(&json!({"since": since, "acceptance": acceptances, "due_back_on": day("When it is due back.")}),
                        &["acceptance"]),
        "holds": {"type": "array", "items": part(
            &json!({"kind": reference("HoldKind"), "since": since, "case_number": number}), &["kind", "since"])},
        "reservation": part(&json!({"reserved_for": reference("Custodian"), "reserved_for_name": text("Her name."),
                                    "since": since, "until": day("The last day.")}), &["reserved_for"]),
        "transit": part(&json!({"origin_state": reference("AssetState"), "destination_id": uuid("Whereto."),
                                "destination_name": text("Its name."), "since": since,
                                "carrier": text("Who carries it."), "tracking_number": number}),
                        &["origin_state", "destination_id", "since"]),
        "maintenance": part(&json!({"kind": reference("MaintenanceKind"), "since": since,
                                    "from": reference("Custodian"), "vendor_id": vendor,
                                    "expected_back_on": day("When it should be back."),
                                    "description": text("What is wrong or planned.")}), &["kind", "since"]),
        "loss": part(&json!({"kind": reference("LossKind"), "since": since,
                             "last_custodian": reference("Custodian"), "report_number": number}),
                     &["kind", "since"]),
        "retirement": part(&json!({"cause": reference("RetirementCause"), "since": since}), &["cause", "since"]),
        "disposal": part(&json!({"since": since, "method": reference("DisposalMethod"), "vendor_id": vendor,
                                 "proceeds": reference("Money"), "certificate_number": number}), &["since"]),
        "sanitization": part(&json!({"method": reference("SanitizationMethod"), "since": since,
                                     "tool": text("The tool."), "certificate_number": number,
                                     "vendor_id": vendor}), &["method", "since"]),
    })
}

fn worklist_item() -> Value {
    let mut members = asset_members();
    members["days"] = json!({"type": "integer",
                             "description": "For how many days it is overdue, out, missing, waiting or unseen."});
    let mut required = ASSET_REQUIRED.to_vec();
    required.push("days");
    row("WorklistItem", "An asset that somebody has to see to.", Some("AssetFacts"), &members, &required)
}

const REVISED: [&str; 4] = ["id", "version", "created", "changed"];

fn defined(kind: AggregateKind) -> Value {
    let members = with_revision(json!({"parent_name": text("The name of what it is a part of.")}));
    let event = defined_event(kind);
    let mut schemas = event_schemas().into_iter().filter(|(found, _)| *found == event);
    let definition = schemas.next().and_then(|(_, schema)| schema["title"].as_str().map(str::to_owned));
    row(&defined_title(kind), &format!("A {}.", kind.noun()), definition.as_deref(), &members, &REVISED)
}

fn person() -> Value {
    let members = with_revision(json!({
        "standing": {"enum": ["active", "inactive", "erased"]},
        "name": text("Her name, from the person vault; none once she is erased."),
        "email": text("Her mail address, for roles that may see it."),
        "username": text("Her user name, for roles that may see it."),
        "employee_number": text("Her employee number, for roles that may see it."),
        "job_title": text("What she does, for roles that may see it."),
        "department_id": uuid("The department she belongs to."),
        "department_name": text("Its name."),
        "location_id": uuid("Where she works."),
        "location_name": text("Its name."),
    }));
    row("Person", "A person.", None, &members, &["id", "version", "created", "changed", "standing"])
}

fn requisition() -> Value {
    let stages: Vec<_> = RequisitionStatus::ALL.iter().map(|stage| stage.as_str()).collect();
    let line = line(
        "RequisitionLine",
        &json!({
            "line": count("Its number, from 1."),
            "model_name": text("The model's name."),
            "ordered": count("How many pieces are ordered."),
            "received": count("How many pieces arrived."),
            "ordered_by": {"type": "object", "additionalProperties": {"type": "integer"},
                           "description": "How many pieces each purchase order takes."},
        }),
        &["line", "ordered", "received"],
    );
    let settlement = part(
        &json!({"actor": text("Who settled it."), "actor_name": text("Her name."),
                                  "effective_time": instant("When."), "reason": text("Why.")}),
        &["actor", "effective_time"],
    );
    let members = with_revision(json!({
        "stage": {"enum": stages},
        "age_days": count("How many days ago it was submitted."),
        "requester": text("Who submitted it."),
        "requester_name": text("Her name."),
        "requested_for": uuid("For whom."),
        "requested_for_name": text("Her name."),
        "justification": text("Why it is needed."),
        "lines": {"type": "array", "items": line},
        "settlement": settlement,
    }));
    let required = ["id", "version", "created", "changed", "stage", "age_days", "requester", "lines"];
    row("Requisition", "A requisition.", None, &members, &required)
}

fn purchase_order() -> Value {
    let stages: Vec<_> = PurchaseOrderStatus::ALL.iter().map(|stage| stage.as_str()).collect();
    let line = line(
        "PurchaseOrderLine",
        &json!({
            "line": count("Its number, from 1."),
            "model_name": text("The model's name."),
            "received": count("How many pieces arrived."),
            "open": count("How many pieces are awaited."),
        }),
        &["line", "received", "open"],
    );
    let members = with_revision(json!({
        "number": text("Its number."),
        "stage": {"enum": stages},
        "vendor_id": uuid("From whom."),
        "vendor_name": text("The vendor's name."),
        "expected_on": day("When it should arrive."),
        "open": count("Pieces awaited, of all lines."),
        "lines": {"type": "array", "items": line},
        "notes": text("Anything else."),
    }));
    let required = ["id", "version", "created", "changed", "number", "stage", "vendor_id", "open", "lines"];
    row("PurchaseOrder", "A purchase order.", None, &members, &required)
}
