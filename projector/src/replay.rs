//! Replaying the log into a read model of its own, up to a position of the past.

use std::sync::Arc;

use itam_event_log::LogReader;
use itam_read_model::{Checkpoint, ReadModel, ReadModelWriter};

use crate::blocking::blocking;
use crate::error::ProjectorError;
use crate::options::ProjectorOptions;
use crate::rebuild::build_from_log;
use crate::status::Progress;

/// What a replay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayReport {
    /// The last position applied, and the hash of the message there.
    pub applied: Checkpoint,
    /// How many of the messages were events.
    pub events: u64,
    /// Events that could not be applied.
    pub parked: u64,
    /// The canonical hash of every row: the same for everybody who replays this history so far.
    pub hash: [u8; 32],
}

/// Builds the read model as it was when position `until` was the last, in the empty folder of
/// `model`, a reader [`ReadModel::in_process`], telling `progress` how far it got. The folder can be
/// read only once all is there.
///
/// # Errors
/// [`ProjectorError`]. What is in the folder then is not a read model, and may be removed.
pub async fn replay(
    log: Arc<dyn LogReader>,
    model: ReadModel,
    tenant: &str,
    options: &ProjectorOptions,
    until: u64,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<ReplayReport, ProjectorError> {
    let mut events = 0;
    let note = |step: Progress| {
        events = step.events;
        progress(Progress { head: until, ..step });
    };
    let (tenant, begin) = (tenant.to_owned(), ReadModelWriter::build_apart);
    let built = build_from_log(log, model, tenant, begin, options, until, note).await?;
    blocking("finishing the replayed read model", move || {
        let (applied, parked, hash) = (built.checkpoint(), built.parked(), built.dump_hash()?);
        drop(built.switch()?);
        Ok(ReplayReport { applied, events, parked, hash })
    })
    .await
}
