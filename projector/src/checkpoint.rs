//! Whether a read model was made of this log.

use std::num::NonZeroUsize;

use itam_event_log::LogReader;
use itam_read_model::{Checkpoint, message_hash};

use crate::error::ProjectorError;

/// Proves that a checkpoint lies in this log: that its position is there and holds the same message.
pub(crate) async fn prove(log: &dyn LogReader, checkpoint: Checkpoint) -> Result<(), ProjectorError> {
    let Checkpoint { position, hash } = checkpoint;
    if position == 0 {
        return Ok(());
    }
    let rewritten = |found: String| Err(ProjectorError::HistoryRewritten { position, found });
    let page = log.read(position, NonZeroUsize::MIN).await.map_err(ProjectorError::Log)?;
    let Some(message) = page.messages.first() else {
        return rewritten(format!("but the log ends at {}", page.head));
    };
    if message.position != position || message_hash(&message.body) != hash {
        return rewritten("where the log has another message now".to_owned());
    }
    Ok(())
}
