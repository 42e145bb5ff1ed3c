//! The rules about where an asset is in its life: arriving, moving, repairing, losing, leaving.

use super::command::{
    ArriveAsset, CancelAsset, CompleteMaintenance, DisposeAsset, PlaceHold, ReceiveAsset, RecordSanitization,
    RecoverAsset, ReinstateAsset, ReleaseHold, ReportMissing, RetireAsset, ShipAsset, StartMaintenance,
    VoidAsset, WriteOffAsset,
};
use super::decide::happens;
use super::decide_contents::check_empty;
use super::event::{
    AssetArrived, AssetCancelled, AssetDisposed, AssetEvent, AssetHoldPlaced, AssetHoldReleased,
    AssetMaintenanceCompleted, AssetMaintenanceStarted, AssetReceived, AssetRecovered, AssetReinstated,
    AssetReportedMissing, AssetRetired, AssetSanitized, AssetShipped, AssetVoided, AssetWrittenOff,
};
use super::state::Asset;
use crate::desk::Desk;
use crate::outcome::Outcome;
use crate::purchase_order::reject_delivery;
use crate::rejection::Rejection;
use crate::vocabulary::HoldKind;
use crate::world::Stop;

pub(crate) fn receive(desk: &Desk<'_>, body: &ReceiveAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(body.location_id, "/location_id")?;
    Ok(happens(asset, AssetEvent::Received(AssetReceived { location_id: body.location_id })))
}

pub(crate) fn cancel(desk: &Desk<'_>, body: &CancelAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Legal)?;
    check_empty(desk, asset)?;
    let mut events = happens(asset, AssetEvent::Cancelled(AssetCancelled {}));
    if let Some(order_line) = asset.order_line() {
        events.extend(reject_delivery(desk.world, asset.id, order_line)?);
    }
    Ok(events)
}

pub(crate) fn ship(desk: &Desk<'_>, body: &ShipAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(Some(body.destination_id), "/destination_id")?;
    if asset.facts.location_id == Some(body.destination_id) {
        let detail = "the asset is at this location already";
        return Err(Rejection::invalid("/destination_id", "same-location", detail).into());
    }
    let shipped = AssetShipped {
        destination_id: body.destination_id,
        carrier: body.carrier.clone(),
        tracking_number: body.tracking_number.clone(),
    };
    Ok(happens(asset, AssetEvent::Shipped(shipped)))
}

pub(crate) fn arrive(desk: &Desk<'_>, body: &ArriveAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(body.location_id, "/location_id")?;
    Ok(happens(asset, AssetEvent::Arrived(AssetArrived { location_id: body.location_id })))
}

pub(crate) fn start_maintenance(desk: &Desk<'_>, body: &StartMaintenance) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Legal)?;
    desk.world.check_active(body.vendor_id, "/vendor_id")?;
    let started = AssetMaintenanceStarted {
        kind: body.kind,
        from: asset.custodian(),
        vendor_id: body.vendor_id,
        expected_back_on: body.expected_back_on,
        description: body.description.clone(),
    };
    Ok(happens(asset, AssetEvent::MaintenanceStarted(started)))
}

pub(crate) fn complete_maintenance(desk: &Desk<'_>, body: &CompleteMaintenance) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(body.location_id, "/location_id")?;
    let completed = AssetMaintenanceCompleted {
        outcome: body.outcome,
        cost: body.cost,
        condition: body.condition,
        location_id: body.location_id,
    };
    Ok(happens(asset, AssetEvent::MaintenanceCompleted(completed)))
}

pub(crate) fn report_missing(desk: &Desk<'_>, body: &ReportMissing) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    let missing = AssetReportedMissing {
        loss: body.loss,
        from: asset.custodian(),
        report_number: body.report_number.clone(),
    };
    Ok(happens(asset, AssetEvent::ReportedMissing(missing)))
}

pub(crate) fn recover(desk: &Desk<'_>, body: &RecoverAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(Some(body.location_id), "/location_id")?;
    let recovered = AssetRecovered { location_id: body.location_id, condition: body.condition };
    Ok(happens(asset, AssetEvent::Recovered(recovered)))
}

pub(crate) fn write_off(desk: &Desk<'_>, body: &WriteOffAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Legal)?;
    desk.check_reason()?;
    check_empty(desk, asset)?;
    Ok(happens(asset, AssetEvent::WrittenOff(AssetWrittenOff {})))
}

pub(crate) fn place_hold(desk: &Desk<'_>, body: &PlaceHold) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    if asset.holds.contains(&body.hold) {
        let detail = format!("the asset is under {} hold already", body.hold);
        return Err(Rejection::rule("already-held", detail).into());
    }
    let placed = AssetHoldPlaced { hold: body.hold, case_number: body.case_number.clone() };
    Ok(happens(asset, AssetEvent::HoldPlaced(placed)))
}

pub(crate) fn release_hold(desk: &Desk<'_>, body: &ReleaseHold) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    if !asset.holds.contains(&body.hold) {
        let detail = format!("the asset is under no {} hold", body.hold);
        return Err(Rejection::rule("not-held", detail).into());
    }
    Ok(happens(asset, AssetEvent::HoldReleased(AssetHoldReleased { hold: body.hold })))
}

pub(crate) fn retire(desk: &Desk<'_>, body: &RetireAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    check_empty(desk, asset)?;
    Ok(happens(asset, AssetEvent::Retired(AssetRetired { cause: body.cause })))
}

pub(crate) fn reinstate(desk: &Desk<'_>, body: &ReinstateAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(body.location_id, "/location_id")?;
    Ok(happens(asset, AssetEvent::Reinstated(AssetReinstated { location_id: body.location_id })))
}

pub(crate) fn sanitize(desk: &Desk<'_>, body: &RecordSanitization) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Legal)?;
    desk.world.check_active(body.vendor_id, "/vendor_id")?;
    if !asset.facts.data_bearing {
        let detail = "the asset holds no data that could be removed";
        return Err(Rejection::rule("not-data-bearing", detail).into());
    }
    let sanitized = AssetSanitized {
        method: body.method,
        tool: body.tool.clone(),
        certificate_number: body.certificate_number.clone(),
        vendor_id: body.vendor_id,
    };
    Ok(happens(asset, AssetEvent::Sanitized(sanitized)))
}

pub(crate) fn dispose(desk: &Desk<'_>, body: &DisposeAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Legal)?;
    check_sanitized(desk, asset)?;
    check_empty(desk, asset)?;
    desk.world.check_active(body.vendor_id, "/vendor_id")?;
    let disposed = AssetDisposed {
        method: body.method,
        vendor_id: body.vendor_id,
        proceeds: body.proceeds,
        certificate_number: body.certificate_number.clone(),
    };
    Ok(happens(asset, AssetEvent::Disposed(disposed)))
}

pub(crate) fn void(desk: &Desk<'_>, body: &VoidAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Legal)?;
    desk.check_reason()?;
    check_empty(desk, asset)?;
    Ok(happens(asset, AssetEvent::Voided(AssetVoided {})))
}

/// A data-bearing asset leaves only after its data was removed at least as thoroughly as the
/// policy asks (NIST SP 800-88 Rev. 1, §4).
fn check_sanitized(desk: &Desk<'_>, asset: &Asset) -> Result<(), Stop> {
    if !asset.facts.data_bearing {
        return Ok(());
    }
    let required = desk.context.policies.sanitization.required(asset.facts.data_classification);
    let done = asset.sanitization.map(|record| record.method);
    if done.is_some_and(|method| method >= required) {
        return Ok(());
    }
    let found = done
        .map_or("no sanitization is recorded".to_owned(), |method| format!("it was sanitized by {method}"));
    let detail = format!("the asset bears data and must be sanitized by {required} or better; {found}");
    Err(Rejection::rule("not-sanitized", detail).fact("required_method", required.as_str()).into())
}
