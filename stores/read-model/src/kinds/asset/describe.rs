//! What totals of assets are filtered and grouped by, and what they amount to.

use itam_domain::AggregateKind;
use itam_domain::vocabulary::{AssetKind, AssetState, HardwareKind};

use crate::kinds::record::facet::{
    FacetValue, FacetValues, FacetWords, Measure, RecordFacet, RecordKind, RecordSort,
};
use crate::store::key::{Facet, read_kind_code};

static STATE: RecordFacet = RecordFacet {
    code: Facet::State,
    name: "state",
    meaning: "Where they are in their life.",
    values: FacetValues::Words(FacetWords::of(AssetState::words)),
};

static KIND: RecordFacet = RecordFacet {
    code: Facet::Kind,
    name: "kind",
    meaning: "What sort of thing.",
    values: FacetValues::Words(FacetWords::in_byte(AssetKind::words, |code| {
        read_kind_code(code).map(|(kind, _)| kind as u32)
    })),
};

static HARDWARE_KIND: RecordFacet = RecordFacet {
    code: Facet::Kind,
    name: "hardware_kind",
    meaning: "What sort of device.",
    values: FacetValues::Words(FacetWords::in_byte(HardwareKind::words, |code| {
        read_kind_code(code)?.1.map(|hardware| hardware as u32)
    })),
};

static MODEL: RecordFacet = things(Facet::Model, "model_id", "Which model.", AggregateKind::AssetModel);
static LOCATION: RecordFacet =
    things(Facet::Location, "location_id", "Where they are.", AggregateKind::Location);
static DEPARTMENT: RecordFacet =
    things(Facet::Department, "department_id", "Who bears their cost.", AggregateKind::Department);
static PROJECT: RecordFacet =
    things(Facet::Project, "project_id", "To which project they are charged.", AggregateKind::Project);
static PERSON: RecordFacet =
    things(Facet::HeldByPerson, "person_id", "In whose custody they are.", AggregateKind::Person);
static VENDOR: RecordFacet = things(Facet::Vendor, "vendor_id", "Who sold them.", AggregateKind::Vendor);
static PURCHASE_ORDER: RecordFacet = things(
    Facet::PurchaseOrder,
    "purchase_order_id",
    "For which order they were delivered.",
    AggregateKind::PurchaseOrder,
);

const fn things(code: Facet, name: &'static str, meaning: &'static str, kind: AggregateKind) -> RecordFacet {
    RecordFacet { code, name, meaning, values: FacetValues::Things(kind) }
}

static ACQUISITION_COST: Measure =
    Measure { code: 0, name: "acquisition_cost", meaning: "What they cost to acquire." };

/// What totals of assets tell. Their lists, searches and worklists are their own.
pub static ASSETS: RecordKind = RecordKind {
    kind: AggregateKind::Asset,
    name: None,
    default_sort: RecordSort::Created,
    facets: &[
        &STATE,
        &KIND,
        &HARDWARE_KIND,
        &MODEL,
        &LOCATION,
        &DEPARTMENT,
        &PROJECT,
        &PERSON,
        &VENDOR,
        &PURCHASE_ORDER,
    ],
    worklists: &[],
    measures: &[&ACQUISITION_COST],
    owner: None,
};

/// The states of assets that count where no state is asked for: what was voided or cancelled never was.
pub fn counted_states() -> impl Iterator<Item = FacetValue> {
    let never_were = [AssetState::Voided, AssetState::Cancelled];
    let counted = AssetState::ALL.iter().filter(move |state| !never_were.contains(state));
    counted.map(|state| FacetValue::Word(state.as_str()))
}
