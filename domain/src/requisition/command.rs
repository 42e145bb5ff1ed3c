//! What may be asked to happen to a requisition.

use super::event::RequisitionLine;
use crate::command_body::commands_of;
use crate::ids::{PersonId, RequisitionId};
use crate::text::Note;

commands_of! {
    /// Asks for something.
    SubmitRequisition {
        /// What is asked for, from one line on.
        lines: Vec<RequisitionLine>,
        /// For whom, if not for the requester.
        requested_for: Option<PersonId>,
        /// Why it is needed.
        justification: Option<Note>,
    }
    /// Approves a requisition that another submitted, within the limit of one's role.
    ApproveRequisition {
        /// The requisition.
        requisition_id: RequisitionId,
    }
    /// Refuses a requisition. Asks for a reason.
    RejectRequisition {
        /// The requisition.
        requisition_id: RequisitionId,
    }
    /// Withdraws a requisition of which nothing is ordered.
    CancelRequisition {
        /// The requisition.
        requisition_id: RequisitionId,
    }
}
