//! The rules of deliveries: pieces of a line become assets, each with an id of its own.

use super::command::ReceiveDelivery;
use super::decide::{let_go, open};
use super::event::{DeliveryReceived, DeliveryRejected, PurchaseOrderEvent};
use super::state::{PurchaseOrder, ReceiptProgress};
use crate::aggregate::{AggregateKind, AggregateRef};
use crate::asset::{AcquisitionCosts, AssetDelivered, AssetEvent, AssetFacts, OrderLine, check_costs};
use crate::context::Context;
use crate::desk::Desk;
use crate::ids::AssetId;
use crate::label::Serial;
use crate::master::AssetModel;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::vocabulary::Condition;
use crate::world::{Stop, World};

/// The most pieces one delivery may take in: with the order's own event and a serial number
/// each, they must fit one atomic commit.
pub const MAX_DELIVERY: u32 = 900;

/// The most messages one delivery may store.
const MAX_MESSAGES: u32 = 980;

pub(crate) fn receive(desk: &Desk<'_>, body: &ReceiveDelivery) -> Outcome {
    let Desk { world, context, .. } = *desk;
    let order = open(world, body.purchase_order_id, "receive-delivery")?;
    let progress = line(order, body.line)?;
    check_size(body)?;
    let open = progress.open();
    if body.quantity > open {
        let detail = format!("of line {} only {open} pieces are awaited, not {}", body.line, body.quantity);
        return Err(Rejection::rule("beyond-ordered", detail).at("/quantity").fact("open", open).into());
    }
    world.check_active(Some(body.location_id), "/location_id")?;
    let costs = body.costs.unwrap_or(AcquisitionCosts::of_price(progress.line.unit_price));
    check_costs(Some(&costs), "/costs")?;
    let model = world.known(progress.line.model_id, "/line")?;
    let received = DeliveryReceived {
        line: body.line,
        quantity: body.quantity,
        location_id: body.location_id,
        costs,
        delivery_note: body.delivery_note.clone(),
    };
    let own = AggregateRef::new(AggregateKind::PurchaseOrder, order.id.0);
    let mut events = vec![(own, PurchaseOrderEvent::DeliveryReceived(received).into())];
    for (index, piece) in pieces(world, body.quantity, context)?.into_iter().enumerate() {
        let serial = body.serials.as_ref().and_then(|serials| serials.get(index));
        let facts = facts(order, progress, model, body, costs, serial, context);
        let delivered = AssetEvent::Delivered(AssetDelivered { facts: Box::new(facts) });
        events.push((AggregateRef::new(AggregateKind::Asset, piece.0), delivered.into()));
    }
    Ok(events)
}

/// The ids of the pieces, none of which is in use. All are looked up before anything is made of
/// the first, since a decision starts anew for each that it has not seen.
fn pieces(world: &World, quantity: u32, context: &Context<'_>) -> Result<Vec<AssetId>, Stop> {
    let mut pieces = Vec::new();
    for index in 0..quantity as usize {
        let piece = AssetId(context.command_id.derived_id("asset", index));
        if world.find(piece)?.is_some() {
            let detail = "these pieces exist already: each delivery needs an idempotency key of its own";
            return Err(Rejection::rule("already-exists", detail).into());
        }
        pieces.push(piece);
    }
    Ok(pieces)
}

fn line(order: &PurchaseOrder, number: u32) -> Result<&ReceiptProgress, Stop> {
    let unknown = || {
        let detail = format!("purchase order {} has no line {number}", order.number);
        Rejection::unknown_reference("/line", detail)
    };
    Ok(order.lines.get(&number).ok_or_else(unknown)?)
}

fn check_size(body: &ReceiveDelivery) -> Result<(), Stop> {
    if body.quantity == 0 {
        return Err(Rejection::invalid("/quantity", "quantity", "a delivery has at least one piece").into());
    }
    let serials = body.serials.as_ref().map_or(0, Vec::len);
    let messages = body.quantity.saturating_add(u32::try_from(serials).unwrap_or(u32::MAX));
    if body.quantity > MAX_DELIVERY || messages > MAX_MESSAGES {
        let detail = format!(
            "one delivery takes in at most {MAX_DELIVERY} pieces, or {} with serial numbers: split it into several",
            MAX_MESSAGES / 2
        );
        return Err(Rejection::invalid("/quantity", "delivery-too-large", detail).into());
    }
    if serials > 0 && serials != body.quantity as usize {
        let detail = format!("there are {serials} serial numbers for {} pieces", body.quantity);
        return Err(Rejection::invalid("/serials", "serial-count", detail).into());
    }
    Ok(())
}

fn facts(
    order: &PurchaseOrder,
    progress: &ReceiptProgress,
    model: &AssetModel,
    body: &ReceiveDelivery,
    costs: AcquisitionCosts,
    serial: Option<&Serial>,
    context: &Context<'_>,
) -> AssetFacts {
    AssetFacts {
        serial: serial.cloned(),
        condition: Some(Condition::New),
        costs: Some(costs),
        acquired_on: Some(context.effective_at().date_naive()),
        order_line: Some(OrderLine { purchase_order_id: order.id, line: body.line }),
        vendor_id: Some(order.vendor_id),
        warranty_until: body.warranty_until,
        location_id: Some(body.location_id),
        department_id: progress.line.cost_center_id,
        project_id: progress.line.project_id,
        ..AssetFacts::of_model(model)
    }
}

/// What the order hears when one of its pieces is sent back: the vendor owes it again, unless the
/// order is closed.
pub(crate) fn reject_delivery(world: &World, asset_id: AssetId, order_line: OrderLine) -> Outcome {
    let order = world.known(order_line.purchase_order_id, "/asset")?;
    let rejected = DeliveryRejected { line: order_line.line, asset_id };
    let rejected = PurchaseOrderEvent::DeliveryRejected(rejected);
    let mut events = one(order.id, rejected);
    events.extend(let_go(world, order, order_line.line)?);
    Ok(events)
}
