//! What commands about purchase orders touch.

use super::command::{
    AmendPurchaseOrder, CancelPurchaseOrder, ClosePurchaseOrder, CorrectPurchaseOrder, IssuePurchaseOrder,
    PurchaseOrderCorrection, ReceiveDelivery,
};
use super::decide_delivery::MAX_DELIVERY;
use super::event::PurchaseOrderLine;
use super::state::number_label;
use crate::ids::AssetId;
use crate::key::KeyKind;
use crate::touches::{CommandBody, LoadPath, Touches};

impl Touches {
    /// Lines that are ordered: requisitions hear how much of them is.
    fn orders(&mut self, lines: &[PurchaseOrderLine]) {
        self.refers(lines.iter().map(|line| line.model_id));
        self.refers(lines.iter().filter_map(|line| line.cost_center_id));
        self.refers(lines.iter().filter_map(|line| line.project_id));
        let requisition_lines = lines.iter().filter_map(|line| line.requisition_line);
        self.changes(requisition_lines.map(|line| line.requisition_id));
        self.finds(LoadPath::ProjectsOfRequisition);
    }
}

impl CommandBody for IssuePurchaseOrder {
    fn touches(&self, to: &mut Touches) {
        to.refers([self.vendor_id]);
        to.orders(&self.lines);
        to.takes([number_label(&self.number)]);
    }
}

impl CommandBody for AmendPurchaseOrder {
    fn touches(&self, to: &mut Touches) {
        to.orders(self.added.as_deref().unwrap_or_default());
        to.refers(self.changed.iter().flatten().filter_map(|line| line.project_id));
        to.finds_and_changes(LoadPath::RequisitionsOfOrder);
    }
}

impl CommandBody for CorrectPurchaseOrder {
    fn touches(&self, to: &mut Touches) {
        for correction in &self.corrections {
            match correction {
                PurchaseOrderCorrection::Number(number) => {
                    to.takes([number_label(number)]);
                    to.frees(KeyKind::ORDER_NUMBER);
                }
                PurchaseOrderCorrection::CostCenterId(correction) => to.refers(correction.new),
                PurchaseOrderCorrection::ProjectId(correction) => to.refers(correction.new),
                PurchaseOrderCorrection::ExpectedOn(_) | PurchaseOrderCorrection::Notes(_) => {}
            }
        }
    }
}

impl CommandBody for CancelPurchaseOrder {
    fn touches(&self, to: &mut Touches) {
        to.finds_and_changes(LoadPath::RequisitionsOfOrder);
    }
}

impl CommandBody for ReceiveDelivery {
    fn touches(&self, to: &mut Touches) {
        to.refers([self.location_id]);
        to.finds(LoadPath::ModelsOfOrder);
        // More are refused before any of them is looked up.
        for index in 0..self.quantity.min(MAX_DELIVERY) as usize {
            to.creates([AssetId(to.command_id().derived_id("asset", index))]);
        }
        to.takes_serials(self.serials.iter().flatten());
    }
}

impl CommandBody for ClosePurchaseOrder {
    fn touches(&self, to: &mut Touches) {
        to.finds_and_changes(LoadPath::RequisitionsOfOrder);
    }
}
