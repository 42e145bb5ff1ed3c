//! Every redb table, key and row; a writer for the projector, a reader for queries.
//!
//! The read model answers from one file what the log says: it can be deleted at any moment and
//! built again, row by row the same. [`ReadModelWriter`] folds events into it, [`ReadModel`] opens
//! it for reading, in the writer's process or in another one, and a [`Snapshot`] is a consistent
//! view of it that answers every question:
//!
//! | question | answer |
//! |---|---|
//! | one thing | [`Snapshot::asset`], [`Snapshot::asset_by_tag`], [`Snapshot::model`], … |
//! | assets by filter, sort and page | [`Snapshot::list`] with [`AssetQuery`] |
//! | assets by words | [`Snapshot::search`] with [`SearchTerm`]s and [`AssetFilters`] |
//! | assets somebody has to see to | [`Snapshot::worklist`] |
//! | how many, and what they cost | [`Snapshot::summary`], [`Snapshot::summary_by_kind`], …, [`Past::breakdown`] |
//! | what happened to a thing | [`Snapshot::timeline`] |
//! | master data, requisitions, orders | [`Snapshot::models`], [`Snapshot::requisitions`], … |
//! | any of it as of a past day, as it was known by then | [`Snapshot::at`] with a [`Moment`] |
//! | what differs between two moments | [`Snapshot::diff`] |
//! | how far the log is applied | [`Snapshot::applied`], [`ReadModel::wait_for`] |
//!
//! Calls block for microseconds where pages are in memory. It knows nothing of NATS or HTTP, and
//! decides nothing.

mod asset_change;
mod asset_index;
mod asset_record;
mod asset_row;
mod audit_batch;
mod audit_list;
mod audit_record;
mod audit_row;
mod batch;
mod block;
mod chronicle;
mod course;
mod dated;
mod delta;
mod difference;
mod dump;
mod entry;
mod error;
mod filter;
mod flush;
mod former;
mod generation;
mod holders;
mod key;
mod last_number;
mod list;
mod meta;
mod model;
mod moment;
mod options;
mod ordinals;
mod page;
mod parked;
mod past;
mod past_order;
mod past_summary;
mod posting;
mod record;
mod record_change;
mod record_index;
mod record_list;
mod record_row;
mod search;
mod snapshot;
mod summary;
mod tables;
mod timeline;
mod token;
mod totals;
mod traits;
mod varint;
mod version;
mod view;
mod worklist;
mod writer;

pub use asset_record::{
    AssetRecord, Disposal, Hold, Loss, Maintenance, Retirement, SanitizationRecord, Stamp, Transit,
};
pub use audit_list::FindingFilters;
pub use audit_record::{
    AuditCounts, AuditRecord, AuditStatus, Expectation, FindingRecord, FindingSettlement, Scan,
};
pub use difference::AssetDifference;
pub use entry::{Content, Entry};
pub use error::{ReadModelError, Result};
pub use filter::AssetFilters;
pub use generation::Sharing;
pub use list::{AssetQuery, AssetSort};
pub use meta::{Checkpoint, message_hash};
pub use model::{POINTER_LOOK, ReadModel};
pub use moment::Moment;
pub use options::ReadModelOptions;
pub use page::{Cursor, Direction, MAX_PAGE, Page};
pub use parked::Parked;
pub use past::Past;
pub use past_summary::Breakdown;
pub use record::{
    DepartmentRecord, LocationRecord, ModelRecord, PersonRecord, PurchaseOrderRecord, PurchaseOrderStatus,
    RequisitionRecord, RequisitionStatus, Revised, Revision, Settlement, VendorRecord,
};
pub use record_list::{OpenLine, PersonFilters, PurchaseOrderFilters, RecordFilters, RequisitionFilters};
pub use search::{MAX_TERM_CUSTODIANS, MAX_TERMS, SearchPage, SearchTerm, search_words};
pub use snapshot::Snapshot;
pub use summary::{Group, KindGroup, Summary, SummaryFilters};
pub use tables::SCHEMA_VERSION;
pub use worklist::Worklist;
pub use writer::{Opened, ReadModelWriter};
