//! The rules of purchase orders.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{AmendPurchaseOrder, CancelPurchaseOrder, ClosePurchaseOrder, IssuePurchaseOrder};
use super::decide_approval::{check_changed, check_direct, check_price};
use super::event::{
    AmendedLine, PurchaseOrderAmended, PurchaseOrderCancelled, PurchaseOrderClosed, PurchaseOrderEvent,
    PurchaseOrderIssued, PurchaseOrderLine, RequisitionLineRef,
};
use super::state::{OrderStage, PurchaseOrder, ReceiptProgress};
use crate::aggregate::{AggregateKind, AggregateRef, Event};
use crate::context::Context;
use crate::desk::Desk;
use crate::ids::{PurchaseOrderId, RequisitionId};
use crate::master::{ProjectId, check_charge};
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::requisition::{LineQuantity, Requisition, RequisitionEvent, RequisitionOrdered, RequisitionStage};
use crate::requisition::{check_line_count, check_quantity};
use crate::world::{Stop, World};

pub(crate) fn issue(desk: &Desk<'_>, body: &IssuePurchaseOrder) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let id = PurchaseOrderId(context.command_id.created_id());
    if world.find(id)?.is_some() {
        let detail =
            format!("purchase order {id} exists already: each one needs an idempotency key of its own");
        return Err(Rejection::rule("already-exists", detail).into());
    }
    check_line_count(body.lines.len())?;
    world.check_active(Some(body.vendor_id), "/vendor_id")?;
    let lines = lines_as_ordered(desk, &body.lines, 1, "/lines")?;
    check_direct([].iter(), lines.iter(), context)?;
    let taken = taken(lines.iter());
    let issued = PurchaseOrderIssued {
        number: body.number.clone(),
        vendor_id: body.vendor_id,
        lines,
        expected_on: body.expected_on,
        notes: body.notes.clone(),
    };
    let mut events = one(id, PurchaseOrderEvent::Issued(issued));
    events.extend(take_up(world, id, &BTreeMap::new(), &taken)?);
    Ok(events)
}

/// New lines, numbered from `first` on, as they are ordered, if all of them may be.
fn lines_as_ordered(
    desk: &Desk<'_>,
    lines: &[PurchaseOrderLine],
    first: u32,
    pointer: &str,
) -> Result<Vec<PurchaseOrderLine>, Stop> {
    let mut ordered = Vec::with_capacity(lines.len());
    for ((index, line), number) in lines.iter().enumerate().zip(first..) {
        let pointer = format!("{pointer}/{index}");
        let inherited = check_line(desk.world, line, number, &pointer, desk.context)?;
        ordered.push(PurchaseOrderLine { project_id: line.project_id.or(inherited), ..line.clone() });
    }
    Ok(ordered)
}

/// Checks a new line. Gives the project of the requisition line that it fulfills, if it names none itself: the order
/// newly charges to that one, so it is checked like one that is named.
fn check_line(
    world: &World,
    line: &PurchaseOrderLine,
    number: u32,
    line_pointer: &str,
    context: &Context<'_>,
) -> Result<Option<ProjectId>, Stop> {
    let pointer = line_pointer;
    check_quantity(line.quantity, pointer)?;
    world.active(line.model_id, &format!("{pointer}/model_id"))?;
    world.check_active(line.cost_center_id, &format!("{pointer}/cost_center_id"))?;
    check_charge(world, line.project_id, &format!("{pointer}/project_id"), context)?;
    let Some(reference) = line.requisition_line else {
        return Ok(None);
    };
    let pointer = format!("{pointer}/requisition_line");
    let requisition = world.known(reference.requisition_id, &pointer)?;
    if requisition.stage != RequisitionStage::Approved {
        return Err(not_approved(requisition).at(&pointer).into());
    }
    let Some(progress) = requisition.lines.get(&reference.line) else {
        let detail = format!("requisition {} has no line {}", requisition.id, reference.line);
        return Err(Rejection::unknown_reference(&format!("{pointer}/line"), detail).into());
    };
    if progress.line.model_id.is_some_and(|model| model != line.model_id) {
        let detail = "the requisition line asks for another model";
        return Err(Rejection::invalid(&pointer, "other-model", detail).into());
    }
    check_price(progress, line, number, line_pointer, context)?;
    let inherited = progress.line.project_id.filter(|_| line.project_id.is_none());
    check_charge(world, inherited, &pointer, context)?;
    Ok(inherited)
}

fn not_approved(requisition: &Requisition) -> Rejection {
    let stage = requisition.stage.as_str();
    let detail = format!("requisition {} is {stage}; only an approved one is ordered", requisition.id);
    Rejection::rule("requisition-not-approved", detail).fact("current_state", stage)
}

/// How many pieces of each requisition line the order's lines take together.
type Taken = BTreeMap<RequisitionLineRef, u32>;

fn taken<'a>(lines: impl Iterator<Item = &'a PurchaseOrderLine>) -> Taken {
    let mut taken = Taken::new();
    for line in lines {
        if let Some(reference) = line.requisition_line {
            let pieces = taken.entry(reference).or_default();
            *pieces = pieces.saturating_add(line.quantity);
        }
    }
    taken
}

/// What the requisitions hear of it: one event for each that is taken from more or less than
/// before. No requisition line is ordered beyond what was approved.
fn take_up(
    world: &World,
    order: PurchaseOrderId,
    before: &Taken,
    after: &Taken,
) -> Result<Vec<(AggregateRef, Event)>, Stop> {
    let mut changed: BTreeMap<RequisitionId, Vec<LineQuantity>> = BTreeMap::new();
    let references: BTreeSet<&RequisitionLineRef> = before.keys().chain(after.keys()).collect();
    for reference in references {
        let quantity = after.get(reference).copied().unwrap_or(0);
        if before.get(reference).copied().unwrap_or(0) == quantity {
            continue;
        }
        check_approved(world, order, *reference, quantity)?;
        changed
            .entry(reference.requisition_id)
            .or_default()
            .push(LineQuantity { line: reference.line, quantity });
    }
    let event = |(id, lines): (RequisitionId, Vec<LineQuantity>)| {
        let ordered = RequisitionEvent::Ordered(RequisitionOrdered { purchase_order_id: order, lines });
        (AggregateRef::new(AggregateKind::Requisition, id.0), ordered.into())
    };
    Ok(changed.into_iter().map(event).collect())
}

fn check_approved(
    world: &World,
    order: PurchaseOrderId,
    reference: RequisitionLineRef,
    quantity: u32,
) -> Result<(), Stop> {
    let requisition = world.known(reference.requisition_id, "/lines")?;
    let Some(progress) = requisition.lines.get(&reference.line) else {
        return Ok(());
    };
    let own = progress.ordered.get(&order).copied().unwrap_or(0);
    if quantity > own && requisition.stage != RequisitionStage::Approved {
        return Err(not_approved(requisition).into());
    }
    let by_others = progress.total_ordered().saturating_sub(own);
    let approved = progress.line.quantity;
    if by_others.saturating_add(quantity) <= approved {
        return Ok(());
    }
    let detail = format!(
        "line {} of requisition {} was approved for {approved} pieces, of which {by_others} are ordered otherwise; \
         {quantity} more are too many",
        reference.line, reference.requisition_id
    );
    Err(Rejection::rule("beyond-requisition", detail)
        .fact("line", reference.line)
        .fact("requested", quantity)
        .fact("approved", approved)
        .fact("ordered", by_others)
        .into())
}

pub(crate) fn amend(desk: &Desk<'_>, body: &AmendPurchaseOrder) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let order = open(world, body.purchase_order_id, "amend-purchase-order")?;
    let changed = body.changed.clone().unwrap_or_default();
    let added = body.added.as_deref().unwrap_or_default();
    if changed.is_empty() && added.is_empty() && body.expected_on.is_none() {
        let detail = "the command changes no line, adds none and sets no date";
        return Err(Rejection::rule("nothing-to-do", detail).into());
    }
    check_line_count(order.lines.len().saturating_add(added.len()))?;
    let mut lines: BTreeMap<u32, PurchaseOrderLine> =
        order.lines.iter().map(|(number, progress)| (*number, progress.line.clone())).collect();
    for (index, change) in changed.iter().enumerate() {
        let pointer = format!("/changed/{index}");
        if changed.iter().take(index).any(|other| other.line == change.line) {
            let detail = format!("line {} is changed twice in one command", change.line);
            return Err(Rejection::invalid(&pointer, "changed-twice", detail).into());
        }
        let line = amended(desk, order, change, &pointer)?;
        if let Some(before) = lines.get(&change.line) {
            check_changed(world, before, &line, change.line, &pointer, context)?;
        }
        lines.insert(change.line, line);
    }
    let next = order.lines.keys().next_back().copied().unwrap_or(0).saturating_add(1);
    let added = lines_as_ordered(desk, added, next, "/added")?;
    let as_it_is = || order.lines.values().map(|progress| &progress.line);
    check_direct(as_it_is(), lines.values().chain(&added), context)?;
    let before = taken(as_it_is());
    let after = taken(lines.values().chain(&added));
    let requisitions = take_up(world, order.id, &before, &after)?;
    let amended = PurchaseOrderAmended { changed, added, expected_on: body.expected_on };
    let mut events = one(order.id, PurchaseOrderEvent::Amended(amended));
    events.extend(requisitions);
    Ok(events)
}

fn amended(
    desk: &Desk<'_>,
    order: &PurchaseOrder,
    change: &AmendedLine,
    pointer: &str,
) -> Result<PurchaseOrderLine, Stop> {
    let Some(progress) = order.lines.get(&change.line) else {
        let detail = format!("the order has no line {}", change.line);
        return Err(Rejection::unknown_reference(&format!("{pointer}/line"), detail).into());
    };
    let quantity = change.quantity.unwrap_or(progress.line.quantity);
    if quantity < progress.received {
        let detail =
            format!("{} pieces of the line arrived already; {quantity} would be fewer", progress.received);
        let rejection = Rejection::invalid(&format!("{pointer}/quantity"), "below-received", detail);
        return Err(rejection.fact("received", progress.received).into());
    }
    if quantity > 0 {
        check_quantity(quantity, pointer)?;
    }
    let unit_price = change.unit_price.unwrap_or(progress.line.unit_price);
    if unit_price.currency() != progress.line.unit_price.currency() {
        let detail = "a line's price keeps its currency: strike the line and add another";
        return Err(Rejection::invalid(&format!("{pointer}/unit_price"), "other-currency", detail).into());
    }
    let charged_anew = change.project_id.filter(|project| progress.line.project_id != Some(*project));
    check_charge(desk.world, charged_anew, &format!("{pointer}/project_id"), desk.context)?;
    let project_id = change.project_id.or(progress.line.project_id);
    Ok(PurchaseOrderLine { quantity, unit_price, project_id, ..progress.line.clone() })
}

pub(crate) fn cancel(desk: &Desk<'_>, body: &CancelPurchaseOrder) -> Outcome {
    let world = desk.world;
    let order = open(world, body.purchase_order_id, "cancel-purchase-order")?;
    if order.lines.values().any(|progress| progress.received > 0) {
        let detail = "pieces of the order arrived: close it instead";
        return Err(Rejection::rule("partly-received", detail).into());
    }
    let cancelled = PurchaseOrderEvent::Cancelled(PurchaseOrderCancelled {});
    let mut events = one(order.id, cancelled);
    let before = taken(order.lines.values().map(|progress| &progress.line));
    events.extend(take_up(world, order.id, &before, &Taken::new())?);
    Ok(events)
}

/// Closing lets go of the requisition's pieces that never arrived, so they can be ordered again.
pub(crate) fn close(desk: &Desk<'_>, body: &ClosePurchaseOrder) -> Outcome {
    let world = desk.world;
    let order = open(world, body.purchase_order_id, "close-purchase-order")?;
    let closed = PurchaseOrderEvent::Closed(PurchaseOrderClosed {});
    let mut events = one(order.id, closed);
    let before = taken(order.lines.values().map(|progress| &progress.line));
    events.extend(take_up(world, order.id, &before, &arrived(order, None))?);
    Ok(events)
}

/// What the requisitions hear when a piece of `line` is sent back: nothing while the vendor owes
/// it, but a closed order lets go of it.
pub(super) fn let_go(world: &World, order: &PurchaseOrder, line: u32) -> Outcome {
    if order.stage == OrderStage::Issued {
        return Ok(Vec::new());
    }
    take_up(world, order.id, &arrived(order, None), &arrived(order, Some(line)))
}

/// What the order takes of requisitions by the pieces that arrived, less one of the line that is
/// `sent_back`.
fn arrived(order: &PurchaseOrder, sent_back: Option<u32>) -> Taken {
    let line = |(number, progress): (&u32, &ReceiptProgress)| {
        let less = u32::from(sent_back == Some(*number));
        PurchaseOrderLine { quantity: progress.received.saturating_sub(less), ..progress.line.clone() }
    };
    let lines: Vec<PurchaseOrderLine> = order.lines.iter().map(line).collect();
    taken(lines.iter())
}

/// The named order.
pub(super) fn existing(world: &World, id: PurchaseOrderId) -> Result<&PurchaseOrder, Stop> {
    let unknown = || Rejection::not_found("/purchase_order_id", format!("there is no purchase order {id}"));
    Ok(world.find(id)?.ok_or_else(unknown)?)
}

/// The named order, if it still awaits pieces.
pub(super) fn open<'a>(
    world: &'a World,
    id: PurchaseOrderId,
    command: &str,
) -> Result<&'a PurchaseOrder, Stop> {
    let order = existing(world, id)?;
    if order.stage == OrderStage::Issued {
        return Ok(order);
    }
    let stage = order.stage.as_str();
    let detail = format!("purchase order {} is {stage}, which does not take {command}", order.number);
    let rejection = Rejection::rule("invalid-transition", detail).fact("current_state", stage);
    Err(rejection.fact("allowed_commands", &["correct-purchase-order"][..]).into())
}
