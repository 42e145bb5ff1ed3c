//! What can be done about parked events: see them, try them again, release them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use itam_read_model::{ReadModel, ReadModelError};
use serde::Serialize;

use crate::release::{Release, ReleaseError, Releases};
use crate::{ProjectorError, ProjectorHandle, RebuildReport, RebuildScope};

/// An event that this build cannot apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ParkedEvent {
    /// Where it stands in the log.
    pub position: u64,
    /// Its type, as far as it could be read.
    pub r#type: String,
    /// Why it is not applied.
    pub reason: String,
    /// When the log stored it.
    pub stored_at: DateTime<Utc>,
    /// Who released it, when and why, if somebody did.
    pub release: Option<ReleaseNote>,
}

/// Who released an event, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub struct ReleaseNote {
    /// An actor's id.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// Why events were not released.
#[derive(Debug, thiserror::Error)]
pub enum NotReleased {
    /// No event is parked at this position.
    #[error("no event is parked at position {0}")]
    NotParked(u64),
    /// The read model cannot be read.
    #[error("the parked events cannot be read")]
    ReadModel(#[from] ReadModelError),
    /// The releases cannot be written.
    #[error(transparent)]
    File(#[from] ReleaseError),
}

/// Sees to the parked events of one read model.
#[derive(Clone, Debug)]
pub struct ParkedDesk {
    model: ReadModel,
    releases: Arc<Releases>,
    handle: ProjectorHandle,
}

impl ParkedDesk {
    /// The desk of a read model, its releases and its projector.
    #[must_use]
    pub fn new(model: ReadModel, releases: Arc<Releases>, handle: ProjectorHandle) -> Self {
        Self { model, releases, handle }
    }

    /// At most `limit` parked events from a position on, released ones too.
    ///
    /// # Errors
    /// [`ReadModelError`] if the read model cannot be read.
    pub fn list(&self, from: u64, limit: usize) -> Result<Vec<ParkedEvent>, ReadModelError> {
        let rows = self.model.snapshot()?.parked(from, limit)?;
        let shown = rows.into_iter().map(|(position, parked)| {
            let release = self.releases.find(position, &parked);
            let note = |release: Release| ReleaseNote {
                by: release.released_by,
                at: release.released_at,
                reason: release.reason,
            };
            ParkedEvent {
                position,
                r#type: parked.event_type,
                reason: parked.reason,
                stored_at: parked.seen_at,
                release: release.map(note),
            }
        });
        Ok(shown.collect())
    }

    /// Releases events: all of them, or none if one is not parked. One that is released already
    /// keeps its first release.
    ///
    /// # Errors
    /// [`NotReleased`].
    pub fn release(
        &self,
        positions: &[u64],
        by: &str,
        at: DateTime<Utc>,
        reason: &str,
    ) -> Result<Vec<ParkedEvent>, NotReleased> {
        let snapshot = self.model.snapshot()?;
        let (mut new, mut shown) = (Vec::new(), Vec::new());
        for position in positions {
            let found = snapshot.parked(*position, 1)?.into_iter().find(|(found, _)| found == position);
            let (_, parked) = found.ok_or(NotReleased::NotParked(*position))?;
            if self.releases.find(*position, &parked).is_none() {
                new.push(Release {
                    position: *position,
                    event_type: parked.event_type,
                    stored_at: parked.seen_at,
                    released_by: by.to_owned(),
                    released_at: at,
                    reason: reason.to_owned(),
                });
            }
        }
        self.releases.add(&new)?;
        for position in positions {
            shown.extend(self.list(*position, 1)?);
        }
        Ok(shown)
    }

    /// Tries all of them again, by building the read model anew: an event is applied in its place
    /// in the order or not at all.
    ///
    /// # Errors
    /// As [`ProjectorHandle::rebuild`].
    pub async fn retry(&self) -> Result<RebuildReport, ProjectorError> {
        self.handle.rebuild(RebuildScope::Everything).await
    }
}
