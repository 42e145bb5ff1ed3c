//! The rules of corrections of purchase orders: of what they are called and what is noted of them. What is ordered, and
//! at what price, is changed by an amendment alone, which is held to what was approved.

use super::command::{CorrectPurchaseOrder, PurchaseOrderCorrection};
use super::decide::existing;
use super::event::{PurchaseOrderCorrected, PurchaseOrderEvent, PurchaseOrderFact};
use super::state::{PurchaseOrder, ReceiptProgress};
use crate::corrections::{Corrected, changes};
use crate::desk::Desk;
use crate::master::check_charge;
use crate::outcome::{Outcome, one};
use crate::world::Stop;

pub(crate) fn correct(desk: &Desk<'_>, body: &CorrectPurchaseOrder) -> Outcome {
    let order = existing(desk.world, body.purchase_order_id)?;
    let changes = changes(&body.corrections, PurchaseOrderCorrection::fact, |correction, pointer| {
        change(desk, order, correction, pointer)
    })?;
    Ok(one(order.id, PurchaseOrderEvent::Corrected(PurchaseOrderCorrected { changes })))
}

fn change(
    desk: &Desk<'_>,
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
        PurchaseOrderCorrection::CostCenterId(correction) => {
            let pointer = format!("{pointer}/cost_center_id");
            desk.world.check_active(correction.new, &format!("{pointer}/new"))?;
            let read = |progress: &ReceiptProgress| progress.line.cost_center_id;
            PurchaseOrderFact::CostCenter(correction.of(&order.lines, &pointer, read)?)
        }
        PurchaseOrderCorrection::ProjectId(correction) => {
            let pointer = format!("{pointer}/project_id");
            check_charge(desk.world, correction.new, &format!("{pointer}/new"), desk.context)?;
            let read = |progress: &ReceiptProgress| progress.line.project_id;
            PurchaseOrderFact::Project(correction.of(&order.lines, &pointer, read)?)
        }
    })
}
