//! The query service: lists, single things, totals, histories, exports and live changes, over HTTP.
//!
//! [`routes`] answers from the read model, with names from the person vault. Only event bodies
//! (histories, `/v1/events`, `/v1/live`) come from the log itself, because an auditor's export
//! line is the stored byte string. It decides nothing and writes nothing.
//!
//! Every endpoint is a file under `endpoint/`. A list is a `listing::Listing`: it knows its
//! pages and its rows, and answers as JSON page by page, or as a whole in CSV or NDJSON.

mod answer;
mod asset_filters;
mod asset_listing;
#[cfg(feature = "schemars")]
pub mod contract;
mod cursor;
mod desk;
mod endpoint;
mod event_bodies;
mod export;
mod historic;
mod inquiry;
mod listing;
mod moment;
mod names;
mod parameters;
mod permission;
mod projected_listing;
mod query_parameter;
mod read_ahead;
mod read_problem;
mod record_filters;
mod record_listing;
mod row;
mod seal;
mod span;
mod stored_event;
mod view;

use itam_service_kit::csv_text;

pub use desk::{ProjectorProbe, QueryDesk, QueryLimits, QueryParts, ReleasedCount, ReplicaProbe};
pub use endpoint::{MASTER_TABLES, MasterTable, routes};
pub use historic::Historic;
pub use permission::{Query, Reach, reach, sees_personal_data};
pub use query_parameter::{ParameterValues, QueryParameter, Words};
pub use row::replica_fault::ReplicaFaultRow;
pub use seal::SealFiles;
pub use view::TokenNames;
