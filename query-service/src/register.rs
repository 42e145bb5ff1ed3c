//! What is asked: the register of the present, or of a moment. Endpoints ask the one as the other.

use itam_domain::{
    AssetId, DepartmentId, LocationId, ModelId, PersonId, PurchaseOrderId, RequisitionId, VendorId,
};
use itam_read_model::{
    AssetFilters, AssetQuery, AssetRecord, Cursor, DepartmentRecord, Direction, LocationRecord, ModelRecord,
    Page, Past, PersonFilters, PersonRecord, PurchaseOrderFilters, PurchaseOrderRecord, ReadModelError,
    RecordFilters, RequisitionFilters, RequisitionRecord, SearchPage, SearchTerm, Snapshot, VendorRecord,
    Worklist,
};

/// The register of the present, or of a moment.
#[derive(Clone, Copy)]
pub(crate) enum Register<'a> {
    /// As it is.
    Now(&'a Snapshot),
    /// As it was.
    Then(Past<'a>),
}

// A macro, because both registers answer the same questions, each in its own type.
macro_rules! questions {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        impl Register<'_> {
            $(pub(crate) fn $name(&self, $($argument: $type),*) -> Result<$answer, ReadModelError> {
                match self {
                    Self::Now(snapshot) => snapshot.$name($($argument),*),
                    Self::Then(past) => past.$name($($argument),*),
                }
            })+
        }
    };
}

questions! {
    asset(id: AssetId) -> Option<AssetRecord>;
    asset_by_tag(tag: &str) -> Option<AssetRecord>;
    assets_by_tag(tag: &str) -> Vec<AssetRecord>;
    assets_by_serial(serial: &str) -> Vec<AssetRecord>;
    list(query: &AssetQuery, cursor: Option<&Cursor>, limit: usize) -> Page<AssetRecord>;
    search(terms: &[SearchTerm], filters: &AssetFilters, cursor: Option<&Cursor>, limit: usize) -> SearchPage;
    worklist(worklist: Worklist, cursor: Option<&Cursor>, limit: usize) -> Page<AssetRecord>;
    model(id: ModelId) -> Option<ModelRecord>;
    models(filters: &RecordFilters, cursor: Option<&Cursor>, limit: usize) -> Page<ModelRecord>;
    location(id: LocationId) -> Option<LocationRecord>;
    locations(filters: &RecordFilters, cursor: Option<&Cursor>, limit: usize) -> Page<LocationRecord>;
    vendor(id: VendorId) -> Option<VendorRecord>;
    vendors(filters: &RecordFilters, cursor: Option<&Cursor>, limit: usize) -> Page<VendorRecord>;
    department(id: DepartmentId) -> Option<DepartmentRecord>;
    departments(filters: &RecordFilters, cursor: Option<&Cursor>, limit: usize) -> Page<DepartmentRecord>;
    person(id: PersonId) -> Option<PersonRecord>;
    people(filters: &PersonFilters, cursor: Option<&Cursor>, limit: usize) -> Page<PersonRecord>;
    requisition(id: RequisitionId) -> Option<RequisitionRecord>;
    requisitions(
        filters: &RequisitionFilters, direction: Direction, cursor: Option<&Cursor>, limit: usize
    ) -> Page<RequisitionRecord>;
    purchase_order(id: PurchaseOrderId) -> Option<PurchaseOrderRecord>;
    purchase_order_by_number(number: &str) -> Option<PurchaseOrderRecord>;
    purchase_orders(
        filters: &PurchaseOrderFilters, direction: Direction, cursor: Option<&Cursor>, limit: usize
    ) -> Page<PurchaseOrderRecord>;
}
