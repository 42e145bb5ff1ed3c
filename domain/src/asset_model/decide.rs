//! The rules of models.

use super::command::DefineModel;
use super::event::{AssetModelDefined, AssetModelEvent};
use super::state::AssetModel;
use crate::aggregate::AggregateKind;
use crate::context::Context;
use crate::ids::ModelId;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::vocabulary::{AssetKind, HardwareKind, Standing};
use crate::world::{Stop, World};

/// Decides what a model is from now on.
pub(crate) fn decide(world: &World, body: &DefineModel, context: &Context<'_>) -> Outcome {
    let id = body.model_id.unwrap_or(ModelId(context.command_id.created_id()));
    let before = world.find_model(id)?;
    if body.hardware_kind.is_some() && body.kind != AssetKind::Hardware {
        let detail = "only hardware has a hardware_kind";
        return Err(Rejection::invalid("/hardware_kind", "not-hardware", detail).into());
    }
    if let Some(before) = before {
        check_fixed(before, body)?;
    }
    let defined = AssetModelDefined {
        name: body.name.clone(),
        kind: body.kind,
        hardware_kind: body.hardware_kind,
        manufacturer: body.manufacturer.clone(),
        model_number: body.model_number.clone(),
        data_bearing: body.data_bearing.unwrap_or(usually_bears_data(body)),
        end_of_life_months: body.end_of_life_months,
        notes: body.notes.clone(),
        standing: body.standing.unwrap_or(Standing::Active),
    };
    if before.is_some_and(|before| before.definition == defined) {
        let detail = "the model reads like this already";
        return Err(Rejection::rule("nothing-to-do", detail).into());
    }
    Ok(one(AggregateKind::AssetModel, id.0, AssetModelEvent::Defined(defined)))
}

/// Serial numbers are unique within the maker, and every asset carries its model's kind, so these
/// do not change under the assets that exist.
fn check_fixed(before: &AssetModel, body: &DefineModel) -> Result<(), Stop> {
    let old = &before.definition;
    let pointer = if old.kind != body.kind {
        "/kind"
    } else if old.hardware_kind != body.hardware_kind {
        "/hardware_kind"
    } else if old.manufacturer != body.manufacturer {
        "/manufacturer"
    } else {
        return Ok(());
    };
    let detail = "kind, hardware_kind and manufacturer of a model are fixed: define another model and correct the assets";
    Err(Rejection::invalid(pointer, "fixed-once-defined", detail).into())
}

/// Whether pieces of such a model usually hold data that must be removed before they leave.
fn usually_bears_data(body: &DefineModel) -> bool {
    let Some(hardware_kind) = body.hardware_kind else {
        return false;
    };
    match hardware_kind {
        HardwareKind::Laptop
        | HardwareKind::Desktop
        | HardwareKind::Phone
        | HardwareKind::Server
        | HardwareKind::Network
        | HardwareKind::Printer => true,
        HardwareKind::Monitor | HardwareKind::Other => false,
    }
}
