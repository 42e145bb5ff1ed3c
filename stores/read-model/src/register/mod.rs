//! The register: how it is written, and what it answers about every kind of thing, now and as of any moment.

pub(crate) mod base;
pub(crate) mod batch;
pub(crate) mod chronicle;
pub(crate) mod correction_marks;
pub(crate) mod difference;
pub(crate) mod features;
pub(crate) mod filter;
pub(crate) mod flush;
pub(crate) mod heading;
pub(crate) mod label_history;
pub(crate) mod last_number;
pub(crate) mod list;
pub(crate) mod moment;
pub(crate) mod past_keys;
pub(crate) mod past_order;
pub(crate) mod plain_versions;
pub(crate) mod search;
pub(crate) mod summary;
pub(crate) mod timeline;
pub(crate) mod version;
pub(crate) mod view;
pub(crate) mod worklist;
