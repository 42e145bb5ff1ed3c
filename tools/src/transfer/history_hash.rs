//! One hash over a whole history.

use data_encoding::HEXLOWER;
use itam_event_log::TransferRecord;
use sha2::{Digest, Sha256};

/// A running SHA-256 over position, subject and body of every message: two histories with the same
/// hash are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryHash {
    hash: Sha256,
    /// How many messages were added.
    pub(crate) messages: u64,
}

impl HistoryHash {
    /// Adds the next message. Lengths go first, so that no two histories look alike.
    pub(crate) fn add(&mut self, record: &TransferRecord) {
        let message = &record.message;
        let subject = message.subject.as_str().as_bytes();
        for length in [message.position, subject.len() as u64, message.body.len() as u64] {
            self.hash.update(length.to_be_bytes());
        }
        self.hash.update([u8::from(record.ends_commit)]);
        self.hash.update(subject);
        self.hash.update(&message.body);
        self.messages += 1;
    }

    /// The hash so far, as text.
    pub(crate) fn text(&self) -> String {
        HEXLOWER.encode(&self.hash.clone().finalize())
    }
}
