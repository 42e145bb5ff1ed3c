//! How a requisition changes by what has happened.

use std::collections::BTreeMap;

use super::event::{RequisitionEvent, RequisitionFact, RequisitionLine, RequisitionOrdered};
use super::state::{LineProgress, Requisition, RequisitionStage};
use crate::aggregate::AggregateState;
use crate::ids::RequisitionId;

impl AggregateState for Requisition {
    type Id = RequisitionId;
    type Event = RequisitionEvent;

    const NOUN: &'static str = "requisition";

    fn evolve(
        id: RequisitionId,
        requisition: Option<Self>,
        event: &RequisitionEvent,
        actor: &str,
    ) -> Option<Self> {
        if let RequisitionEvent::Submitted(data) = event {
            let progress = |line: &_| LineProgress { line: Clone::clone(line), ordered: BTreeMap::new() };
            let lines = (1..).zip(data.lines.iter().map(progress)).collect();
            let stage = RequisitionStage::Submitted;
            return Some(Requisition {
                id,
                requester: actor.to_owned(),
                requested_for: data.requested_for,
                justification: data.justification.clone(),
                stage,
                lines,
            });
        }
        let mut requisition = requisition?;
        match event {
            RequisitionEvent::Submitted(_) => {}
            RequisitionEvent::Approved(_) => requisition.stage = RequisitionStage::Approved,
            RequisitionEvent::Rejected(_) => requisition.stage = RequisitionStage::Rejected,
            RequisitionEvent::Corrected(data) => {
                data.changes.iter().for_each(|fact| correct(&mut requisition, fact));
            }
            RequisitionEvent::Cancelled(_) => requisition.stage = RequisitionStage::Cancelled,
            RequisitionEvent::Ordered(data) => take_up(&mut requisition, data),
        }
        Some(requisition)
    }
}

fn take_up(requisition: &mut Requisition, data: &RequisitionOrdered) {
    for taken in &data.lines {
        if let Some(progress) = requisition.lines.get_mut(&taken.line) {
            progress.ordered.insert(data.purchase_order_id, taken.quantity);
        }
    }
}

fn correct(requisition: &mut Requisition, fact: &RequisitionFact) {
    match fact {
        RequisitionFact::RequestedFor(fact) => requisition.requested_for = fact.new,
        RequisitionFact::Justification(fact) => requisition.justification.clone_from(&fact.new),
        RequisitionFact::Description(fact) => {
            correct_line(requisition, fact.line, |line| line.description.clone_from(&fact.new));
        }
        RequisitionFact::NeededBy(fact) => {
            correct_line(requisition, fact.line, |line| line.needed_by = fact.new);
        }
        RequisitionFact::CostCenter(fact) => {
            correct_line(requisition, fact.line, |line| line.cost_center_id = fact.new);
        }
        RequisitionFact::Project(fact) => {
            correct_line(requisition, fact.line, |line| line.project_id = fact.new);
        }
    }
}

fn correct_line(requisition: &mut Requisition, line: u32, correct: impl FnOnce(&mut RequisitionLine)) {
    if let Some(progress) = requisition.lines.get_mut(&line) {
        correct(&mut progress.line);
    }
}
