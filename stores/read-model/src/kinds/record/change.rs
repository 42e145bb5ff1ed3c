//! How an event changes a record of master data or procurement. The law is the domain's `evolve`.

use itam_domain::audit_campaign::AuditCampaignEvent;
use itam_domain::purchase_order::{PurchaseOrderEvent, RequisitionLineRef};
use itam_domain::requisition::RequisitionEvent;
use itam_domain::{
    AuditCampaignId, DepartmentId, Envelope, Event, LocationId, ModelId, PersonId, PurchaseOrderId,
    RequisitionId, VendorId, asset_model, audit_campaign, department, location, person, purchase_order,
    requisition, vendor,
};

use crate::kinds::audit::record::AuditRecord;
use crate::kinds::record::definition::{PurchaseOrderRecord, Record, RequisitionRecord};
use crate::kinds::revision::Stamp;
use crate::kinds::revision::{Revised, Revision, Settlement};

/// The record after an event that is not an asset's; `None` if the thing never came to be.
pub(crate) fn change(record: Option<Record>, envelope: &Envelope, position: u64) -> Option<Record> {
    let id = envelope.aggregate.id;
    let revision = revise(record.as_ref(), envelope, position);
    match &envelope.event {
        Event::Asset(_) | Event::AuditFinding(_) => None,
        Event::AuditCampaign(event) => {
            let before = if let Some(Record::Audit(record)) = record { Some(record) } else { None };
            change_audit(before, envelope, event, revision).map(Record::Audit)
        }
        Event::AssetModel(event) => {
            Some(Record::Model(Revised { item: asset_model::evolve(ModelId(id), event), revision }))
        }
        Event::Location(event) => {
            Some(Record::Location(Revised { item: location::evolve(LocationId(id), event), revision }))
        }
        Event::Vendor(event) => {
            Some(Record::Vendor(Revised { item: vendor::evolve(VendorId(id), event), revision }))
        }
        Event::Department(event) => {
            Some(Record::Department(Revised { item: department::evolve(DepartmentId(id), event), revision }))
        }
        Event::Person(event) => {
            let before = if let Some(Record::Person(record)) = record { Some(record.item) } else { None };
            let item = person::evolve(PersonId(id), before, event)?;
            Some(Record::Person(Revised { item, revision }))
        }
        Event::Requisition(event) => {
            let before = if let Some(Record::Requisition(record)) = record { Some(record) } else { None };
            change_requisition(before, envelope, event, revision).map(Record::Requisition)
        }
        Event::PurchaseOrder(event) => {
            let before = if let Some(Record::PurchaseOrder(record)) = record { Some(record) } else { None };
            change_order(before, PurchaseOrderId(id), event, revision).map(Record::PurchaseOrder)
        }
    }
}

fn revise(record: Option<&Record>, envelope: &Envelope, position: u64) -> Revision {
    let changed = Stamp { effective_at: envelope.effective_at, recorded_at: envelope.recorded_at, position };
    let created = record.map_or(changed, |record| record.revision().created);
    Revision { created, changed, version: envelope.aggregate_version }
}

fn change_requisition(
    record: Option<RequisitionRecord>,
    envelope: &Envelope,
    event: &RequisitionEvent,
    revision: Revision,
) -> Option<RequisitionRecord> {
    let id = RequisitionId(envelope.aggregate.id);
    if let RequisitionEvent::Submitted(data) = event {
        return Some(RequisitionRecord {
            requisition: requisition::evolve(id, None, event, &envelope.actor)?,
            justification: data.justification.clone(),
            received: std::collections::BTreeMap::new(),
            settlement: None,
            revision,
        });
    }
    let mut record = record?;
    record.requisition = requisition::evolve(id, Some(record.requisition), event, &envelope.actor)?;
    if !matches!(event, RequisitionEvent::Ordered(_)) {
        let (actor, at, reason) = (envelope.actor.clone(), envelope.effective_at, envelope.reason.clone());
        record.settlement = Some(Settlement { actor, at, reason });
    }
    record.revision = revision;
    Some(record)
}

fn change_order(
    record: Option<PurchaseOrderRecord>,
    id: PurchaseOrderId,
    event: &PurchaseOrderEvent,
    revision: Revision,
) -> Option<PurchaseOrderRecord> {
    if let PurchaseOrderEvent::Issued(data) = event {
        let order = purchase_order::evolve(id, None, event)?;
        let (expected_on, notes) = (data.expected_on, data.notes.clone());
        return Some(PurchaseOrderRecord { order, expected_on, notes, revision });
    }
    let mut record = record?;
    record.order = purchase_order::evolve(id, Some(record.order), event)?;
    if let PurchaseOrderEvent::Amended(data) = event {
        record.expected_on = data.expected_on.or(record.expected_on);
    }
    record.revision = revision;
    Some(record)
}

fn change_audit(
    record: Option<AuditRecord>,
    envelope: &Envelope,
    event: &AuditCampaignEvent,
    revision: Revision,
) -> Option<AuditRecord> {
    let id = AuditCampaignId(envelope.aggregate.id);
    let (campaign, started, ended) =
        record.map_or((None, None, None), |record| (Some(record.campaign), record.started, record.ended));
    let campaign = audit_campaign::evolve(id, campaign, event)?;
    let mut record = AuditRecord { campaign, started, ended, revision };
    match event {
        AuditCampaignEvent::Planned(_) => {}
        AuditCampaignEvent::Started(_) => record.started = Some(revision.changed),
        AuditCampaignEvent::Closed(_) | AuditCampaignEvent::Cancelled(_) => {
            let (actor, reason) = (envelope.actor.clone(), envelope.reason.clone());
            record.ended = Some(Settlement { actor, at: envelope.effective_at, reason });
        }
    }
    Some(record)
}

/// The requisition line of which pieces arrived or went back, with how many.
pub(crate) fn receipt(
    order: &PurchaseOrderRecord,
    event: &PurchaseOrderEvent,
) -> Option<(RequisitionLineRef, i64)> {
    let (line, pieces) = match event {
        PurchaseOrderEvent::DeliveryReceived(data) => (data.line, i64::from(data.quantity)),
        PurchaseOrderEvent::DeliveryRejected(data) => (data.line, -1),
        PurchaseOrderEvent::Issued(_)
        | PurchaseOrderEvent::Amended(_)
        | PurchaseOrderEvent::Cancelled(_)
        | PurchaseOrderEvent::Closed(_) => return None,
    };
    Some((order.order.lines.get(&line)?.line.requisition_line?, pieces))
}

/// Books pieces on a requisition's line.
pub(crate) fn book_receipt(record: &mut RequisitionRecord, line: u32, pieces: i64) {
    let booked = record.received.entry(line).or_insert(0);
    let sum = (i64::from(*booked) + pieces).max(0);
    *booked = u32::try_from(sum).unwrap_or(u32::MAX);
}
