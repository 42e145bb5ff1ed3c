//! The rules of corrections: each fact once, with its value before and after.

use std::mem::discriminant;

use super::command::{CorrectAsset, Correction};
use super::decide::happens;
use super::decide_facts::check_costs;
use super::event::{AssetCorrected, AssetEvent};
use super::facts::FactChange;
use super::state::{Asset, Stage};
use crate::corrections::changes;
use crate::desk::Desk;
use crate::label::Tag;
use crate::master::check_charge;
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::world::Stop;

pub(crate) fn correct(desk: &Desk<'_>, body: &CorrectAsset) -> Outcome {
    let asset = desk.asset(&body.asset)?;
    let changes = changes(&body.corrections, discriminant, |correction, pointer| {
        check(desk, asset, correction, pointer)?;
        change(desk, asset, correction, pointer)
    })?;
    Ok(happens(asset, AssetEvent::Corrected(AssetCorrected { changes })))
}

/// Checks what a correction refers to.
fn check(desk: &Desk<'_>, asset: &Asset, correction: &Correction, pointer: &str) -> Result<(), Stop> {
    let at = |field: &str| format!("{pointer}/{field}");
    if let Correction::Tag(new) = correction {
        return check_tag(asset, new.as_ref(), &at("tag"));
    }
    if let Correction::Costs(new) = correction {
        return check_costs(new.as_ref(), &at("costs"));
    }
    if let Correction::VendorId(new) = correction {
        return desk.world.check_active(*new, &at("vendor_id"));
    }
    if let Correction::LocationId(new) = correction {
        return desk.world.check_active(*new, &at("location_id"));
    }
    if let Correction::DepartmentId(new) = correction {
        return desk.world.check_active(*new, &at("department_id"));
    }
    if let Correction::ProjectId(new) = correction {
        return check_charge(desk.world, *new, &at("project_id"), desk.context);
    }
    Ok(())
}

/// The corrected fact with its value before and after.
fn change(
    desk: &Desk<'_>,
    asset: &Asset,
    correction: &Correction,
    pointer: &str,
) -> Result<FactChange, Stop> {
    let facts = &asset.facts;
    macro_rules! from_to {
        ($field:ident, $variant:ident, $new:ident) => {
            FactChange::$variant { old: Clone::clone(&facts.$field), new: Clone::clone($new) }
        };
    }
    Ok(match correction {
        Correction::ModelId(new) => {
            let pointer = format!("{pointer}/model_id");
            let definition = &desk.world.active(*new, &pointer)?.definition;
            FactChange::Model {
                old: facts.model_id,
                new: *new,
                kind: definition.kind,
                hardware_kind: definition.hardware_kind,
                manufacturer: definition.manufacturer.clone(),
            }
        }
        Correction::Tag(new) => from_to!(tag, Tag, new),
        Correction::Serial(new) => from_to!(serial, Serial, new),
        Correction::Name(new) => from_to!(name, Name, new),
        Correction::DataBearing(new) => from_to!(data_bearing, DataBearing, new),
        Correction::Ownership(new) => from_to!(ownership, Ownership, new),
        Correction::Condition(new) => from_to!(condition, Condition, new),
        Correction::Criticality(new) => from_to!(criticality, Criticality, new),
        Correction::DataClassification(new) => from_to!(data_classification, DataClassification, new),
        Correction::Costs(new) => from_to!(costs, Costs, new),
        Correction::AcquiredOn(new) => from_to!(acquired_on, AcquiredOn, new),
        Correction::OrderNumber(new) => from_to!(order_number, OrderNumber, new),
        Correction::VendorId(new) => from_to!(vendor_id, Vendor, new),
        Correction::WarrantyUntil(new) => from_to!(warranty_until, WarrantyUntil, new),
        Correction::EndOfLifeOn(new) => from_to!(end_of_life_on, EndOfLifeOn, new),
        Correction::LocationId(new) => from_to!(location_id, Location, new),
        Correction::DepartmentId(new) => from_to!(department_id, Department, new),
        Correction::ProjectId(new) => from_to!(project_id, Project, new),
        Correction::Notes(new) => from_to!(notes, Notes, new),
    })
}

/// A tag appears by tagging and stays until the asset's life ends, so a correction may neither
/// give a first tag nor take the last away from an asset that is past tagging.
fn check_tag(asset: &Asset, new: Option<&Tag>, pointer: &str) -> Result<(), Stop> {
    let is_untagged = matches!(asset.stage, Stage::OnOrder | Stage::Received);
    if new.is_some() && is_untagged {
        let detail = "the asset has no tag yet: tag-asset gives it one";
        return Err(Rejection::invalid(pointer, "not-tagged", detail).into());
    }
    if new.is_none() && !is_untagged {
        let detail = "an asset keeps a tag from tagging to the end of its life";
        return Err(Rejection::invalid(pointer, "tag-required", detail).into());
    }
    Ok(())
}
