//! What is wrong with a server's copy of a stream, as it is shown.

use std::time::Instant;

use chrono::{DateTime, Utc};
use itam_event_log::ReplicaFault;
use serde::Serialize;

/// What is wrong with a server's copy of a stream, and since when.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub struct ReplicaFaultRow {
    /// What is wrong.
    #[serde(flatten)]
    pub fault: ReplicaFault,
    /// The first look that did not find it right.
    pub since: DateTime<Utc>,
    /// The same, by the clock that nobody sets.
    #[serde(skip)]
    pub begun: Instant,
}
