//! Messages of the log, as the projector gives them to the writer.

use chrono::{DateTime, Utc};
use itam_domain::Envelope;

/// What stands at one position of the log.
#[derive(Debug)]
pub enum LogContent {
    /// An event that this build can read.
    Event(Box<Envelope>),
    /// An event that it cannot read, with its type as far as it could be read, and why.
    Unreadable {
        /// Its wire name.
        event_type: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// A key or a guard: counted for the position's sake, and nothing else.
    Skipped,
}

/// One message of the log, as the projector gives it.
#[derive(Debug)]
pub struct LogEntry<'a> {
    /// Its position.
    pub position: u64,
    /// When the log stored it.
    pub stored_at: DateTime<Utc>,
    /// Its stored bytes.
    pub body: &'a [u8],
    /// What it says.
    pub content: LogContent,
}
