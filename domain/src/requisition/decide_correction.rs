//! The rules of corrections of requisitions. Whoever decides on one goes by what it says: that may not change under her
//! hands by another's, nor behind her back once she has decided.

use super::command::{CorrectRequisition, RequisitionCorrection};
use super::decide::{check_meaning, existing};
use super::event::{RequisitionCorrected, RequisitionEvent, RequisitionFact};
use super::state::{LineProgress, Requisition, RequisitionStage};
use crate::corrections::{Corrected, changes};
use crate::desk::Desk;
use crate::master::check_charge;
use crate::outcome::{Outcome, one};
use crate::rejection::Rejection;
use crate::world::Stop;

pub(crate) fn correct(desk: &Desk<'_>, body: &CorrectRequisition) -> Outcome {
    let requisition = existing(desk.world, body.requisition_id)?;
    let changes = changes(&body.corrections, RequisitionCorrection::fact, |correction, pointer| {
        if correction.is_decided_on() {
            check_open_to(requisition, &desk.context.actor.id, pointer)?;
        }
        change(desk, requisition, correction, pointer)
    })?;
    Ok(one(requisition.id, RequisitionEvent::Corrected(RequisitionCorrected { changes })))
}

/// Checks that an actor may correct what a decision rests on: that it was she who asked, and that nobody has decided.
fn check_open_to(requisition: &Requisition, actor: &str, pointer: &str) -> Result<(), Stop> {
    if requisition.stage != RequisitionStage::Submitted {
        let stage = requisition.stage.as_str();
        let detail = format!(
            "{pointer}: the requisition is {stage}, and what it says is what was decided on; only when a line is needed \
             can still be corrected"
        );
        return Err(Rejection::rule("decided-on", detail).fact("current_state", stage).into());
    }
    if requisition.requester != actor {
        let detail = format!(
            "{pointer}: only its requester corrects what the decision on a requisition rests on; when a line is needed \
             can be corrected by others, too"
        );
        return Err(Rejection::rule("only-by-requester", detail).into());
    }
    Ok(())
}

fn change(
    desk: &Desk<'_>,
    requisition: &Requisition,
    correction: &RequisitionCorrection,
    pointer: &str,
) -> Result<RequisitionFact, Stop> {
    let Desk { world, context, .. } = *desk;
    let lines = &requisition.lines;
    Ok(match correction {
        RequisitionCorrection::RequestedFor(new) => {
            world.check_active(*new, &format!("{pointer}/requested_for"))?;
            RequisitionFact::RequestedFor(Corrected::of(&requisition.requested_for, new))
        }
        RequisitionCorrection::Justification(new) => {
            RequisitionFact::Justification(Corrected::of(&requisition.justification, new))
        }
        RequisitionCorrection::Description(correction) => {
            let pointer = format!("{pointer}/description");
            let read = |progress: &LineProgress| progress.line.description.clone();
            let fact = correction.of(lines, &pointer, read)?;
            let model = lines.get(&fact.line).and_then(|progress| progress.line.model_id);
            check_meaning(model, fact.new.as_ref(), &format!("{pointer}/new"))?;
            RequisitionFact::Description(fact)
        }
        RequisitionCorrection::NeededBy(correction) => {
            let read = |progress: &LineProgress| progress.line.needed_by;
            RequisitionFact::NeededBy(correction.of(lines, &format!("{pointer}/needed_by"), read)?)
        }
        RequisitionCorrection::CostCenterId(correction) => {
            let pointer = format!("{pointer}/cost_center_id");
            world.check_active(correction.new, &format!("{pointer}/new"))?;
            let read = |progress: &LineProgress| progress.line.cost_center_id;
            RequisitionFact::CostCenter(correction.of(lines, &pointer, read)?)
        }
        RequisitionCorrection::ProjectId(correction) => {
            let pointer = format!("{pointer}/project_id");
            check_charge(world, correction.new, &format!("{pointer}/new"), context)?;
            let read = |progress: &LineProgress| progress.line.project_id;
            RequisitionFact::Project(correction.of(lines, &pointer, read)?)
        }
    })
}
