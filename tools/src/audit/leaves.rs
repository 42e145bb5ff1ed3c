//! Messages of the log as leaves of its tree.

use itam_event_log::StoredMessage;
use itam_proof::Leaf;

/// What of a message is proven.
pub(crate) fn leaf_of(message: &StoredMessage) -> Leaf<'_> {
    Leaf { position: message.position, subject: message.subject.as_str(), body: &message.body }
}
