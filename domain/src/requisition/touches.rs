//! What commands about requisitions touch.

use super::command::{
    ApproveRequisition, CancelRequisition, CorrectRequisition, RejectRequisition, RequisitionCorrection,
    SubmitRequisition,
};
use crate::touches::{CommandBody, Touches};

impl CommandBody for SubmitRequisition {
    fn touches(&self, to: &mut Touches) {
        to.refers(self.lines.iter().filter_map(|line| line.model_id));
        to.refers(self.lines.iter().filter_map(|line| line.cost_center_id));
        to.refers(self.lines.iter().filter_map(|line| line.project_id));
        to.refers(self.requested_for);
    }
}

impl CommandBody for ApproveRequisition {}

impl CommandBody for RejectRequisition {}

impl CommandBody for CorrectRequisition {
    fn touches(&self, to: &mut Touches) {
        for correction in &self.corrections {
            match correction {
                RequisitionCorrection::RequestedFor(person) => to.refers(*person),
                RequisitionCorrection::CostCenterId(correction) => to.refers(correction.new),
                RequisitionCorrection::ProjectId(correction) => to.refers(correction.new),
                RequisitionCorrection::Justification(_)
                | RequisitionCorrection::Description(_)
                | RequisitionCorrection::NeededBy(_) => {}
            }
        }
    }
}

impl CommandBody for CancelRequisition {}
