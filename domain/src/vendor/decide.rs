//! The rules of vendors.

use super::command::DefineVendor;
use super::event::{VendorDefined, VendorEvent};
use crate::aggregate::AggregateKind;
use crate::context::Context;
use crate::ids::VendorId;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::vocabulary::Standing;
use crate::world::World;

/// Decides what a vendor is from now on.
pub(crate) fn decide(world: &World, body: &DefineVendor, context: &Context<'_>) -> Outcome {
    let id = body.vendor_id.unwrap_or(VendorId(context.command_id.created_id()));
    let before = world.find_vendor(id)?;
    let defined = VendorDefined {
        name: body.name.clone(),
        account_number: body.account_number.clone(),
        website: body.website.clone(),
        notes: body.notes.clone(),
        standing: body.standing.unwrap_or(Standing::Active),
    };
    if before.is_some_and(|before| before.definition == defined) {
        let detail = "the vendor reads like this already";
        return Err(Rejection::rule("nothing-to-do", detail).into());
    }
    Ok(one(AggregateKind::Vendor, id.0, VendorEvent::Defined(defined)))
}
