//! How an event changes an asset's record.
//!
//! The law is the domain's `evolve`. What stands here is only what the register shows beside it:
//! since when, why, by whose hand.

use chrono::{DateTime, Utc};
use itam_domain::asset::{Asset, AssetEvent, Custodian, Stage};
use itam_domain::{AggregateState, AssetId, Envelope};

use crate::kinds::asset::record::{
    AssetRecord, Disposal, Hold, Loss, Maintenance, Retirement, SanitizationRecord, Transit,
};
use crate::kinds::revision::Stamp;

/// The record after `event`; `None` if the asset never entered the register.
pub(crate) fn change(
    record: Option<AssetRecord>,
    envelope: &Envelope,
    event: &AssetEvent,
    position: u64,
) -> Option<AssetRecord> {
    let id = AssetId(envelope.aggregate.id);
    let stamp = Stamp { effective_at: envelope.effective_at, recorded_at: envelope.recorded_at, position };
    let mut record = match record {
        None => enter(Asset::evolve(id, None, event, &envelope.actor)?, stamp),
        Some(mut record) => {
            record.asset = Asset::evolve(id, Some(record.asset), event, &envelope.actor)?;
            record
        }
    };
    annotate(&mut record, event, stamp.effective_at);
    forget(&mut record);
    record.changed = stamp;
    record.version = envelope.aggregate_version;
    Some(record)
}

fn enter(asset: Asset, stamp: Stamp) -> AssetRecord {
    AssetRecord {
        asset,
        custody_since: None,
        reserved_since: None,
        expected_on: None,
        holds: Vec::new(),
        transit: None,
        maintenance: None,
        loss: None,
        retirement: None,
        disposal: None,
        sanitized: None,
        verified_at: None,
        registered: stamp,
        changed: stamp,
        version: 0,
    }
}

fn annotate(record: &mut AssetRecord, event: &AssetEvent, since: DateTime<Utc>) {
    match event {
        AssetEvent::Ordered(data) => record.expected_on = data.expected_on,
        AssetEvent::Reserved(_) => record.reserved_since = Some(since),
        AssetEvent::Deployed(_) | AssetEvent::Reassigned(_) => record.custody_since = Some(since),
        AssetEvent::Verified(_) => record.verified_at = Some(since),
        AssetEvent::HoldPlaced(data) => {
            record.holds.retain(|hold| hold.kind != data.hold);
            record.holds.push(Hold { kind: data.hold, since, case_number: data.case_number.clone() });
        }
        AssetEvent::Shipped(data) => {
            let (carrier, tracking_number) = (data.carrier.clone(), data.tracking_number.clone());
            record.transit = Some(Box::new(Transit { since, carrier, tracking_number }));
        }
        AssetEvent::MaintenanceStarted(_)
        | AssetEvent::ReportedMissing(_)
        | AssetEvent::WrittenOff(_)
        | AssetEvent::Retired(_)
        | AssetEvent::Sanitized(_)
        | AssetEvent::Disposed(_) => annotate_life(record, event, since),
        AssetEvent::Delivered(_)
        | AssetEvent::Registered(_)
        | AssetEvent::Received(_)
        | AssetEvent::Cancelled(_)
        | AssetEvent::Tagged(_)
        | AssetEvent::ReservationReleased(_)
        | AssetEvent::CustodyAccepted(_)
        | AssetEvent::CustodyDeclined(_)
        | AssetEvent::Returned(_)
        | AssetEvent::Arrived(_)
        | AssetEvent::MaintenanceCompleted(_)
        | AssetEvent::Recovered(_)
        | AssetEvent::Relocated(_)
        | AssetEvent::Charged(_)
        | AssetEvent::HoldReleased(_)
        | AssetEvent::Corrected(_)
        | AssetEvent::Reinstated(_)
        | AssetEvent::Voided(_) => {}
    }
}

fn annotate_life(record: &mut AssetRecord, event: &AssetEvent, since: DateTime<Utc>) {
    if let AssetEvent::MaintenanceStarted(data) = event {
        record.maintenance = Some(Box::new(Maintenance {
            kind: data.kind,
            since,
            from: data.from,
            vendor_id: data.vendor_id,
            expected_back_on: data.expected_back_on,
            description: data.description.clone(),
        }));
    }
    if let AssetEvent::ReportedMissing(data) = event {
        let report_number = data.report_number.clone();
        record.loss =
            Some(Box::new(Loss { kind: data.loss, since, last_custodian: data.from, report_number }));
    }
    if let AssetEvent::Retired(data) = event {
        record.retirement = Some(Box::new(Retirement { cause: data.cause, since }));
    }
    if let AssetEvent::Sanitized(data) = event {
        record.sanitized = Some(Box::new(SanitizationRecord {
            method: data.method,
            since,
            tool: data.tool.clone(),
            certificate_number: data.certificate_number.clone(),
            vendor_id: data.vendor_id,
        }));
    }
    if let AssetEvent::WrittenOff(_) = event {
        let written_off =
            Disposal { since, method: None, vendor_id: None, proceeds: None, certificate_number: None };
        record.disposal = Some(Box::new(written_off));
    }
    if let AssetEvent::Disposed(data) = event {
        record.disposal = Some(Box::new(Disposal {
            since,
            method: Some(data.method),
            vendor_id: data.vendor_id,
            proceeds: data.proceeds,
            certificate_number: data.certificate_number.clone(),
        }));
    }
}

/// Drops what belonged to a stage that is over, so that the record never contradicts the domain.
fn forget(record: &mut AssetRecord) {
    let is_ended = matches!(record.asset.stage, Stage::Disposed);
    let (is_in_maintenance, is_missing, is_retired) = match record.settled_stage() {
        Stage::InMaintenance => (true, false, false),
        Stage::Missing => (false, true, false),
        Stage::Retired => (false, false, true),
        Stage::OnOrder
        | Stage::Received
        | Stage::InStock
        | Stage::Deployed(_)
        | Stage::InTransit { .. }
        | Stage::Disposed
        | Stage::Voided
        | Stage::Cancelled => (false, false, false),
    };
    record.maintenance = record.maintenance.take().filter(|_| is_in_maintenance);
    record.loss = record.loss.take().filter(|_| is_missing || is_ended);
    record.retirement = record.retirement.take().filter(|_| is_retired || is_ended);
    if !matches!(record.asset.stage, Stage::InTransit { .. }) {
        record.transit = None;
    }
    if !matches!(record.asset.stage, Stage::Deployed(_)) {
        record.custody_since = None;
    }
    if !matches!(record.asset.stage, Stage::OnOrder) {
        record.expected_on = None;
    }
    if record.asset.reservation.is_none() {
        record.reserved_since = None;
    }
    if record.asset.sanitization.is_none() {
        record.sanitized = None;
    }
    let holds = &record.asset.holds;
    record.holds.retain(|hold| holds.contains(&hold.kind));
}

/// Whose timelines an event stands in beside the asset's own, given who had it before.
pub(crate) fn concerned(event: &AssetEvent, before: Option<Custodian>) -> [Option<Custodian>; 2] {
    match event {
        AssetEvent::Reserved(data) => [Some(data.reserved_for), None],
        AssetEvent::Deployed(data) => [Some(data.custodian), None],
        AssetEvent::Reassigned(data) if data.from == data.to => [Some(data.to), None],
        AssetEvent::Reassigned(data) => [Some(data.from), Some(data.to)],
        AssetEvent::Returned(data) => [Some(data.from), None],
        AssetEvent::MaintenanceStarted(data) => [data.from, None],
        AssetEvent::ReportedMissing(data) => [data.from, None],
        AssetEvent::CustodyAccepted(_) | AssetEvent::CustodyDeclined(_) => [before, None],
        AssetEvent::Ordered(_)
        | AssetEvent::Delivered(_)
        | AssetEvent::Registered(_)
        | AssetEvent::Received(_)
        | AssetEvent::Cancelled(_)
        | AssetEvent::Tagged(_)
        | AssetEvent::ReservationReleased(_)
        | AssetEvent::Shipped(_)
        | AssetEvent::Arrived(_)
        | AssetEvent::MaintenanceCompleted(_)
        | AssetEvent::Recovered(_)
        | AssetEvent::WrittenOff(_)
        | AssetEvent::Verified(_)
        | AssetEvent::Relocated(_)
        | AssetEvent::Charged(_)
        | AssetEvent::HoldPlaced(_)
        | AssetEvent::HoldReleased(_)
        | AssetEvent::Corrected(_)
        | AssetEvent::Retired(_)
        | AssetEvent::Reinstated(_)
        | AssetEvent::Sanitized(_)
        | AssetEvent::Disposed(_)
        | AssetEvent::Voided(_) => [None, None],
    }
}
