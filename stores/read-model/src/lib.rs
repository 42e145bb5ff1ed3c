//! The read model: every redb table, key and row, with a writer for the projector and a reader for queries.
//!
//! The read model answers from one file what the log says: it can be deleted at any moment and
//! built again, row by row the same. [`ReadModelWriter`] folds events into it, [`ReadModel`] opens
//! it for reading, in the writer's process or in another one, and a [`Snapshot`] is consistent: it
//! answers every question as of one position of the log:
//!
//! | question | answer |
//! |---|---|
//! | one thing | [`RegisterView::asset`], [`RegisterView::asset_by_tag`], [`RegisterView::defined`], … |
//! | assets by filter, sort and page | [`RegisterView::list`] with [`AssetQuery`] |
//! | assets by words | [`RegisterView::search`] with [`SearchTerm`]s and [`AssetFilters`] |
//! | assets somebody has to see to | [`RegisterView::worklist`] |
//! | how many, and what they cost | [`RegisterView::summary`], [`RegisterView::breakdown`] |
//! | people, master data, requisitions, orders, audits | [`RegisterView::records`] with [`RecordQuery`] |
//! | those of them that wait, and how many there are by what | [`RegisterView::waiting`], [`RegisterView::totals`] |
//! | what happened to a thing | [`Snapshot::timeline`] |
//! | what differs between two moments | [`Snapshot::diff`] |
//! | how far the log is applied | [`Snapshot::applied`], [`ReadModel::wait_for`] |
//!
//! A [`RegisterView`] is of the present ([`Snapshot::now`]) or of a past day as it was known by then
//! ([`Snapshot::at`] with a [`Moment`]).
//!
//! Calls block for microseconds where pages are in memory. It knows nothing of NATS or HTTP, and
//! decides nothing.

mod kinds;
mod primitive;
mod projection;
mod register;
mod store;

pub use kinds::asset::describe::{ASSETS, counted_states};
pub use kinds::asset::record::{
    AssetRecord, Disposal, Hold, Loss, Maintenance, Retirement, SanitizationRecord, Transit,
};
pub use kinds::audit::list::FindingFilters;
pub use kinds::audit::record::{
    AuditCounts, AuditRecord, AuditStatus, Expectation, FindingRecord, FindingSettlement, Scan,
};
pub use kinds::record::definition::{
    DepartmentRecord, LocationRecord, ModelRecord, PersonRecord, ProjectRecord, PurchaseOrderRecord,
    PurchaseOrderStatus, Record, RecordType, RequisitionRecord, RequisitionStatus, VendorRecord,
};
pub use kinds::record::facet::{
    FacetValue, FacetValues, FacetWords, Measure, RecordFacet, RecordKind, RecordSort, RecordWorklist,
};
pub use kinds::record::list::{RecordFilters, RecordQuery, WaitingRecord};
pub use kinds::record::totals::{GroupedTotals, RecordGroup, RecordTotals};
pub use kinds::revision::{Revised, Revision, Settlement, Stamp};
pub use primitive::page::{Cursor, Direction, MAX_PAGE, Page};
pub use projection::compliance::SanitizationStatus;
pub use projection::declaration::{ProjectedFilter, ProjectedTotal, ProjectedWorklist, WordFacet};
pub use projection::definition::Projection;
pub use projection::prepare::PreparedProjection;
pub use projection::questions::{Total, TotalsByThing};
pub use projection::snapshot::{ProjectionSnapshot, ProjectionView};
pub use projection::tco::CostStatus;
pub use register::difference::AssetDifference;
pub use register::filter::AssetFilters;
pub use register::list::{AssetQuery, AssetSort};
pub use register::moment::Moment;
pub use register::search::{MAX_TERM_CUSTODIANS, MAX_TERMS, SearchPage, SearchTerm, search_words};
pub use register::summary::{Breakdown, KindGroup, Summary, SummaryFilters, SummaryGroup};
pub use register::view::RegisterView;
pub use register::worklist::{Worklist, WorklistLength};
pub use store::current_file::POINTER_LOOK;
pub use store::error::{ReadModelError, Result};
pub use store::log_entry::{LogContent, LogEntry};
pub use store::meta::{Checkpoint, message_hash};
pub use store::model::ReadModel;
pub use store::options::{ReadModelOptions, Sharing};
pub use store::parked::Parked;
pub use store::snapshot::Snapshot;
pub use store::tables::SCHEMA_VERSION;
pub use store::writer::{Opened, ReadModelWriter};
