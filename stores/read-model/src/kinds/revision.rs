//! When and how often a thing was changed, and who settled it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One event's place in time and in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// When it happened.
    pub effective_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Its position in the log.
    pub position: u64,
}

/// What changed a thing first and last, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its first event.
    pub created: Stamp,
    /// Its last event.
    pub changed: Stamp,
    /// The number of its events.
    pub version: u64,
}

/// A thing of the domain with its revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Revised<T> {
    /// The thing.
    pub item: T,
    /// What changed it.
    pub revision: Revision,
}

/// How a thing was approved, rejected, ended or cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// By whom: an opaque id.
    pub actor: String,
    /// When (effective).
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
}
