//! What commands about requisitions touch.

use super::command::{ApproveRequisition, CancelRequisition, RejectRequisition, SubmitRequisition};
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

impl CommandBody for CancelRequisition {}
