//! Instants on the wire.

use chrono::{DateTime, Utc};
use itam_domain::format_instant;
use itam_read_model::{Revision, Stamp};
use serde::{Serialize, Serializer};

/// An instant: RFC 3339, UTC, with milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format_instant(self.0))
    }
}

/// The place of an event in time and in the log.
#[derive(Serialize)]
pub(crate) struct StampRow {
    effective_time: Instant,
    recorded_time: Instant,
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
pub(crate) struct RevisionRow {
    version: u64,
    created: StampRow,
    changed: StampRow,
}

impl From<Revision> for RevisionRow {
    fn from(revision: Revision) -> Self {
        Self { version: revision.version, created: revision.created.into(), changed: revision.changed.into() }
    }
}
