//! Rows: how things are shown. The fields of facts and definitions have the names that commands
//! give them; what another thing is called stands beside its id.

pub(crate) mod asset;
pub(crate) mod campaign;
pub(crate) mod cost;
pub(crate) mod difference;
pub(crate) mod instant;
pub(crate) mod open_line;
pub(crate) mod order;
pub(crate) mod person;
pub(crate) mod record;
pub(crate) mod replica_fault;
pub(crate) mod requisition;
pub(crate) mod summary;
pub(crate) mod totals;
pub(crate) mod worklist_length;
