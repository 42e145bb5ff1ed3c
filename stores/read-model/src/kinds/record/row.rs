//! The stored form of everything but assets: a version byte and JSON. The domain's own types
//! stand in it where they have a stored form, which is kept for ever anyway.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::audit_campaign::{AuditCampaign, AuditClosed, AuditPlanned, CampaignStage};
use itam_domain::person::{Person, PersonStanding};
use itam_domain::purchase_order::{OrderStage, PurchaseOrder, PurchaseOrderLine, ReceiptProgress};
use itam_domain::requisition::{LineProgress, Requisition, RequisitionLine, RequisitionStage};
use itam_domain::{
    Aggregate, AuditCampaignId, DepartmentId, Event, LocationId, Note, PersonId, PurchaseOrderId,
    RequisitionId, ShortText, VendorId, evolve,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::kinds::audit::record::AuditRecord;
use crate::kinds::record::definition::{PurchaseOrderRecord, Record, RequisitionRecord};
use crate::kinds::revision::Stamp;
use crate::kinds::revision::{Revised, Revision, Settlement};
use crate::store::error::{ReadModelError, Result};

const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct StoredRecord {
    revision: (Stamp, Stamp, u64),
    body: StoredBody,
}

/// A row in two parts, of which only one is set right.
#[derive(Serialize, Deserialize)]
struct Parts {
    revision: Value,
    body: Value,
}

#[derive(Serialize, Deserialize)]
enum StoredBody {
    /// The wire name and data of the event that defined it.
    Defined(Uuid, String, Box<RawValue>),
    Person(PersonId, Option<DepartmentId>, Option<LocationId>, usize),
    Requisition(StoredRequisition),
    PurchaseOrder(StoredPurchaseOrder),
    Audit(StoredAudit),
}

#[derive(Serialize, Deserialize)]
struct StoredRequisition {
    id: RequisitionId,
    requester: String,
    stage: usize,
    lines: BTreeMap<u32, (RequisitionLine, BTreeMap<PurchaseOrderId, u32>)>,
    requested_for: Option<PersonId>,
    justification: Option<Note>,
    received: BTreeMap<u32, u32>,
    settlement: Option<(String, DateTime<Utc>, Option<String>)>,
}

#[derive(Serialize, Deserialize)]
struct StoredAudit {
    id: AuditCampaignId,
    plan: AuditPlanned,
    stage: StoredAuditStage,
    started: Option<Stamp>,
    ended: Option<(String, DateTime<Utc>, Option<String>)>,
}

#[derive(Serialize, Deserialize)]
enum StoredAuditStage {
    Planned,
    Running,
    Closed(AuditClosed),
    Cancelled,
}

#[derive(Serialize, Deserialize)]
struct StoredPurchaseOrder {
    id: PurchaseOrderId,
    number: ShortText,
    vendor_id: VendorId,
    stage: usize,
    lines: BTreeMap<u32, (PurchaseOrderLine, u32)>,
    expected_on: Option<NaiveDate>,
    notes: Option<Note>,
}

const REQUISITION_STAGES: [RequisitionStage; 4] = [
    RequisitionStage::Submitted,
    RequisitionStage::Approved,
    RequisitionStage::Rejected,
    RequisitionStage::Cancelled,
];
const ORDER_STAGES: [OrderStage; 3] = [OrderStage::Issued, OrderStage::Cancelled, OrderStage::Closed];

/// The bytes of a record.
pub(crate) fn encode(record: &Record) -> Result<Vec<u8>> {
    let Revision { created, changed, version } = record.revision();
    let row = StoredRecord { revision: (created, changed, version), body: write(record)? };
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, &row).map_err(|error| damaged(&error))?;
    Ok(bytes)
}

/// The record of some bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record> {
    read_version(bytes).and_then(read_row)
}

/// What says of a row when and how often it was changed, and what it holds.
pub(crate) fn split(bytes: &[u8]) -> Result<(Value, Value)> {
    let row: Parts = read_version(bytes)?;
    Ok((row.revision, row.body))
}

/// The record of what [`split`] gives.
pub(crate) fn join(revision: Value, body: Value) -> Result<Record> {
    let row = serde_json::to_value(Parts { revision, body }).and_then(serde_json::from_value);
    row.map_err(|error| damaged(&error)).and_then(read_row)
}

fn read_version<'a, R: Deserialize<'a>>(bytes: &'a [u8]) -> Result<R> {
    let Some((&VERSION, row)) = bytes.split_first() else {
        return Err(damaged(&"its version is not known"));
    };
    serde_json::from_slice(row).map_err(|error| damaged(&error))
}

fn read_row(row: StoredRecord) -> Result<Record> {
    let (created, changed, version) = row.revision;
    read(row.body, Revision { created, changed, version })
}

fn write(record: &Record) -> Result<StoredBody> {
    Ok(match record {
        Record::Defined(record) => write_defined(&record.item)?,
        Record::Person(record) => {
            let person = &record.item;
            let standing = index_of(PersonStanding::ALL, &person.standing);
            StoredBody::Person(person.id, person.department_id, person.location_id, standing)
        }
        Record::Requisition(record) => StoredBody::Requisition(write_requisition(record)),
        Record::PurchaseOrder(record) => StoredBody::PurchaseOrder(write_order(record)),
        Record::Audit(record) => StoredBody::Audit(write_audit(record)),
    })
}

fn write_defined(item: &Aggregate) -> Result<StoredBody> {
    let definition = item.definition().ok_or_else(|| damaged(&"it is no definition"))?;
    let data = definition.to_json().and_then(RawValue::from_string).map_err(|error| damaged(&error))?;
    Ok(StoredBody::Defined(item.reference().id, definition.event_type().name.to_owned(), data))
}

fn read_defined(id: Uuid, name: &str, data: &RawValue) -> Result<Aggregate> {
    let unknown = || damaged(&format!("there is no event {name}"));
    let event = Event::read(name, data.get()).ok_or_else(unknown)?.map_err(|error| damaged(&error))?;
    evolve(id, None, &event, "").ok_or_else(unknown)
}

fn read(body: StoredBody, revision: Revision) -> Result<Record> {
    Ok(match body {
        StoredBody::Defined(id, name, data) => {
            Record::Defined(Revised { item: read_defined(id, &name, &data)?, revision })
        }
        StoredBody::Person(id, department_id, location_id, standing) => {
            let standing = at(PersonStanding::ALL, standing)?;
            Record::Person(Revised { item: Person { id, department_id, location_id, standing }, revision })
        }
        StoredBody::Requisition(row) => Record::Requisition(read_requisition(row, revision)?),
        StoredBody::PurchaseOrder(row) => Record::PurchaseOrder(read_order(row, revision)?),
        StoredBody::Audit(row) => Record::Audit(read_audit(row, revision)),
    })
}

fn write_requisition(record: &RequisitionRecord) -> StoredRequisition {
    let requisition = &record.requisition;
    let line = |(number, progress): (&u32, &LineProgress)| {
        (*number, (progress.line.clone(), progress.ordered.clone()))
    };
    StoredRequisition {
        id: requisition.id,
        requester: requisition.requester.clone(),
        stage: index_of(&REQUISITION_STAGES, &requisition.stage),
        lines: requisition.lines.iter().map(line).collect(),
        requested_for: requisition.requested_for,
        justification: requisition.justification.clone(),
        received: record.received.clone(),
        settlement: record.settlement.clone().map(|settled| (settled.actor, settled.at, settled.reason)),
    }
}

fn read_requisition(row: StoredRequisition, revision: Revision) -> Result<RequisitionRecord> {
    let lines = row.lines.into_iter();
    let lines = lines.map(|(number, (line, ordered))| (number, LineProgress { line, ordered })).collect();
    let stage = at(&REQUISITION_STAGES, row.stage)?;
    Ok(RequisitionRecord {
        requisition: Requisition {
            id: row.id,
            requester: row.requester,
            requested_for: row.requested_for,
            justification: row.justification,
            stage,
            lines,
        },
        received: row.received,
        settlement: row.settlement.map(|(actor, at, reason)| Settlement { actor, at, reason }),
        revision,
    })
}

fn write_order(record: &PurchaseOrderRecord) -> StoredPurchaseOrder {
    let order = &record.order;
    let line =
        |(number, progress): (&u32, &ReceiptProgress)| (*number, (progress.line.clone(), progress.received));
    StoredPurchaseOrder {
        id: order.id,
        number: order.number.clone(),
        vendor_id: order.vendor_id,
        stage: index_of(&ORDER_STAGES, &order.stage),
        lines: order.lines.iter().map(line).collect(),
        expected_on: order.expected_on,
        notes: order.notes.clone(),
    }
}

fn read_order(row: StoredPurchaseOrder, revision: Revision) -> Result<PurchaseOrderRecord> {
    let lines = row.lines.into_iter();
    let lines =
        lines.map(|(number, (line, received))| (number, ReceiptProgress { line, received })).collect();
    let order = PurchaseOrder {
        id: row.id,
        number: row.number,
        vendor_id: row.vendor_id,
        expected_on: row.expected_on,
        notes: row.notes,
        stage: at(&ORDER_STAGES, row.stage)?,
        lines,
    };
    Ok(PurchaseOrderRecord { order, revision })
}

fn write_audit(record: &AuditRecord) -> StoredAudit {
    let stage = match record.campaign.stage {
        CampaignStage::Planned => StoredAuditStage::Planned,
        CampaignStage::Running => StoredAuditStage::Running,
        CampaignStage::Closed(closed) => StoredAuditStage::Closed(closed),
        CampaignStage::Cancelled => StoredAuditStage::Cancelled,
    };
    StoredAudit {
        id: record.campaign.id,
        plan: record.campaign.plan.clone(),
        stage,
        started: record.started,
        ended: record.ended.clone().map(|ended| (ended.actor, ended.at, ended.reason)),
    }
}

fn read_audit(row: StoredAudit, revision: Revision) -> AuditRecord {
    let stage = match row.stage {
        StoredAuditStage::Planned => CampaignStage::Planned,
        StoredAuditStage::Running => CampaignStage::Running,
        StoredAuditStage::Closed(closed) => CampaignStage::Closed(closed),
        StoredAuditStage::Cancelled => CampaignStage::Cancelled,
    };
    AuditRecord {
        campaign: AuditCampaign { id: row.id, plan: row.plan, stage },
        started: row.started,
        ended: row.ended.map(|(actor, at, reason)| Settlement { actor, at, reason }),
        revision,
    }
}

fn index_of<T: PartialEq>(list: &[T], item: &T) -> usize {
    list.iter().position(|known| known == item).unwrap_or(usize::MAX)
}

fn at<T: Copy>(list: &[T], index: usize) -> Result<T> {
    list.get(index).copied().ok_or_else(|| damaged(&format!("no item {index} in its list")))
}

fn damaged(reason: &dyn std::fmt::Display) -> ReadModelError {
    ReadModelError::Damaged(format!("a record row: {reason}"))
}
