//! What the log's messages must be, and what the tree holds of them.

use itam_event_log::{LogError, StoredMessage};
use itam_proof::Leaf;

use crate::error::SealerError;

/// Checks that messages follow one another from a position on: a log that skips one is damaged.
pub(crate) fn check_sequel(first: u64, messages: &[StoredMessage]) -> Result<(), SealerError> {
    for (expected, message) in (first..).zip(messages) {
        if message.position != expected {
            let reason = format!("position {expected} should come, not {}", message.position);
            return Err(SealerError::Log(LogError::Corrupt(reason)));
        }
    }
    Ok(())
}

/// The leaf of a message.
pub(crate) fn leaf(message: &StoredMessage) -> itam_proof::Hash {
    let StoredMessage { position, subject, body, .. } = message;
    Leaf { position: *position, subject: subject.as_str(), body }.hash()
}
