//! What purchase orders are found by.

use itam_domain::AggregateKind;
use itam_domain::purchase_order::OrderStage;

use crate::kinds::record::definition::{PurchaseOrderRecord, PurchaseOrderStatus, Record, RecordType};
use crate::kinds::record::describe::{Describe, Description, Share};
use crate::kinds::record::facet::{
    FacetValues, FacetWords, Measure, RecordFacet, RecordKind, RecordSort, RecordWorklist,
};
use crate::store::key::{Facet, RecordOrder, sort_day};

/// How far a purchase order got.
pub(crate) static ORDER_STAGE: RecordFacet = RecordFacet {
    code: Facet::OrderStatus,
    name: "stage",
    meaning: "How far it got.",
    values: FacetValues::Words(FacetWords::of(PurchaseOrderStatus::words)),
};
/// From whom something was ordered.
pub(crate) static ORDER_VENDOR: RecordFacet = RecordFacet {
    code: Facet::OrderVendor,
    name: "vendor_id",
    meaning: "From whom it was ordered.",
    values: FacetValues::Things(AggregateKind::Vendor),
};
/// The departments that bear the cost of the lines of an order.
pub(crate) static ORDER_DEPARTMENT: RecordFacet = RecordFacet {
    code: Facet::OrderDepartment,
    name: "department_id",
    meaning: "A department that bears the cost of a line.",
    values: FacetValues::Things(AggregateKind::Department),
};
/// The projects that the lines of an order are charged to.
pub(crate) static ORDER_PROJECT: RecordFacet = RecordFacet {
    code: Facet::OrderProject,
    name: "project_id",
    meaning: "A project that a line is charged to.",
    values: FacetValues::Things(AggregateKind::Project),
};
/// The models that were ordered.
pub(crate) static ORDER_MODEL: RecordFacet = RecordFacet {
    code: Facet::OrderModel,
    name: "model_id",
    meaning: "A model that was ordered.",
    values: FacetValues::Things(AggregateKind::AssetModel),
};
/// The requisitions that an order fulfills.
pub(crate) static ORDER_REQUISITION: RecordFacet = RecordFacet {
    code: Facet::OrderRequisition,
    name: "requisition_id",
    meaning: "A requisition of which a line was ordered.",
    values: FacetValues::Things(AggregateKind::Requisition),
};

/// Order lines of which pieces are awaited.
pub(crate) static OPEN_ORDER_LINES: RecordWorklist = RecordWorklist {
    order: RecordOrder::OpenLine,
    name: "open-order-lines",
    meaning: "Lines of purchase orders of which pieces are awaited, the longest due first.",
    ends_before: false,
};
/// Orders that should have arrived.
pub(crate) static OVERDUE_ORDERS: RecordWorklist = RecordWorklist {
    order: RecordOrder::OverdueOrder,
    name: "overdue-orders",
    meaning: "Purchase orders of which pieces should have arrived, the longest overdue first.",
    ends_before: true,
};

/// What was ordered.
pub(crate) static ORDERED: Measure =
    Measure { code: 2, name: "ordered", meaning: "What was ordered; nothing of what was cancelled." };
/// What arrived.
pub(crate) static RECEIVED: Measure =
    Measure { code: 3, name: "received", meaning: "The price of the pieces that arrived." };
/// What is awaited.
pub(crate) static AWAITED: Measure =
    Measure { code: 4, name: "awaited", meaning: "The price of the pieces that are awaited." };

/// What is asked about purchase orders.
pub(crate) static PURCHASE_ORDERS: RecordKind = RecordKind {
    kind: AggregateKind::PurchaseOrder,
    name: Some(["number", "-number"]),
    default_sort: RecordSort::Created,
    facets: &[
        &ORDER_STAGE,
        &ORDER_VENDOR,
        &ORDER_DEPARTMENT,
        &ORDER_PROJECT,
        &ORDER_MODEL,
        &ORDER_REQUISITION,
    ],
    worklists: &[&OPEN_ORDER_LINES, &OVERDUE_ORDERS],
    measures: &[&ORDERED, &RECEIVED, &AWAITED],
    owner: None,
};

impl RecordType for PurchaseOrderRecord {
    const KIND: AggregateKind = AggregateKind::PurchaseOrder;

    fn of(record: Record) -> Option<Self> {
        if let Record::PurchaseOrder(record) = record { Some(record) } else { None }
    }
}

impl Describe for PurchaseOrderRecord {
    fn describe(&self, to: &mut Description) {
        let order = &self.order;
        to.called(order.number.as_str());
        to.ends(order.number.as_str());
        to.says(order.notes.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&ORDER_STAGE, self.status().as_str());
        to.whole.thing(&ORDER_VENDOR, AggregateKind::Vendor, Some(order.vendor_id.0));
        let open = self.open_lines();
        for (number, progress) in &order.lines {
            let line = &progress.line;
            let mut share = Share::default();
            let department = line.cost_center_id.map(|id| id.0);
            share.thing(&ORDER_DEPARTMENT, AggregateKind::Department, department);
            let project = line.project_id.map(|id| id.0);
            share.thing(&ORDER_PROJECT, AggregateKind::Project, project);
            share.thing(&ORDER_MODEL, AggregateKind::AssetModel, Some(line.model_id.0));
            let requisition = line.requisition_line.map(|line| line.requisition_id.0);
            share.thing(&ORDER_REQUISITION, AggregateKind::Requisition, requisition);
            if order.stage != OrderStage::Cancelled {
                share.amount(&ORDERED, line.unit_price, line.quantity);
                share.amount(&RECEIVED, line.unit_price, progress.received);
            }
            let awaited = open.iter().find(|(awaited, _)| awaited == number);
            share.amount(&AWAITED, line.unit_price, awaited.map_or(0, |(_, pieces)| *pieces));
            to.lines.push(share);
        }
        // An order that names no day is due at once, so that nobody forgets it.
        let issued = self.revision.created.effective_at.date_naive();
        let due = sort_day(order.expected_on.unwrap_or(issued));
        for (line, _) in &open {
            to.line_waits(&OPEN_ORDER_LINES, due, *line);
        }
        if let (Some(expected), false) = (order.expected_on, open.is_empty()) {
            to.waits(&OVERDUE_ORDERS, sort_day(expected));
        }
    }
}
