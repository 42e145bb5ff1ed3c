//! What audits are found by.

use itam_domain::AggregateKind;

use crate::kinds::audit::record::{AuditRecord, AuditStatus};
use crate::kinds::record::definition::{Record, RecordType};
use crate::kinds::record::describe::{Describe, Description};
use crate::kinds::record::facet::{FacetValues, FacetWords, RecordFacet, RecordKind, RecordSort};
use crate::store::key::Facet;

/// How far an audit got.
pub(crate) static AUDIT_STAGE: RecordFacet = RecordFacet {
    code: Facet::AuditStatus,
    name: "stage",
    meaning: "How far it got.",
    values: FacetValues::Words(FacetWords::of(AuditStatus::words)),
};
/// Who leads an audit.
pub(crate) static AUDIT_LEAD: RecordFacet = RecordFacet {
    code: Facet::AuditLead,
    name: "lead_id",
    meaning: "Who leads it.",
    values: FacetValues::Things(AggregateKind::Person),
};

/// What is asked about audits.
pub(crate) static AUDITS: RecordKind = RecordKind {
    kind: AggregateKind::AuditCampaign,
    name: Some(["name", "-name"]),
    default_sort: RecordSort::Created,
    facets: &[&AUDIT_STAGE, &AUDIT_LEAD],
    worklists: &[],
    measures: &[],
    owner: None,
};

impl RecordType for AuditRecord {
    const KIND: AggregateKind = AggregateKind::AuditCampaign;

    fn of(record: Record) -> Option<Self> {
        if let Record::Audit(record) = record { Some(record) } else { None }
    }
}

impl Describe for AuditRecord {
    fn describe(&self, to: &mut Description) {
        let plan = &self.campaign.plan;
        to.called(plan.name.as_str());
        to.whole.word(&AUDIT_STAGE, self.status().as_str());
        to.whole.thing(&AUDIT_LEAD, AggregateKind::Person, plan.lead_id.map(|id| id.0));
    }
}
