//! The rules of requisitions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::command::{ApproveRequisition, CancelRequisition, RejectRequisition, SubmitRequisition};
use super::event::{
    RequisitionApproved, RequisitionCancelled, RequisitionEvent, RequisitionLine, RequisitionRejected,
    RequisitionSubmitted,
};
use super::state::{Requisition, RequisitionStage};
use crate::actor::ActorKind;
use crate::approval_policy::{Approvers, Coverage};
use crate::context::Context;
use crate::desk::Desk;
use crate::ids::RequisitionId;
use crate::master::{ModelId, check_charge};
use crate::money::{Currency, Money};
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::text::ShortText;
use crate::world::{Stop, World};

/// The most lines a requisition or a purchase order may have.
pub(crate) const MAX_LINES: usize = 500;

pub(crate) fn submit(desk: &Desk<'_>, body: &SubmitRequisition) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let id = RequisitionId(context.command_id.created_id());
    if world.find(id)?.is_some() {
        let detail = format!("requisition {id} exists already: each one needs an idempotency key of its own");
        return Err(Rejection::rule("already-exists", detail).into());
    }
    check_line_count(body.lines.len())?;
    for (index, line) in body.lines.iter().enumerate() {
        check_line(world, line, &format!("/lines/{index}"), context)?;
    }
    totals(&body.lines)?;
    if let Some(person) = body.requested_for {
        world.check_active(Some(person), "/requested_for")?;
    }
    let submitted = RequisitionSubmitted {
        lines: body.lines.clone(),
        requested_for: body.requested_for,
        justification: body.justification.clone(),
    };
    Ok(one(id, RequisitionEvent::Submitted(submitted)))
}

/// Checks how many lines there are.
pub(crate) fn check_line_count(count: usize) -> Result<(), Stop> {
    if (1..=MAX_LINES).contains(&count) {
        return Ok(());
    }
    let detail = format!("there are {count} lines; 1 to {MAX_LINES} are taken");
    Err(Rejection::invalid("/lines", "line-count", detail).into())
}

/// Checks the number of pieces of a line.
pub(crate) fn check_quantity(quantity: u32, pointer: &str) -> Result<(), Stop> {
    if (1..=1_000_000).contains(&quantity) {
        return Ok(());
    }
    let detail = format!("{quantity} is no number of pieces: 1 to 1,000,000 are taken");
    Err(Rejection::invalid(&format!("{pointer}/quantity"), "quantity", detail).into())
}

fn check_line(
    world: &World,
    line: &RequisitionLine,
    pointer: &str,
    context: &Context<'_>,
) -> Result<(), Stop> {
    check_quantity(line.quantity, pointer)?;
    world.check_active(line.cost_center_id, &format!("{pointer}/cost_center_id"))?;
    check_charge(world, line.project_id, &format!("{pointer}/project_id"), context)?;
    if let Some(model) = line.model_id {
        world.active(model, &format!("{pointer}/model_id"))?;
    }
    check_meaning(line.model_id, line.description.as_ref(), pointer)
}

/// Checks that a line says what is meant.
pub(super) fn check_meaning(
    model: Option<ModelId>,
    description: Option<&ShortText>,
    pointer: &str,
) -> Result<(), Stop> {
    if model.is_some() || description.is_some() {
        return Ok(());
    }
    let detail = "a line names a model_id or a description";
    Err(Rejection::invalid(pointer, "model-or-description", detail).into())
}

/// What the lines are expected to cost, one total for each currency.
fn totals<'a>(lines: impl IntoIterator<Item = &'a RequisitionLine>) -> Result<Vec<Money>, Stop> {
    sums(lines.into_iter().map(|line| (line.estimated_unit_price, line.quantity)))
}

/// What so many pieces of each price cost together, one total for each currency.
pub(crate) fn sums(lines: impl Iterator<Item = (Money, u32)>) -> Result<Vec<Money>, Stop> {
    let mut totals: BTreeMap<Currency, Money> = BTreeMap::new();
    let too_large =
        |error: crate::money::MoneyError| Rejection::invalid("/lines", "total-too-large", error.to_string());
    for (unit_price, quantity) in lines {
        let cost = unit_price.checked_mul(quantity).map_err(too_large)?;
        let sum = match totals.get(&cost.currency()) {
            Some(sum) => sum.checked_add(cost).map_err(too_large)?,
            None => cost,
        };
        totals.insert(cost.currency(), sum);
    }
    Ok(totals.into_values().collect())
}

pub(crate) fn approve(desk: &Desk<'_>, body: &ApproveRequisition) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let requisition = submitted(world, body.requisition_id, "approve-requisition")?;
    let actor = context.actor;
    check_approver(requisition, context)?;
    let totals = totals(requisition.lines.values().map(|progress| &progress.line))?;
    match context.policies.approval.approves(&actor.role, &totals) {
        Coverage::Covered => {}
        Coverage::Beyond(total) => {
            let detail = format!("the total of {total} is beyond what the role {} may approve", actor.role);
            return Err(Rejection::rule("beyond-approval-limit", detail).fact("total", money(total)).into());
        }
        Coverage::Mixed => return Err(mixed_currencies(&totals).into()),
    }
    let approved = RequisitionApproved { role: actor.role.clone(), totals };
    Ok(one(body.requisition_id, RequisitionEvent::Approved(approved)))
}

/// Whoever approves is another person than who asked and whom it is for. A person is the same
/// through whichever token; a token that is tied to nobody cannot show that she is another.
fn check_approver(requisition: &Requisition, context: &Context<'_>) -> Result<(), Stop> {
    let actor = context.actor;
    if requisition.requester == actor.id {
        let detail = "whoever submitted a requisition may not approve it";
        return Err(Rejection::rule("approver-is-requester", detail).into());
    }
    if requisition.requested_for.is_some_and(|person| person.to_string() == actor.id) {
        let detail = "whom a requisition is for may not approve it";
        return Err(Rejection::rule("approver-is-beneficiary", detail).into());
    }
    let counts =
        actor.kind == ActorKind::Person || context.policies.approval.approvers == Approvers::AnyToken;
    if counts {
        return Ok(());
    }
    let detail = "a requisition is approved by a person, and this token is tied to nobody: \
                  make one that names her";
    Err(Rejection::rule("approver-is-nobody", detail).into())
}

/// The refusal for totals in several currencies: a limit in several is one, and nobody says at what
/// rate they add up.
pub(crate) fn mixed_currencies(totals: &[Money]) -> Rejection {
    let detail = "the totals are in several currencies, and a limit does not add them up: divide the lines by \
                  currency";
    let totals: Vec<Value> = totals.iter().map(|total| money(*total)).collect();
    Rejection::rule("mixed-currencies", detail).fact("totals", totals)
}

/// An amount as a fact of a refusal.
pub(crate) fn money(amount: Money) -> Value {
    serde_json::to_value(amount).unwrap_or_default()
}

pub(crate) fn reject(desk: &Desk<'_>, body: &RejectRequisition) -> Outcome {
    let Desk { world, context, .. } = *desk;
    submitted(world, body.requisition_id, "reject-requisition")?;
    if context.reason.is_none() {
        let detail = "reject-requisition asks for a reason";
        return Err(Rejection::invalid("/reason", "reason-required", detail).into());
    }
    let rejected = RequisitionEvent::Rejected(RequisitionRejected {});
    Ok(one(body.requisition_id, rejected))
}

pub(crate) fn cancel(desk: &Desk<'_>, body: &CancelRequisition) -> Outcome {
    let world = desk.world;
    let requisition = existing(world, body.requisition_id)?;
    if !matches!(requisition.stage, RequisitionStage::Submitted | RequisitionStage::Approved) {
        return Err(wrong_stage(requisition, "cancel-requisition").into());
    }
    if requisition.is_being_ordered() {
        let detail = "purchase orders take pieces of this requisition: cancel or amend them first";
        return Err(Rejection::rule("being-ordered", detail).into());
    }
    let cancelled = RequisitionEvent::Cancelled(RequisitionCancelled {});
    Ok(one(body.requisition_id, cancelled))
}

/// The named requisition.
pub(super) fn existing(world: &World, id: RequisitionId) -> Result<&Requisition, Stop> {
    let unknown = || Rejection::not_found("/requisition_id", format!("there is no requisition {id}"));
    Ok(world.find(id)?.ok_or_else(unknown)?)
}

fn submitted<'a>(world: &'a World, id: RequisitionId, command: &str) -> Result<&'a Requisition, Stop> {
    let requisition = existing(world, id)?;
    if requisition.stage == RequisitionStage::Submitted {
        return Ok(requisition);
    }
    Err(wrong_stage(requisition, command).into())
}

fn wrong_stage(requisition: &Requisition, command: &str) -> Rejection {
    let allowed: &[&str] = match requisition.stage {
        RequisitionStage::Submitted => {
            &["approve-requisition", "reject-requisition", "correct-requisition", "cancel-requisition"]
        }
        RequisitionStage::Approved => &["issue-purchase-order", "correct-requisition", "cancel-requisition"],
        RequisitionStage::Rejected | RequisitionStage::Cancelled => &["correct-requisition"],
    };
    let stage = requisition.stage.as_str();
    Rejection::rule(
        "invalid-transition",
        format!("the requisition is {stage}, which does not take {command}"),
    )
    .fact("current_state", stage)
    .fact("allowed_commands", allowed)
}
