//! What assets are filtered by.

use itam_domain::asset::Custodian;
use itam_domain::vocabulary::{
    AssetKind, AssetState, Condition, Criticality, DataClassification, HardwareKind, Ownership,
};
use itam_domain::{AggregateKind, DepartmentId, LocationId, ModelId, ProjectId, PurchaseOrderId, VendorId};
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::primitive::posting::{Postings, Union};
use crate::store::error::Result;
use crate::store::key::{Facet, custody_facet, kind_code};
use crate::store::snapshot::Snapshot;

/// What assets are filtered by: within one field any of the values, between fields all of them.
/// An empty field does not filter. The first ten go through an index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssetFilters {
    /// Where they are in their life.
    pub states: Vec<AssetState>,
    /// What sort of thing.
    pub kinds: Vec<AssetKind>,
    /// What sort of device.
    pub hardware_kinds: Vec<HardwareKind>,
    /// Which model.
    pub models: Vec<ModelId>,
    /// Where they are.
    pub locations: Vec<LocationId>,
    /// Who bears their cost.
    pub departments: Vec<DepartmentId>,
    /// The projects that they are charged to.
    pub projects: Vec<ProjectId>,
    /// Who has them.
    pub custodians: Vec<Custodian>,
    /// Who sold them.
    pub vendors: Vec<VendorId>,
    /// For which order they were delivered.
    pub purchase_orders: Vec<PurchaseOrderId>,
    /// Whose property they are.
    pub ownerships: Vec<Ownership>,
    /// In what condition.
    pub conditions: Vec<Condition>,
    /// How much depends on them.
    pub criticalities: Vec<Criticality>,
    /// What data they may hold.
    pub data_classifications: Vec<DataClassification>,
}

impl AssetFilters {
    /// Whether an asset passes.
    #[must_use]
    pub fn admits(&self, record: &AssetRecord) -> bool {
        let facts = &record.asset.facts;
        let order = facts.order_line.map(|line| line.purchase_order_id);
        takes(&self.states, Some(&record.state()))
            && takes(&self.kinds, Some(&facts.kind))
            && takes(&self.hardware_kinds, facts.hardware_kind.as_ref())
            && takes(&self.models, Some(&facts.model_id))
            && takes(&self.locations, facts.location_id.as_ref())
            && takes(&self.departments, facts.department_id.as_ref())
            && takes(&self.projects, facts.project_id.as_ref())
            && takes(&self.custodians, record.asset.custodian().as_ref())
            && takes(&self.vendors, facts.vendor_id.as_ref())
            && takes(&self.purchase_orders, order.as_ref())
            && takes(&self.ownerships, Some(&facts.ownership))
            && takes(&self.conditions, facts.condition.as_ref())
            && takes(&self.criticalities, facts.criticality.as_ref())
            && takes(&self.data_classifications, facts.data_classification.as_ref())
    }

    /// Whether nothing is filtered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The posting lists of the fields that have an index, one union a field. A value that the
    /// register does not know has no list; a union without lists admits nothing.
    pub(crate) fn unions(&self, snapshot: &Snapshot) -> Result<Vec<Union>> {
        let mut unions = Vec::new();
        let states = self.states.iter().map(|state| Postings::new(Facet::State, *state as u32));
        push(&mut unions, &self.states, states.collect());
        push(&mut unions, &self.kinds, kinds(&self.kinds));
        push(&mut unions, &self.hardware_kinds, hardware(&self.hardware_kinds));
        let models = self.models.iter().map(|id| (Facet::Model, AggregateKind::AssetModel, id.0));
        push(&mut unions, &self.models, refer(snapshot, models)?);
        let locations = self.locations.iter().map(|id| (Facet::Location, AggregateKind::Location, id.0));
        push(&mut unions, &self.locations, refer(snapshot, locations)?);
        let departments =
            self.departments.iter().map(|id| (Facet::Department, AggregateKind::Department, id.0));
        push(&mut unions, &self.departments, refer(snapshot, departments)?);
        let projects = self.projects.iter().map(|id| (Facet::Project, AggregateKind::Project, id.0));
        push(&mut unions, &self.projects, refer(snapshot, projects)?);
        let custodians = self.custodians.iter().map(|custodian| custody_facet(*custodian));
        push(&mut unions, &self.custodians, refer(snapshot, custodians)?);
        let vendors = self.vendors.iter().map(|id| (Facet::Vendor, AggregateKind::Vendor, id.0));
        push(&mut unions, &self.vendors, refer(snapshot, vendors)?);
        let orders = self.purchase_orders.iter();
        let orders = orders.map(|id| (Facet::PurchaseOrder, AggregateKind::PurchaseOrder, id.0));
        push(&mut unions, &self.purchase_orders, refer(snapshot, orders)?);
        Ok(unions)
    }
}

fn takes<T: PartialEq>(wanted: &[T], found: Option<&T>) -> bool {
    wanted.is_empty() || found.is_some_and(|found| wanted.contains(found))
}

pub(crate) fn push<T>(unions: &mut Vec<Union>, wanted: &[T], postings: Vec<Postings>) {
    if !wanted.is_empty() {
        unions.push(Union { postings, ordinals: Vec::new() });
    }
}

fn kinds(kinds: &[AssetKind]) -> Vec<Postings> {
    let hardware = || HardwareKind::ALL.iter().copied().map(Some).chain([None]);
    let codes = kinds.iter().flat_map(|kind| hardware().map(|hardware| kind_code(*kind, hardware)));
    codes.map(|code| Postings::new(Facet::Kind, u32::from(code))).collect()
}

fn hardware(wanted: &[HardwareKind]) -> Vec<Postings> {
    let codes = wanted
        .iter()
        .flat_map(|hardware| AssetKind::ALL.iter().map(|kind| kind_code(*kind, Some(*hardware))));
    codes.map(|code| Postings::new(Facet::Kind, u32::from(code))).collect()
}

/// The posting lists of things with ids.
pub(crate) fn refer(
    snapshot: &Snapshot,
    values: impl Iterator<Item = (Facet, AggregateKind, Uuid)>,
) -> Result<Vec<Postings>> {
    let mut postings = Vec::new();
    for (facet, kind, id) in values {
        postings.extend(snapshot.ordinal(kind, id)?.map(|ordinal| Postings::new(facet, ordinal)));
    }
    Ok(postings)
}
