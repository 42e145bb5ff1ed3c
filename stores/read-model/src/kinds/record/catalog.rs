//! Which kinds of things have records, and what is asked about each.

use itam_domain::AggregateKind;

use crate::kinds::audit::describe::AUDITS;
use crate::kinds::record::facet::{RecordKind, RecordWorklist};
use crate::kinds::record::master::{DEPARTMENTS, LOCATIONS, MODELS, PROJECTS, VENDORS};
use crate::kinds::record::order::PURCHASE_ORDERS;
use crate::kinds::record::person::PEOPLE;
use crate::kinds::record::requisition::REQUISITIONS;

impl RecordKind {
    /// What is asked about the records of a kind; `None` of assets, and of what audits find, which have lists
    /// of their own.
    #[must_use]
    pub fn of(kind: AggregateKind) -> Option<&'static Self> {
        match kind {
            AggregateKind::Asset | AggregateKind::AuditFinding => None,
            AggregateKind::Requisition => Some(&REQUISITIONS),
            AggregateKind::PurchaseOrder => Some(&PURCHASE_ORDERS),
            AggregateKind::AssetModel => Some(&MODELS),
            AggregateKind::Location => Some(&LOCATIONS),
            AggregateKind::Vendor => Some(&VENDORS),
            AggregateKind::Department => Some(&DEPARTMENTS),
            AggregateKind::Project => Some(&PROJECTS),
            AggregateKind::Person => Some(&PEOPLE),
            AggregateKind::AuditCampaign => Some(&AUDITS),
        }
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        AggregateKind::ALL.iter().filter_map(|kind| Self::of(*kind))
    }

    /// Every worklist of records.
    pub fn worklists() -> impl Iterator<Item = (&'static Self, &'static RecordWorklist)> {
        Self::all().flat_map(|kind| kind.worklists.iter().map(move |worklist| (kind, *worklist)))
    }
}
