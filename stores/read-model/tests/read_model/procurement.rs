//! Requisitions, purchase orders and their lists.

use itam_domain::asset::AcquisitionCosts;
use itam_domain::purchase_order::{
    AmendedLine, DeliveryReceived, DeliveryRejected, PurchaseOrderAmended, PurchaseOrderClosed,
    PurchaseOrderEvent, PurchaseOrderIssued, PurchaseOrderLine, RequisitionLineRef,
};
use itam_domain::requisition::{
    LineQuantity, RequisitionApproved, RequisitionEvent, RequisitionLine, RequisitionOrdered,
    RequisitionRejected, RequisitionSubmitted,
};
use itam_domain::{AggregateKind, Event, ModelId, PurchaseOrderId, RequisitionId, VendorId};
use itam_read_model::{
    FacetValue, PurchaseOrderRecord, PurchaseOrderStatus, RecordFilters, RecordKind, RecordQuery, RecordType,
    RegisterView, RequisitionRecord, RequisitionStatus, Snapshot, WaitingRecord,
};
use uuid::Uuid;

use crate::support::{Register, asset, euro, id, location, text};

const REQUISITION: u32 = 600_001;
const ORDER: u32 = 600_002;

fn submitted() -> RequisitionEvent {
    let line = RequisitionLine {
        model_id: None,
        description: Some(text("two laptops")),
        quantity: 2,
        estimated_unit_price: euro(100_000),
        needed_by: None,
        cost_center_id: None,
        project_id: None,
    };
    RequisitionEvent::Submitted(RequisitionSubmitted {
        lines: vec![line],
        requested_for: None,
        justification: None,
    })
}

fn approved() -> RequisitionEvent {
    RequisitionEvent::Approved(RequisitionApproved {
        role: "asset-manager".to_owned(),
        totals: vec![euro(200_000)],
    })
}

fn ordered(quantity: u32) -> RequisitionEvent {
    let lines = vec![LineQuantity { line: 1, quantity }];
    RequisitionEvent::Ordered(RequisitionOrdered { purchase_order_id: PurchaseOrderId(id(ORDER)), lines })
}

fn issued(quantity: u32) -> PurchaseOrderEvent {
    order_of(VendorId(id(650_000)), "PO-2026-17", quantity)
}

fn order_of(vendor_id: VendorId, number: &str, quantity: u32) -> PurchaseOrderEvent {
    let requisition_line =
        Some(RequisitionLineRef { requisition_id: RequisitionId(id(REQUISITION)), line: 1 });
    let line = PurchaseOrderLine {
        model_id: ModelId(id(900_001)),
        quantity,
        unit_price: euro(99_000),
        requisition_line,
        cost_center_id: None,
        project_id: None,
    };
    PurchaseOrderEvent::Issued(PurchaseOrderIssued {
        number: text(number),
        vendor_id,
        lines: vec![line],
        expected_on: None,
        notes: None,
    })
}

fn delivered(quantity: u32) -> PurchaseOrderEvent {
    PurchaseOrderEvent::DeliveryReceived(DeliveryReceived {
        line: 1,
        quantity,
        location_id: location(1),
        costs: AcquisitionCosts::of_price(euro(99_000)),
        delivery_note: None,
    })
}

fn sent_back() -> PurchaseOrderEvent {
    PurchaseOrderEvent::DeliveryRejected(DeliveryRejected { line: 1, asset_id: asset(1) })
}

/// Some event of procurement, for random histories.
pub(crate) fn random_event(roll: u32) -> (Uuid, Event) {
    let event: Event = match roll {
        0 => submitted().into(),
        1 => approved().into(),
        2 => RequisitionEvent::Rejected(RequisitionRejected {}).into(),
        3 => ordered(1).into(),
        4 => ordered(2).into(),
        5 | 6 => issued(2).into(),
        7 | 8 => delivered(1).into(),
        9 => sent_back().into(),
        10 => PurchaseOrderEvent::Closed(PurchaseOrderClosed {}).into(),
        _ => {
            let changed =
                vec![AmendedLine { line: 1, quantity: Some(3), unit_price: None, project_id: None }];
            let amended = PurchaseOrderAmended { changed, added: Vec::new(), expected_on: None };
            PurchaseOrderEvent::Amended(amended).into()
        }
    };
    let number = if matches!(event, Event::Requisition(_)) { REQUISITION } else { ORDER };
    (id(number), event)
}

fn requisitions(snapshot: &Snapshot, status: RequisitionStatus) -> usize {
    staged::<RequisitionRecord>(snapshot.now(), status.as_str())
}

fn orders(snapshot: &Snapshot, status: PurchaseOrderStatus) -> usize {
    staged::<PurchaseOrderRecord>(snapshot.now(), status.as_str())
}

/// How many records there are of a stage.
fn staged<R: RecordType>(view: RegisterView<'_>, stage: &'static str) -> usize {
    let facet = RecordKind::of(R::KIND).and_then(|kind| kind.facet("stage")).expect("stages");
    let filters = RecordFilters::default().with(facet, [FacetValue::Word(stage)]);
    let query = RecordQuery { filters, ..RecordQuery::default() };
    view.records::<R>(&query, None, 10).expect("list").items.len()
}

/// For how many pieces each open line waits.
fn awaited(snapshot: &Snapshot) -> Vec<u32> {
    let kind = RecordKind::of(AggregateKind::PurchaseOrder).expect("orders");
    let worklist = kind.worklist("open-order-lines").expect("a worklist");
    let page =
        snapshot.now().waiting(worklist, &RecordFilters::default(), None, None, 10).expect("open lines");
    let open = |waiting: &WaitingRecord<PurchaseOrderRecord>| {
        let line = waiting.line.expect("a line");
        waiting.record.open_lines().iter().find(|(other, _)| *other == line).expect("open").1
    };
    page.items.iter().map(open).collect()
}

#[test]
fn a_requisition_goes_through_the_stages_of_its_order_and_its_deliveries() {
    let mut register = Register::new();
    let mut on_requisition = |event: RequisitionEvent| register.apply([(id(REQUISITION), event)]);
    let snapshot = on_requisition(submitted());
    assert_eq!(requisitions(&snapshot, RequisitionStatus::Submitted), 1);
    let snapshot = on_requisition(approved());
    assert_eq!(requisitions(&snapshot, RequisitionStatus::Approved), 1);
    assert_eq!(requisitions(&snapshot, RequisitionStatus::Submitted), 0);
    let snapshot = on_requisition(ordered(1));
    assert_eq!(requisitions(&snapshot, RequisitionStatus::PartiallyOrdered), 1);
    let snapshot = on_requisition(ordered(2));
    assert_eq!(requisitions(&snapshot, RequisitionStatus::Ordered), 1);

    let mut on_order = |event: PurchaseOrderEvent| register.apply([(id(ORDER), event)]);
    let snapshot = on_order(issued(2));
    assert_eq!(orders(&snapshot, PurchaseOrderStatus::Issued), 1);
    assert_eq!(awaited(&snapshot), [2]);
    let snapshot = on_order(delivered(1));
    assert_eq!(orders(&snapshot, PurchaseOrderStatus::PartiallyReceived), 1);
    assert_eq!(requisitions(&snapshot, RequisitionStatus::Ordered), 1);
    let snapshot = on_order(delivered(1));
    assert_eq!(orders(&snapshot, PurchaseOrderStatus::Received), 1);
    assert_eq!(requisitions(&snapshot, RequisitionStatus::Received), 1);
    assert_eq!(awaited(&snapshot), [] as [u32; 0]);
    let snapshot = on_order(sent_back());
    assert_eq!(requisitions(&snapshot, RequisitionStatus::Ordered), 1);
    assert_eq!(awaited(&snapshot), [1]);
    let snapshot = on_order(PurchaseOrderEvent::Closed(PurchaseOrderClosed {}));
    assert_eq!(orders(&snapshot, PurchaseOrderStatus::Closed), 1);
    assert_eq!(awaited(&snapshot), [] as [u32; 0]);
}

#[test]
fn a_decision_is_shown_with_who_made_it() {
    let mut register = Register::new();
    register.apply([(id(REQUISITION), submitted())]);
    let snapshot = register.apply([(id(REQUISITION), RequisitionEvent::Rejected(RequisitionRejected {}))]);
    let record = snapshot.now().find::<RequisitionRecord>(id(REQUISITION)).expect("read").expect("known");
    assert_eq!(record.status(), RequisitionStatus::Rejected);
    assert_eq!(record.settlement.expect("settled").actor, "requester-1");
    assert_eq!(record.requisition.requester, "requester-1");
}

#[test]
fn a_purchase_order_is_found_by_its_number() {
    let mut register = Register::new();
    let snapshot = register.apply([(id(ORDER), issued(1))]);
    let found = snapshot.now().purchase_order_by_number(" po-2026-17").expect("read").expect("known");
    assert_eq!(found.order.id.0, id(ORDER));
    assert_eq!(snapshot.now().purchase_order_by_number("PO-2026-1").expect("read"), None);
}
