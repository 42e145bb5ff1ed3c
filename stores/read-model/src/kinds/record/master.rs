//! What models, locations, vendors, departments and projects are found by.

use itam_domain::vocabulary::{AssetKind, HardwareKind, LocationKind, Standing};
use itam_domain::{
    Aggregate, AggregateKind, AssetModelDefined, Defined, Definition, DepartmentDefined, ListedAggregate,
    LocationDefined, ProjectDefined, VendorDefined,
};

use crate::kinds::record::definition::{Record, RecordType};
use crate::kinds::record::describe::{Describe, Description};
use crate::kinds::record::facet::{FacetValues, FacetWords, RecordFacet, RecordKind, RecordSort};
use crate::kinds::revision::Revised;
use crate::store::key::Facet;

const STANDINGS: FacetValues = FacetValues::Words(FacetWords::of(Standing::words));

/// A facet of the standing of some master data.
const fn standing(code: Facet) -> RecordFacet {
    RecordFacet { code, name: "standing", meaning: "Whether it may be newly referred to.", values: STANDINGS }
}

/// Whether a model may be newly referred to.
pub(crate) static MODEL_STANDING: RecordFacet = standing(Facet::ModelStanding);
/// Whether a location may be newly referred to.
pub(crate) static LOCATION_STANDING: RecordFacet = standing(Facet::LocationStanding);
/// Whether a vendor may be newly referred to.
pub(crate) static VENDOR_STANDING: RecordFacet = standing(Facet::VendorStanding);
/// Whether a department may be newly referred to.
pub(crate) static DEPARTMENT_STANDING: RecordFacet = standing(Facet::DepartmentStanding);

/// Whether a project may be newly referred to.
pub(crate) static PROJECT_STANDING: RecordFacet = standing(Facet::ProjectStanding);
/// The department that answers for a project.
pub(crate) static PROJECT_DEPARTMENT: RecordFacet = RecordFacet {
    code: Facet::ProjectDepartment,
    name: "department_id",
    meaning: "The department that answers for it.",
    values: FacetValues::Things(AggregateKind::Department),
};

/// What sort of thing a model is.
pub(crate) static MODEL_KIND: RecordFacet = RecordFacet {
    code: Facet::ModelKind,
    name: "kind",
    meaning: "What sort of thing it is.",
    values: FacetValues::Words(FacetWords::of(AssetKind::words)),
};
/// What sort of device a model is.
pub(crate) static MODEL_HARDWARE_KIND: RecordFacet = RecordFacet {
    code: Facet::ModelHardwareKind,
    name: "hardware_kind",
    meaning: "What sort of device it is.",
    values: FacetValues::Words(FacetWords::of(HardwareKind::words)),
};
/// What a location is.
pub(crate) static LOCATION_KIND: RecordFacet = RecordFacet {
    code: Facet::LocationKind,
    name: "kind",
    meaning: "What it is.",
    values: FacetValues::Words(FacetWords::of(LocationKind::words)),
};
/// The location that a location is a part of.
pub(crate) static LOCATION_PARENT: RecordFacet = RecordFacet {
    code: Facet::LocationParent,
    name: "parent_id",
    meaning: "The location that it is a part of.",
    values: FacetValues::Things(AggregateKind::Location),
};
/// The department that a department is a part of.
pub(crate) static DEPARTMENT_PARENT: RecordFacet = RecordFacet {
    code: Facet::DepartmentParent,
    name: "parent_id",
    meaning: "The department that it is a part of.",
    values: FacetValues::Things(AggregateKind::Department),
};

/// What is asked about models.
pub(crate) static MODELS: RecordKind = RecordKind {
    kind: AggregateKind::AssetModel,
    name: Some(["name", "-name"]),
    default_sort: RecordSort::Name,
    facets: &[&MODEL_STANDING, &MODEL_KIND, &MODEL_HARDWARE_KIND],
    worklists: &[],
    measures: &[],
    owner: None,
};
/// What is asked about locations.
pub(crate) static LOCATIONS: RecordKind = RecordKind {
    kind: AggregateKind::Location,
    name: Some(["name", "-name"]),
    default_sort: RecordSort::Name,
    facets: &[&LOCATION_STANDING, &LOCATION_KIND, &LOCATION_PARENT],
    worklists: &[],
    measures: &[],
    owner: None,
};
/// What is asked about vendors.
pub(crate) static VENDORS: RecordKind = RecordKind {
    kind: AggregateKind::Vendor,
    name: Some(["name", "-name"]),
    default_sort: RecordSort::Name,
    facets: &[&VENDOR_STANDING],
    worklists: &[],
    measures: &[],
    owner: None,
};
/// What is asked about departments.
pub(crate) static DEPARTMENTS: RecordKind = RecordKind {
    kind: AggregateKind::Department,
    name: Some(["name", "-name"]),
    default_sort: RecordSort::Name,
    facets: &[&DEPARTMENT_STANDING, &DEPARTMENT_PARENT],
    worklists: &[],
    measures: &[],
    owner: None,
};

/// What is asked about projects.
pub(crate) static PROJECTS: RecordKind = RecordKind {
    kind: AggregateKind::Project,
    name: Some(["name", "-name"]),
    default_sort: RecordSort::Name,
    facets: &[&PROJECT_STANDING, &PROJECT_DEPARTMENT],
    worklists: &[],
    measures: &[],
    owner: None,
};

impl<D: Definition> RecordType for Revised<Defined<D>>
where
    Defined<D>: ListedAggregate,
{
    const KIND: AggregateKind = Defined::<D>::KIND;

    fn of(record: Record) -> Option<Self> {
        let Record::Defined(Revised { item, revision }) = record else { return None };
        Some(Self { item: Defined::of(&item)?.clone(), revision })
    }
}

/// What any master data is found by, as the kind says.
impl Describe for Revised<Aggregate> {
    fn describe(&self, to: &mut Description) {
        match &self.item {
            Aggregate::AssetModel(model) => model.definition.describe(to),
            Aggregate::Location(location) => location.definition.describe(to),
            Aggregate::Vendor(vendor) => vendor.definition.describe(to),
            Aggregate::Department(department) => department.definition.describe(to),
            Aggregate::Project(project) => project.definition.describe(to),
            Aggregate::Asset(_)
            | Aggregate::Requisition(_)
            | Aggregate::PurchaseOrder(_)
            | Aggregate::Person(_)
            | Aggregate::AuditCampaign(_)
            | Aggregate::AuditFinding(_) => {}
        }
    }
}

// Assets are found by the words of their model and location: more words here find more assets.
impl Describe for AssetModelDefined {
    fn describe(&self, to: &mut Description) {
        to.called(self.name.as_str());
        to.says(self.manufacturer.as_ref().map(itam_domain::Text::as_str));
        to.says(self.model_number.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&MODEL_STANDING, self.standing.as_str());
        to.whole.word(&MODEL_KIND, self.kind.as_str());
        to.is_a(self.kind.as_str());
        if let Some(hardware) = self.hardware_kind {
            to.is_a(hardware.as_str());
            to.whole.word(&MODEL_HARDWARE_KIND, hardware.as_str());
        }
    }
}

impl Describe for LocationDefined {
    fn describe(&self, to: &mut Description) {
        to.called(self.name.as_str());
        to.whole.word(&LOCATION_STANDING, self.standing.as_str());
        to.whole.word(&LOCATION_KIND, self.kind.as_str());
        to.whole.thing(&LOCATION_PARENT, AggregateKind::Location, self.parent_id.map(|id| id.0));
    }
}

impl Describe for VendorDefined {
    fn describe(&self, to: &mut Description) {
        to.called(self.name.as_str());
        to.says(self.account_number.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&VENDOR_STANDING, self.standing.as_str());
    }
}

impl Describe for DepartmentDefined {
    fn describe(&self, to: &mut Description) {
        to.called(self.name.as_str());
        to.says(self.cost_center.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&DEPARTMENT_STANDING, self.standing.as_str());
        to.whole.thing(&DEPARTMENT_PARENT, AggregateKind::Department, self.parent_id.map(|id| id.0));
    }
}

impl Describe for ProjectDefined {
    fn describe(&self, to: &mut Description) {
        to.called(self.name.as_str());
        to.says(Some(self.code.as_str()));
        to.whole.word(&PROJECT_STANDING, self.standing.as_str());
        to.whole.thing(&PROJECT_DEPARTMENT, AggregateKind::Department, self.department_id.map(|id| id.0));
    }
}
