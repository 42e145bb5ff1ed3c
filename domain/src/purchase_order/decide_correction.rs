//! The rules of corrections of purchase orders: of what they are called and what is noted of them. What is ordered, and
//! at what price, is changed by an amendment alone, which is held to what was approved.

use super::command::{CorrectPurchaseOrder, PurchaseOrderCorrection};
use super::decide::existing;
use super::event::{PurchaseOrderCorrected, PurchaseOrderEvent, PurchaseOrderFact};
use super::state::PurchaseOrder;
use crate::corrections::{Corrected, changes};
use crate::desk::Desk;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::world::{Stop, World};

pub(crate) fn correct(desk: &Desk<'_>, body: &CorrectPurchaseOrder) -> Outcome {
    let world = desk.world;
    let order = existing(world, body.purchase_order_id)?;
    let changes = changes(&body.corrections, PurchaseOrderCorrection::fact, |correction, pointer| {
        change(world, order, correction, pointer)
    })?;
    Ok(one(order.id, PurchaseOrderEvent::Corrected(PurchaseOrderCorrected { changes })))
}

fn change(
    world: &World,
    order: &PurchaseOrder,
    correction: &PurchaseOrderCorrection,
    pointer: &str,
) -> Result<PurchaseOrderFact, Stop> {
    Ok(match correction {
        PurchaseOrderCorrection::Number(new) => PurchaseOrderFact::Number(Corrected::of(&order.number, new)),
        PurchaseOrderCorrection::ExpectedOn(new) => {
            PurchaseOrderFact::ExpectedOn(Corrected::of(&order.expected_on, new))
        }
        PurchaseOrderCorrection::Notes(new) => PurchaseOrderFact::Notes(Corrected::of(&order.notes, new)),
        PurchaseOrderCorrection::CostCenterId { line, new } => {
            let pointer = format!("{pointer}/cost_center_id");
            let unknown = || {
                let detail = format!("purchase order {} has no line {line}", order.number);
                Rejection::unknown_reference(&format!("{pointer}/line"), detail)
            };
            let old = order.lines.get(line).ok_or_else(unknown)?.line.cost_center_id;
            world.check_active(*new, &format!("{pointer}/new"))?;
            PurchaseOrderFact::CostCenter { line: *line, old, new: *new }
        }
    })
}
