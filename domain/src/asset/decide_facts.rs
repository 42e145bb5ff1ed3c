//! The rules about an asset's facts: entering the register, tagging, verifying, correcting.

use std::mem::discriminant;

use super::command::{CorrectAsset, Correction, OrderAsset, RegisterAsset, TagAsset, VerifyAsset};
use super::decide::{Desk, happens};
use super::event::{AssetCorrected, AssetEvent, AssetOrdered, AssetRegistered, AssetTagged, AssetVerified};
use super::facts::{AcquisitionCosts, AssetFacts, FactChange};
use super::state::{Asset, Stage};
use crate::aggregate::AggregateKind;
use crate::asset_model::AssetModel;
use crate::decision::{Outcome, one};
use crate::ids::AssetId;
use crate::label::Tag;
use crate::rejection::Rejection;
use crate::vocabulary::Ownership;
use crate::world::Stop;

impl AssetFacts {
    /// What is known of a piece of `model` before anybody says more.
    pub(crate) fn of_model(model: &AssetModel) -> Self {
        let definition = &model.definition;
        Self {
            model_id: model.id,
            kind: definition.kind,
            hardware_kind: definition.hardware_kind,
            manufacturer: definition.manufacturer.clone(),
            data_bearing: definition.data_bearing,
            tag: None,
            serial: None,
            name: None,
            ownership: Ownership::Owned,
            condition: None,
            criticality: None,
            data_classification: None,
            costs: None,
            acquired_on: None,
            order_number: None,
            order_line: None,
            vendor_id: None,
            warranty_until: None,
            end_of_life_on: None,
            location_id: None,
            department_id: None,
            notes: None,
        }
    }
}

pub(super) fn register(desk: &Desk<'_>, body: &RegisterAsset) -> Outcome {
    let id = AssetId(desk.context.command_id.created_id());
    check_unused(desk, id)?;
    let model = desk.world.active_model(body.model_id, "/model_id")?;
    desk.world.check_location(body.location_id, "/location_id")?;
    desk.world
        .check_department(body.department_id, "/department_id")?;
    desk.world.check_vendor(body.vendor_id, "/vendor_id")?;
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
        notes: body.notes.clone(),
        ..AssetFacts::of_model(model)
    };
    let registered = AssetEvent::Registered(AssetRegistered {
        facts: Box::new(facts),
    });
    Ok(one(AggregateKind::Asset, id.0, registered))
}

pub(super) fn order(desk: &Desk<'_>, body: &OrderAsset) -> Outcome {
    let id = AssetId(desk.context.command_id.created_id());
    check_unused(desk, id)?;
    let model = desk.world.active_model(body.model_id, "/model_id")?;
    desk.world
        .check_department(body.department_id, "/department_id")?;
    desk.world.check_vendor(body.vendor_id, "/vendor_id")?;
    check_costs(body.costs.as_ref(), "/costs")?;
    let facts = AssetFacts {
        costs: body.costs,
        order_number: body.order_number.clone(),
        vendor_id: body.vendor_id,
        department_id: body.department_id,
        notes: body.notes.clone(),
        ..AssetFacts::of_model(model)
    };
    let ordered = AssetOrdered {
        facts: Box::new(facts),
        expected_on: body.expected_on,
    };
    Ok(one(AggregateKind::Asset, id.0, AssetEvent::Ordered(ordered)))
}

pub(super) fn tag(desk: &Desk<'_>, body: &TagAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_location(body.location_id, "/location_id")?;
    if let (Some(known), Some(new)) = (&asset.facts.serial, &body.serial)
        && known.normalized() != new.normalized()
    {
        let detail = format!("the serial number is known to be {known}; correct-asset changes it");
        return Err(Rejection::invalid("/serial", "serial-known", detail).into());
    }
    let tagged = AssetTagged {
        tag: body.tag.clone(),
        serial: body.serial.clone(),
        location_id: body.location_id,
    };
    happens(asset, AssetEvent::Tagged(tagged))
}

pub(super) fn verify(desk: &Desk<'_>, body: &VerifyAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    desk.world.check_location(body.location_id, "/location_id")?;
    let verified = AssetVerified {
        location_id: body.location_id,
        condition: body.condition,
    };
    happens(asset, AssetEvent::Verified(verified))
}

pub(super) fn correct(desk: &Desk<'_>, body: &CorrectAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    let mut changes = Vec::new();
    for (index, correction) in body.corrections.iter().enumerate() {
        let pointer = format!("/corrections/{index}");
        let earlier = body.corrections.iter().take(index);
        if earlier
            .into_iter()
            .any(|other| discriminant(other) == discriminant(correction))
        {
            let detail = "this fact is corrected twice in one command";
            return Err(Rejection::invalid(&pointer, "corrected-twice", detail).into());
        }
        changes.push(change(desk, asset, correction, &pointer)?);
    }
    changes.retain(|change| !change.is_idle());
    if changes.is_empty() {
        let detail = "every fact reads like this already: there is nothing to correct";
        return Err(Rejection::rule("nothing-to-correct", detail).into());
    }
    happens(asset, AssetEvent::Corrected(AssetCorrected { changes }))
}

fn change(
    desk: &Desk<'_>,
    asset: &Asset,
    correction: &Correction,
    pointer: &str,
) -> Result<FactChange, Stop> {
    let at = |field: &str| format!("{pointer}/{field}");
    let facts = &asset.facts;
    Ok(match correction {
        Correction::Tag(new) => change_tag(asset, new.as_ref(), &at("tag"))?,
        Correction::Serial(new) => FactChange::Serial {
            old: facts.serial.clone(),
            new: new.clone(),
        },
        Correction::ModelId(new) => {
            let definition = &desk.world.active_model(*new, &at("model_id"))?.definition;
            FactChange::Model {
                old: facts.model_id,
                new: *new,
                kind: definition.kind,
                hardware_kind: definition.hardware_kind,
                manufacturer: definition.manufacturer.clone(),
            }
        }
        Correction::Name(new) => FactChange::Name {
            old: facts.name.clone(),
            new: new.clone(),
        },
        Correction::DataBearing(new) => FactChange::DataBearing {
            old: facts.data_bearing,
            new: *new,
        },
        Correction::Ownership(new) => FactChange::Ownership {
            old: facts.ownership,
            new: *new,
        },
        Correction::Condition(new) => FactChange::Condition {
            old: facts.condition,
            new: *new,
        },
        Correction::Criticality(new) => FactChange::Criticality {
            old: facts.criticality,
            new: *new,
        },
        Correction::DataClassification(new) => FactChange::DataClassification {
            old: facts.data_classification,
            new: *new,
        },
        Correction::Costs(new) => {
            check_costs(new.as_ref(), &at("costs"))?;
            FactChange::Costs {
                old: facts.costs,
                new: *new,
            }
        }
        Correction::AcquiredOn(new) => FactChange::AcquiredOn {
            old: facts.acquired_on,
            new: *new,
        },
        Correction::OrderNumber(new) => FactChange::OrderNumber {
            old: facts.order_number.clone(),
            new: new.clone(),
        },
        Correction::VendorId(new) => {
            desk.world.check_vendor(*new, &at("vendor_id"))?;
            FactChange::Vendor {
                old: facts.vendor_id,
                new: *new,
            }
        }
        Correction::WarrantyUntil(new) => FactChange::WarrantyUntil {
            old: facts.warranty_until,
            new: *new,
        },
        Correction::EndOfLifeOn(new) => FactChange::EndOfLifeOn {
            old: facts.end_of_life_on,
            new: *new,
        },
        Correction::LocationId(new) => {
            desk.world.check_location(*new, &at("location_id"))?;
            FactChange::Location {
                old: facts.location_id,
                new: *new,
            }
        }
        Correction::DepartmentId(new) => {
            desk.world.check_department(*new, &at("department_id"))?;
            FactChange::Department {
                old: facts.department_id,
                new: *new,
            }
        }
        Correction::Notes(new) => FactChange::Notes {
            old: facts.notes.clone(),
            new: new.clone(),
        },
    })
}

/// A tag appears by tagging and stays until the asset's life ends, so a correction may neither
/// give a first tag nor take the last away from an asset that is past tagging.
fn change_tag(asset: &Asset, new: Option<&Tag>, pointer: &str) -> Result<FactChange, Stop> {
    let is_untagged = matches!(asset.stage, Stage::OnOrder | Stage::Received);
    if new.is_some() && is_untagged {
        let detail = "the asset has no tag yet: tag-asset gives it one";
        return Err(Rejection::invalid(pointer, "not-tagged", detail).into());
    }
    if new.is_none() && !is_untagged {
        let detail = "an asset keeps a tag from tagging to the end of its life";
        return Err(Rejection::invalid(pointer, "tag-required", detail).into());
    }
    Ok(FactChange::Tag {
        old: asset.facts.tag.clone(),
        new: new.cloned(),
    })
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
    if desk.world.find_asset(id)?.is_none() {
        return Ok(());
    }
    let detail = format!(
        "asset {id} exists already: each {} needs an idempotency key of its own",
        desk.command
    );
    Err(Rejection::rule("already-exists", detail).into())
}
