//! Instants on the wire.

use chrono::{DateTime, Utc};
use itam_domain::format_instant;
use itam_read_model::{Revision, Stamp};
use serde::{Serialize, Serializer};

/// An instant: RFC 3339, UTC, with milliseconds.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format_instant(self.0))
    }
}

/// The place of an event in time and in the log.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "Stamp"))]
pub(crate) struct StampRow {
    /// When it happened in the world.
    effective_time: Instant,
    /// When it was recorded.
    recorded_time: Instant,
    /// Its position in the log.
    position: u64,
}

impl From<Stamp> for StampRow {
    fn from(stamp: Stamp) -> Self {
        Self {
            effective_time: Instant(stamp.effective_at),
            recorded_time: Instant(stamp.recorded_at),
            position: stamp.position,
        }
    }
}

/// The first and the last event of a thing, and how many there were.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(crate) struct RevisionRow {
    /// How many events it has: what If-Match takes.
    version: u64,
    /// Its first event.
    created: StampRow,
    /// Its last event.
    changed: StampRow,
}

impl From<Revision> for RevisionRow {
    fn from(revision: Revision) -> Self {
        Self { version: revision.version, created: revision.created.into(), changed: revision.changed.into() }
    }
}
