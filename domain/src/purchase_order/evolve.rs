//! How a purchase order changes by what has happened.

use std::collections::BTreeSet;

use super::event::{PurchaseOrderAmended, PurchaseOrderEvent, PurchaseOrderFact, PurchaseOrderIssued};
use super::state::{OrderStage, PurchaseOrder, ReceiptProgress, number_label};
use crate::aggregate::AggregateState;
use crate::ids::PurchaseOrderId;
use crate::key::KeyKind;
use crate::unique_label::UniqueLabel;

impl AggregateState for PurchaseOrder {
    type Id = PurchaseOrderId;
    type Event = PurchaseOrderEvent;

    const NOUN: &'static str = "purchase order";
    const KEYS: &'static [KeyKind] = &[KeyKind::ORDER_NUMBER];

    fn evolve(
        id: PurchaseOrderId,
        order: Option<Self>,
        event: &PurchaseOrderEvent,
        _actor: &str,
    ) -> Option<Self> {
        if let PurchaseOrderEvent::Issued(data) = event {
            return Some(issue(id, data));
        }
        let mut order = order?;
        match event {
            PurchaseOrderEvent::Issued(_) => {}
            PurchaseOrderEvent::Amended(data) => amend(&mut order, data),
            PurchaseOrderEvent::Corrected(data) => {
                data.changes.iter().for_each(|fact| correct(&mut order, fact));
            }
            PurchaseOrderEvent::Cancelled(_) => order.stage = OrderStage::Cancelled,
            PurchaseOrderEvent::DeliveryReceived(data) => {
                if let Some(progress) = order.lines.get_mut(&data.line) {
                    progress.received = progress.received.saturating_add(data.quantity);
                }
            }
            PurchaseOrderEvent::DeliveryRejected(data) => {
                if let Some(progress) = order.lines.get_mut(&data.line) {
                    progress.received = progress.received.saturating_sub(1);
                }
            }
            PurchaseOrderEvent::Closed(_) => order.stage = OrderStage::Closed,
        }
        Some(order)
    }

    /// Its number, whatever became of it.
    fn labels(&self) -> BTreeSet<UniqueLabel> {
        BTreeSet::from([number_label(&self.number)])
    }
}

fn issue(id: PurchaseOrderId, data: &PurchaseOrderIssued) -> PurchaseOrder {
    let progress = |line: &_| ReceiptProgress { line: Clone::clone(line), received: 0 };
    PurchaseOrder {
        id,
        number: data.number.clone(),
        vendor_id: data.vendor_id,
        expected_on: data.expected_on,
        notes: data.notes.clone(),
        stage: OrderStage::Issued,
        lines: (1..).zip(data.lines.iter().map(progress)).collect(),
    }
}

fn amend(order: &mut PurchaseOrder, data: &PurchaseOrderAmended) {
    for change in &data.changed {
        if let Some(progress) = order.lines.get_mut(&change.line) {
            progress.line.quantity = change.quantity.unwrap_or(progress.line.quantity);
            progress.line.unit_price = change.unit_price.unwrap_or(progress.line.unit_price);
            progress.line.project_id = change.project_id.or(progress.line.project_id);
        }
    }
    order.expected_on = data.expected_on.or(order.expected_on);
    let next = order.lines.keys().next_back().copied().unwrap_or(0).saturating_add(1);
    let added = data.added.iter().map(|line| ReceiptProgress { line: line.clone(), received: 0 });
    order.lines.extend((next..).zip(added));
}

fn correct(order: &mut PurchaseOrder, fact: &PurchaseOrderFact) {
    match fact {
        PurchaseOrderFact::Number(fact) => order.number.clone_from(&fact.new),
        PurchaseOrderFact::ExpectedOn(fact) => order.expected_on = fact.new,
        PurchaseOrderFact::Notes(fact) => order.notes.clone_from(&fact.new),
        PurchaseOrderFact::CostCenter(fact) => {
            if let Some(progress) = order.lines.get_mut(&fact.line) {
                progress.line.cost_center_id = fact.new;
            }
        }
        PurchaseOrderFact::Project(fact) => {
            if let Some(progress) = order.lines.get_mut(&fact.line) {
                progress.line.project_id = fact.new;
            }
        }
    }
}
