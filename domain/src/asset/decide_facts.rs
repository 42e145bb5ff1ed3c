//! The rules about an asset's facts: entering the register, tagging, verifying.

use super::command::{ChargeAsset, OrderAsset, RegisterAsset, RelocateAsset, TagAsset, VerifyAsset};
use super::decide::happens;
use super::event::{
    AssetCharged, AssetEvent, AssetOrdered, AssetRegistered, AssetRelocated, AssetTagged, AssetVerified,
};
use super::facts::{AcquisitionCosts, AssetFacts};
use crate::desk::Desk;
use crate::ids::AssetId;
use crate::master::{AssetModel, check_charge};
use crate::outcome::{Outcome, one};
use crate::purchase_order::decide_approval::check_direct_totals;
use crate::rejection::Rejection;
use crate::vocabulary::Ownership;
use crate::world::Stop;

impl AssetFacts {
    /// What is known of a piece of `model` before anybody says more.
    pub(crate) fn of_model(model: &AssetModel) -> Self {
        let definition = &model.definition;
        Self {
            hardware_kind: definition.hardware_kind,
            manufacturer: definition.manufacturer.clone(),
            data_bearing: definition.data_bearing,
            ..Self::new(model.id, definition.kind)
        }
    }
}

pub(crate) fn register(desk: &Desk<'_>, body: &RegisterAsset) -> Outcome {
    let id = AssetId(desk.context.command_id.created_id());
    check_unused(desk, id)?;
    let model = desk.world.active(body.model_id, "/model_id")?;
    desk.world.check_active(body.location_id, "/location_id")?;
    desk.world.check_active(body.department_id, "/department_id")?;
    check_charge(desk.world, body.project_id, "/project_id", desk.context)?;
    desk.world.check_active(body.vendor_id, "/vendor_id")?;
    check_costs(body.costs.as_ref(), "/costs")?;
    let facts = AssetFacts {
        data_bearing: body.data_bearing.unwrap_or(model.definition.data_bearing),
        tag: body.tag.clone(),
        serial: body.serial.clone(),
        name: body.name.clone(),
        ownership: body.ownership.unwrap_or(Ownership::Owned),
        condition: body.condition,
        criticality: body.criticality,
        data_classification: body.data_classification,
        costs: body.costs,
        acquired_on: body.acquired_on,
        order_number: body.order_number.clone(),
        vendor_id: body.vendor_id,
        warranty_until: body.warranty_until,
        end_of_life_on: body.end_of_life_on,
        location_id: body.location_id,
        department_id: body.department_id,
        project_id: body.project_id,
        notes: body.notes.clone(),
        ..AssetFacts::of_model(model)
    };
    let registered = AssetEvent::Registered(AssetRegistered { facts: Box::new(facts) });
    Ok(one(id, registered))
}

pub(crate) fn order(desk: &Desk<'_>, body: &OrderAsset) -> Outcome {
    let id = AssetId(desk.context.command_id.created_id());
    check_unused(desk, id)?;
    let model = desk.world.active(body.model_id, "/model_id")?;
    desk.world.check_active(body.department_id, "/department_id")?;
    check_charge(desk.world, body.project_id, "/project_id", desk.context)?;
    desk.world.check_active(body.vendor_id, "/vendor_id")?;
    check_costs(body.costs.as_ref(), "/costs")?;
    if let Some(Ok(total)) = body.costs.as_ref().map(AcquisitionCosts::total) {
        check_direct_totals(&[total], "/costs", desk.context)?;
    }
    let facts = AssetFacts {
        costs: body.costs,
        order_number: body.order_number.clone(),
        vendor_id: body.vendor_id,
        department_id: body.department_id,
        project_id: body.project_id,
        notes: body.notes.clone(),
        ..AssetFacts::of_model(model)
    };
    let ordered = AssetOrdered { facts: Box::new(facts), expected_on: body.expected_on };
    Ok(one(id, AssetEvent::Ordered(ordered)))
}

pub(crate) fn tag(desk: &Desk<'_>, body: &TagAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(body.location_id, "/location_id")?;
    // A placeholder says that the serial number is unknown, so it does not stand in the way.
    if let (Some(known), Some(new)) = (&asset.facts.serial, &body.serial)
        && known.normalized().is_some()
        && known.normalized() != new.normalized()
    {
        let detail = format!("the serial number is known to be {known}; correct-asset changes it");
        return Err(Rejection::invalid("/serial", "serial-known", detail).into());
    }
    let tagged =
        AssetTagged { tag: body.tag.clone(), serial: body.serial.clone(), location_id: body.location_id };
    Ok(happens(asset, AssetEvent::Tagged(tagged)))
}

pub(crate) fn verify(desk: &Desk<'_>, body: &VerifyAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_active(body.location_id, "/location_id")?;
    let verified =
        AssetVerified { location_id: body.location_id, condition: body.condition, campaign_id: None };
    Ok(happens(asset, AssetEvent::Verified(verified)))
}

pub(crate) fn relocate(desk: &Desk<'_>, body: &RelocateAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    if asset.facts.location_id == Some(body.location_id) {
        let detail = format!("the asset is at location {} already", body.location_id);
        return Err(Rejection::rule("nothing-to-do", detail).at("/location_id").into());
    }
    desk.world.check_active(Some(body.location_id), "/location_id")?;
    Ok(happens(asset, AssetEvent::Relocated(AssetRelocated { location_id: body.location_id })))
}

pub(crate) fn charge(desk: &Desk<'_>, body: &ChargeAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    if asset.facts.project_id == body.project_id {
        let project = body.project_id.map_or("no project".to_owned(), |id| format!("project {id}"));
        let detail = format!("the asset is charged to {project} already");
        return Err(Rejection::rule("nothing-to-do", detail).at("/project_id").into());
    }
    check_charge(desk.world, body.project_id, "/project_id", desk.context)?;
    Ok(happens(asset, AssetEvent::Charged(AssetCharged { project_id: body.project_id })))
}

/// All parts of the acquisition cost are in one currency.
pub(crate) fn check_costs(costs: Option<&AcquisitionCosts>, pointer: &str) -> Result<(), Stop> {
    let Some(Err(error)) = costs.map(AcquisitionCosts::total) else {
        return Ok(());
    };
    Err(Rejection::invalid(pointer, "costs-do-not-add-up", error.to_string()).into())
}

/// An asset's id comes from its command's id, so it is in use only if that id was used before.
fn check_unused(desk: &Desk<'_>, id: AssetId) -> Result<(), Stop> {
    if desk.world.find(id)?.is_none() {
        return Ok(());
    }
    let detail =
        format!("asset {id} exists already: each {} needs an idempotency key of its own", desk.command);
    Err(Rejection::rule("already-exists", detail).into())
}
