//! What models, locations, vendors and departments are found by.

use itam_domain::AggregateKind;
use itam_domain::vocabulary::{AssetKind, HardwareKind, LocationKind, Standing};

use crate::kinds::record::definition::{
    DepartmentRecord, LocationRecord, ModelRecord, Record, RecordType, VendorRecord,
};
use crate::kinds::record::describe::{Describe, Description};
use crate::kinds::record::facet::{FacetValues, RecordFacet, RecordKind, RecordSort};
use crate::store::key::Facet;

const STANDINGS: FacetValues =
    FacetValues::Words(|| Standing::ALL.iter().map(|standing| standing.as_str()).collect());

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

/// What sort of thing a model is.
pub(crate) static MODEL_KIND: RecordFacet = RecordFacet {
    code: Facet::ModelKind,
    name: "kind",
    meaning: "What sort of thing it is.",
    values: FacetValues::Words(|| AssetKind::ALL.iter().map(|kind| kind.as_str()).collect()),
};
/// What sort of device a model is.
pub(crate) static MODEL_HARDWARE_KIND: RecordFacet = RecordFacet {
    code: Facet::ModelHardwareKind,
    name: "hardware_kind",
    meaning: "What sort of device it is.",
    values: FacetValues::Words(|| HardwareKind::ALL.iter().map(|kind| kind.as_str()).collect()),
};
/// What a location is.
pub(crate) static LOCATION_KIND: RecordFacet = RecordFacet {
    code: Facet::LocationKind,
    name: "kind",
    meaning: "What it is.",
    values: FacetValues::Words(|| LocationKind::ALL.iter().map(|kind| kind.as_str()).collect()),
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

impl RecordType for ModelRecord {
    const KIND: AggregateKind = AggregateKind::AssetModel;

    fn of(record: Record) -> Option<Self> {
        if let Record::Model(record) = record { Some(record) } else { None }
    }
}

impl RecordType for LocationRecord {
    const KIND: AggregateKind = AggregateKind::Location;

    fn of(record: Record) -> Option<Self> {
        if let Record::Location(record) = record { Some(record) } else { None }
    }
}

impl RecordType for VendorRecord {
    const KIND: AggregateKind = AggregateKind::Vendor;

    fn of(record: Record) -> Option<Self> {
        if let Record::Vendor(record) = record { Some(record) } else { None }
    }
}

impl RecordType for DepartmentRecord {
    const KIND: AggregateKind = AggregateKind::Department;

    fn of(record: Record) -> Option<Self> {
        if let Record::Department(record) = record { Some(record) } else { None }
    }
}

// Assets are found by the words of their model and location: more words here find more assets.
impl Describe for ModelRecord {
    fn describe(&self, to: &mut Description) {
        let definition = &self.item.definition;
        to.called(definition.name.as_str());
        to.says(definition.manufacturer.as_ref().map(itam_domain::Text::as_str));
        to.says(definition.model_number.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&MODEL_STANDING, definition.standing.as_str());
        to.whole.word(&MODEL_KIND, definition.kind.as_str());
        if let Some(hardware) = definition.hardware_kind {
            to.whole.word(&MODEL_HARDWARE_KIND, hardware.as_str());
        }
    }
}

impl Describe for LocationRecord {
    fn describe(&self, to: &mut Description) {
        let definition = &self.item.definition;
        to.called(definition.name.as_str());
        to.whole.word(&LOCATION_STANDING, definition.standing.as_str());
        to.whole.word(&LOCATION_KIND, definition.kind.as_str());
        to.whole.thing(&LOCATION_PARENT, AggregateKind::Location, definition.parent_id.map(|id| id.0));
    }
}

impl Describe for VendorRecord {
    fn describe(&self, to: &mut Description) {
        let definition = &self.item.definition;
        to.called(definition.name.as_str());
        to.says(definition.account_number.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&VENDOR_STANDING, definition.standing.as_str());
    }
}

impl Describe for DepartmentRecord {
    fn describe(&self, to: &mut Description) {
        let definition = &self.item.definition;
        to.called(definition.name.as_str());
        to.says(definition.cost_center.as_ref().map(itam_domain::Text::as_str));
        to.whole.word(&DEPARTMENT_STANDING, definition.standing.as_str());
        to.whole.thing(&DEPARTMENT_PARENT, AggregateKind::Department, definition.parent_id.map(|id| id.0));
    }
}
