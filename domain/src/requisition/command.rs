//! What may be asked to happen to a requisition.

use chrono::NaiveDate;

use super::event::RequisitionLine;
use crate::command_body::commands_of;
use crate::corrections::LineCorrection;
use crate::ids::{PersonId, RequisitionId};
use crate::master::{DepartmentId, ProjectId};
use crate::text::{Note, ShortText};

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
    /// Corrects how a requisition was recorded. What a decision rests on (for whom, why, what is meant, at whose cost)
    /// is its requester's to correct, until it is decided; when a line is needed is corrected at any time. Quantities
    /// and prices are not corrected: withdraw the requisition and submit another. Without `effective_time` what was
    /// wrong is set right for as long as it stood, with one from then on.
    CorrectRequisition {
        /// The requisition.
        requisition_id: RequisitionId,
        /// What should read differently, each fact once.
        corrections: Vec<RequisitionCorrection>,
    }
    /// Withdraws a requisition of which nothing is ordered.
    CancelRequisition {
        /// The requisition.
        requisition_id: RequisitionId,
    }
}

/// One fact as it should read; `null` says that there is none. Lines are named by their number, from 1.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RequisitionCorrection {
    /// For whom, if not for the requester.
    RequestedFor(Option<PersonId>),
    /// Why it is needed.
    Justification(Option<Note>),
    /// What is meant by a line, in words.
    Description(LineCorrection<Option<ShortText>>),
    /// When a line is needed.
    NeededBy(LineCorrection<Option<NaiveDate>>),
    /// The department that bears the cost of a line.
    CostCenterId(LineCorrection<Option<DepartmentId>>),
    /// The project that a line is charged to.
    ProjectId(LineCorrection<Option<ProjectId>>),
}

impl RequisitionCorrection {
    /// What it is about: which fact, and of which line, if it is one's.
    pub(crate) fn fact(&self) -> (std::mem::Discriminant<Self>, Option<u32>) {
        let line = match self {
            Self::RequestedFor(_) | Self::Justification(_) => None,
            Self::Description(correction) => Some(correction.line),
            Self::NeededBy(correction) => Some(correction.line),
            Self::CostCenterId(correction) => Some(correction.line),
            Self::ProjectId(correction) => Some(correction.line),
        };
        (std::mem::discriminant(self), line)
    }

    /// Whether whoever decides on the requisition goes by it.
    pub(crate) fn is_decided_on(&self) -> bool {
        !matches!(self, Self::NeededBy(_))
    }
}
