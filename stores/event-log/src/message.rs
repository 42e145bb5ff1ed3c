//! What comes back out of the log.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::Subject;

/// One stored message, exactly as it was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its position: the sequence in the tenant's stream, from 1, without gaps.
    pub position: u64,
    /// Where it lives.
    pub subject: Subject,
    /// When the log stored it. Informative: the recorded time that counts is in the body.
    pub stored_at: DateTime<Utc>,
    /// The stored bytes.
    pub body: Bytes,
}

/// A run of messages without gaps that never ends inside a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// The messages, by ascending position. Empty if there was nothing (yet) to read.
    pub messages: Vec<StoredMessage>,
    /// The log's last position when the page was read; 0 for an empty log.
    pub head: u64,
}
