//! What requisitions are found by.

use itam_domain::AggregateKind;

use crate::kinds::record::definition::{Record, RecordType, RequisitionRecord, RequisitionStatus};
use crate::kinds::record::describe::{Describe, Description, Share};
use crate::kinds::record::facet::{
    FacetValues, FacetWords, Measure, RecordFacet, RecordKind, RecordSort, RecordWorklist,
};
use crate::store::key::{Facet, RecordOrder, sort_instant};

/// How far a requisition got.
pub(crate) static REQUISITION_STAGE: RecordFacet = RecordFacet {
    code: Facet::RequisitionStatus,
    name: "stage",
    meaning: "How far it got.",
    values: FacetValues::Words(FacetWords::of(RequisitionStatus::words)),
};
/// Who submitted a requisition.
pub(crate) static REQUISITION_REQUESTER: RecordFacet = RecordFacet {
    code: Facet::RequisitionRequester,
    name: "requester",
    meaning: "Who submitted it; a requester sees her own only.",
    values: FacetValues::Actors,
};
/// For whom something is asked.
pub(crate) static REQUISITION_PERSON: RecordFacet = RecordFacet {
    code: Facet::RequisitionPerson,
    name: "requested_for",
    meaning: "The person it is for, where that is said.",
    values: FacetValues::Things(AggregateKind::Person),
};
/// The departments that bear the cost of the lines of a requisition.
pub(crate) static REQUISITION_DEPARTMENT: RecordFacet = RecordFacet {
    code: Facet::RequisitionDepartment,
    name: "department_id",
    meaning: "A department that bears the cost of a line.",
    values: FacetValues::Things(AggregateKind::Department),
};
/// The projects that the lines of a requisition are charged to.
pub(crate) static REQUISITION_PROJECT: RecordFacet = RecordFacet {
    code: Facet::RequisitionProject,
    name: "project_id",
    meaning: "A project that a line is charged to.",
    values: FacetValues::Things(AggregateKind::Project),
};
/// The models that are asked for.
pub(crate) static REQUISITION_MODEL: RecordFacet = RecordFacet {
    code: Facet::RequisitionModel,
    name: "model_id",
    meaning: "A model that is asked for.",
    values: FacetValues::Things(AggregateKind::AssetModel),
};

/// Requisitions that wait for a decision.
pub(crate) static PENDING_REQUISITIONS: RecordWorklist = RecordWorklist {
    order: RecordOrder::PendingRequisition,
    name: "pending-requisitions",
    meaning: "Requisitions that wait for a decision, the oldest first.",
    ends_before: false,
};
/// Requisitions that are approved and not fully ordered.
pub(crate) static REQUISITIONS_TO_ORDER: RecordWorklist = RecordWorklist {
    order: RecordOrder::RequisitionToOrder,
    name: "requisitions-to-order",
    meaning: "Requisitions that are approved and not fully ordered, the longest approved first.",
    ends_before: false,
};

/// What requisitions are expected to cost.
pub(crate) static ESTIMATED: Measure =
    Measure { code: 1, name: "estimated", meaning: "What it is expected to cost, all lines together." };

/// What is asked about requisitions.
pub(crate) static REQUISITIONS: RecordKind = RecordKind {
    kind: AggregateKind::Requisition,
    name: None,
    default_sort: RecordSort::Created,
    facets: &[
        &REQUISITION_STAGE,
        &REQUISITION_REQUESTER,
        &REQUISITION_PERSON,
        &REQUISITION_DEPARTMENT,
        &REQUISITION_PROJECT,
        &REQUISITION_MODEL,
    ],
    worklists: &[&PENDING_REQUISITIONS, &REQUISITIONS_TO_ORDER],
    measures: &[&ESTIMATED],
    owner: Some(&REQUISITION_REQUESTER),
};

impl RecordType for RequisitionRecord {
    const KIND: AggregateKind = AggregateKind::Requisition;

    fn of(record: Record) -> Option<Self> {
        if let Record::Requisition(record) = record { Some(record) } else { None }
    }
}

impl Describe for RequisitionRecord {
    fn describe(&self, to: &mut Description) {
        let (requisition, status) = (&self.requisition, self.status());
        to.says(self.requisition.justification.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&REQUISITION_STAGE, status.as_str());
        to.whole.actor(&REQUISITION_REQUESTER, &requisition.requester);
        let requested_for = requisition.requested_for.map(|id| id.0);
        to.whole.thing(&REQUISITION_PERSON, AggregateKind::Person, requested_for);
        for progress in requisition.lines.values() {
            let line = &progress.line;
            to.says(line.description.as_ref().map(itam_domain::Text::as_str));
            let mut share = Share::default();
            let department = line.cost_center_id.map(|id| id.0);
            share.thing(&REQUISITION_DEPARTMENT, AggregateKind::Department, department);
            let project = line.project_id.map(|id| id.0);
            share.thing(&REQUISITION_PROJECT, AggregateKind::Project, project);
            share.thing(&REQUISITION_MODEL, AggregateKind::AssetModel, line.model_id.map(|id| id.0));
            share.amount(&ESTIMATED, line.estimated_unit_price, line.quantity);
            to.lines.push(share);
        }
        if status == RequisitionStatus::Submitted {
            to.waits(&PENDING_REQUISITIONS, to.created);
        }
        if matches!(status, RequisitionStatus::Approved | RequisitionStatus::PartiallyOrdered) {
            let since = self.settlement.as_ref().map_or(to.created, |settled| sort_instant(settled.at));
            to.waits(&REQUISITIONS_TO_ORDER, since);
        }
    }
}
