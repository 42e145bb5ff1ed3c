//! How an event changes a record of master data or procurement. The law is the domain's `evolve`.

use itam_domain::audit_campaign::{AuditCampaign, AuditCampaignEvent};
use itam_domain::person::Person;
use itam_domain::purchase_order::{PurchaseOrder, PurchaseOrderEvent, RequisitionLineRef};
use itam_domain::requisition::{Requisition, RequisitionEvent};
use itam_domain::{
    AggregateState, AuditCampaignId, Envelope, Event, PersonId, PurchaseOrderId, RequisitionId, evolve,
};

use crate::kinds::audit::record::AuditRecord;
use crate::kinds::record::definition::{PurchaseOrderRecord, Record, RequisitionRecord};
use crate::kinds::revision::Stamp;
use crate::kinds::revision::{Revised, Revision, Settlement};

/// The record after an event that is not an asset's; `None` if the thing never came to be.
pub(crate) fn change(record: Option<Record>, envelope: &Envelope, position: u64) -> Option<Record> {
    let revision = revise(record.as_ref(), envelope, position);
    match &envelope.event {
        Event::Asset(_) | Event::AuditFinding(_) => None,
        Event::AuditCampaign(event) => {
            let before = if let Some(Record::Audit(record)) = record { Some(record) } else { None };
            change_audit(before, envelope, event, revision).map(Record::Audit)
        }
        Event::Person(event) => {
            let before = if let Some(Record::Person(record)) = record { Some(record.item) } else { None };
            let item = Person::evolve(PersonId(envelope.aggregate.id), before, event, &envelope.actor)?;
            Some(Record::Person(Revised { item, revision }))
        }
        Event::Requisition(event) => {
            let before = if let Some(Record::Requisition(record)) = record { Some(record) } else { None };
            change_requisition(before, envelope, event, revision).map(Record::Requisition)
        }
        Event::PurchaseOrder(event) => {
            let before = if let Some(Record::PurchaseOrder(record)) = record { Some(record) } else { None };
            change_order(before, envelope, event, revision).map(Record::PurchaseOrder)
        }
        _ => {
            let before = if let Some(Record::Defined(record)) = record { Some(record.item) } else { None };
            let item = evolve(envelope.aggregate.id, before, &envelope.event, &envelope.actor)?;
            item.definition()?;
            Some(Record::Defined(Revised { item, revision }))
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
    if let RequisitionEvent::Submitted(_) = event {
        return Some(RequisitionRecord {
            requisition: Requisition::evolve(id, None, event, &envelope.actor)?,
            received: std::collections::BTreeMap::new(),
            settlement: None,
            revision,
        });
    }
    let mut record = record?;
    record.requisition = Requisition::evolve(id, Some(record.requisition), event, &envelope.actor)?;
    if !matches!(event, RequisitionEvent::Ordered(_) | RequisitionEvent::Corrected(_)) {
        let (actor, at, reason) = (envelope.actor.clone(), envelope.effective_at, envelope.reason.clone());
        record.settlement = Some(Settlement { actor, at, reason });
    }
    record.revision = revision;
    Some(record)
}

fn change_order(
    record: Option<PurchaseOrderRecord>,
    envelope: &Envelope,
    event: &PurchaseOrderEvent,
    revision: Revision,
) -> Option<PurchaseOrderRecord> {
    let (id, actor) = (PurchaseOrderId(envelope.aggregate.id), &envelope.actor);
    let order = PurchaseOrder::evolve(id, record.map(|record| record.order), event, actor)?;
    Some(PurchaseOrderRecord { order, revision })
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
    let campaign = AuditCampaign::evolve(id, campaign, event, &envelope.actor)?;
    let mut record = AuditRecord { campaign, started, ended, revision };
    match event {
        AuditCampaignEvent::Planned(_) | AuditCampaignEvent::Corrected(_) => {}
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
        | PurchaseOrderEvent::Corrected(_)
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
