//! The rules of custody: reserving, handing over, confirming, taking back.

use chrono::NaiveDate;

use super::command::{
    AcceptCustody, DeclineCustody, DeployAsset, ReassignAsset, ReleaseReservation, ReserveAsset, ReturnAsset,
};
use super::decide::happens;
use super::event::{
    AssetCustodyAccepted, AssetCustodyDeclined, AssetDeployed, AssetEvent, AssetReassigned,
    AssetReservationReleased, AssetReserved, AssetReturned,
};
use super::facts::Custodian;
use super::state::{Acceptance, Asset, Custody, Stage};
use crate::aggregate::AggregateState;
use crate::desk::Desk;
use crate::master::LocationId;
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::vocabulary::{AcceptanceRule, HoldKind};
use crate::world::Stop;

pub(crate) fn reserve(desk: &Desk<'_>, body: &ReserveAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Quarantine)?;
    let reserved_for = desk.custodian(&body.reserved_for, asset, "/reserved_for")?;
    check_not_past(desk, body.until, "/until")?;
    if let Some(reservation) = in_force(desk, asset)
        && reservation != reserved_for
    {
        return Err(reserved_for_another(reservation).into());
    }
    Ok(happens(asset, AssetEvent::Reserved(AssetReserved { reserved_for, until: body.until })))
}

pub(crate) fn release_reservation(desk: &Desk<'_>, body: &ReleaseReservation) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    if asset.reservation.is_none() {
        return Err(Rejection::rule("not-reserved", "the asset is not reserved").into());
    }
    Ok(happens(asset, AssetEvent::ReservationReleased(AssetReservationReleased {})))
}

pub(crate) fn deploy(desk: &Desk<'_>, body: &DeployAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Quarantine)?;
    let custodian = desk.custodian(&body.custodian, asset, "/custodian")?;
    if let Some(reservation) = in_force(desk, asset)
        && reservation != custodian
    {
        return Err(reserved_for_another(reservation).into());
    }
    let location_id = place(desk, body.location_id, asset, custodian)?;
    check_not_past(desk, body.due_back_on, "/due_back_on")?;
    let deployed = AssetDeployed {
        custodian,
        acceptance: body.acceptance.unwrap_or(AcceptanceRule::NotRequired),
        location_id,
        due_back_on: body.due_back_on,
    };
    Ok(happens(asset, AssetEvent::Deployed(deployed)))
}

pub(crate) fn accept(desk: &Desk<'_>, body: &AcceptCustody) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    check_pending(custody(desk, asset)?)?;
    Ok(happens(asset, AssetEvent::CustodyAccepted(AssetCustodyAccepted {})))
}

pub(crate) fn decline(desk: &Desk<'_>, body: &DeclineCustody) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    check_pending(custody(desk, asset)?)?;
    Ok(happens(asset, AssetEvent::CustodyDeclined(AssetCustodyDeclined {})))
}

pub(crate) fn reassign(desk: &Desk<'_>, body: &ReassignAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.check_not_held(asset, HoldKind::Quarantine)?;
    let from = custody(desk, asset)?.custodian;
    let to = desk.custodian(&body.custodian, asset, "/custodian")?;
    if from == to {
        let detail = "the asset is in this custodian's custody already";
        return Err(Rejection::invalid("/custodian", "same-custodian", detail).into());
    }
    let location_id = place(desk, body.location_id, asset, to)?;
    check_not_past(desk, body.due_back_on, "/due_back_on")?;
    let reassigned = AssetReassigned {
        from,
        to,
        acceptance: body.acceptance.unwrap_or(AcceptanceRule::NotRequired),
        location_id,
        due_back_on: body.due_back_on,
    };
    Ok(happens(asset, AssetEvent::Reassigned(reassigned)))
}

pub(crate) fn take_back(desk: &Desk<'_>, body: &ReturnAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    let from = custody(desk, asset)?.custodian;
    desk.world.check_active(body.location_id, "/location_id")?;
    let returned = AssetReturned { from, location_id: body.location_id, condition: body.condition };
    Ok(happens(asset, AssetEvent::Returned(returned)))
}

/// Where an asset is used from now on, if that changes: where the command says, else where the person
/// usually is who gets it, while that place is in use.
fn place(
    desk: &Desk<'_>,
    named: Option<LocationId>,
    asset: &Asset,
    custodian: Custodian,
) -> Result<Option<LocationId>, Stop> {
    desk.world.check_active(named, "/location_id")?;
    let (None, Custodian::Person(id)) = (named, custodian) else { return Ok(named) };
    let person = desk.world.known(id, "/custodian/person")?;
    let Some(usual) = person.location_id.filter(|usual| asset.facts.location_id != Some(*usual)) else {
        return Ok(None);
    };
    let is_used = desk.world.find(usual)?.is_some_and(AggregateState::is_active);
    Ok(is_used.then_some(usual))
}

/// The custody that an asset is in; [`Desk::asset`] lets only a deployed one come here.
fn custody<'a>(desk: &Desk<'_>, asset: &'a Asset) -> Result<&'a Custody, Stop> {
    if let Stage::Deployed(custody) = &asset.stage {
        Ok(custody)
    } else {
        Err(desk.invalid_transition(asset).into())
    }
}

fn check_pending(custody: &Custody) -> Result<(), Stop> {
    if custody.acceptance == Acceptance::Pending {
        return Ok(());
    }
    let detail = "no confirmation of custody is pending for this asset";
    Err(Rejection::rule("acceptance-not-pending", detail).into())
}

/// For whom the asset is reserved on the day of the command. A reservation that has run out
/// binds nobody.
fn in_force(desk: &Desk<'_>, asset: &Asset) -> Option<Custodian> {
    let reservation = asset.reservation.as_ref()?;
    let today = desk.context.effective_at().date_naive();
    let has_run_out = reservation.until.is_some_and(|until| until < today);
    if has_run_out { None } else { Some(reservation.reserved_for) }
}

fn reserved_for_another(reserved_for: Custodian) -> Rejection {
    let detail = "the asset is reserved for another: release the reservation first";
    let holder = serde_json::to_value(reserved_for).unwrap_or_default();
    Rejection::rule("reserved-for-another", detail).fact("reserved_for", holder)
}

fn check_not_past(desk: &Desk<'_>, day: Option<NaiveDate>, pointer: &str) -> Result<(), Stop> {
    let from = desk.context.effective_at().date_naive();
    let Some(day) = day.filter(|day| *day < from) else {
        return Ok(());
    };
    let detail = format!("{day} lies before {from}, the day of the command");
    Err(Rejection::invalid(pointer, "date-before-command", detail).into())
}
