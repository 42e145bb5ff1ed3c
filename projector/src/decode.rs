//! What stands in a message of the log.

use itam_domain::{Envelope, EnvelopeError};
use itam_event_log::StoredMessage;
use itam_read_model::LogContent;
use serde::Deserialize;

/// What a message says to the read model.
#[must_use]
pub fn content(message: &StoredMessage) -> LogContent {
    if !message.subject.is_event() {
        // Keys and guards serve those who append.
        return LogContent::Skipped;
    }
    match Envelope::decode_at(message.subject.as_str(), &message.body) {
        Ok(envelope) => LogContent::Event(Box::new(envelope)),
        Err(error) => unreadable(message, describe(&error)),
    }
}

fn unreadable(message: &StoredMessage, reason: String) -> LogContent {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "type")]
        name: String,
    }
    let named: Option<Named> = serde_json::from_slice(&message.body).ok();
    let event_type = named.map_or_else(|| "unknown".to_owned(), |named| named.name);
    LogContent::Unreadable { event_type, reason }
}

/// Whoever looks at a parked message must see whether it waits for a newer build, or for nothing.
fn describe(error: &EnvelopeError) -> String {
    let alien = if error.is_alien() { "alien: " } else { "" };
    match std::error::Error::source(error) {
        Some(source) => format!("{alien}{error}: {source}"),
        None => format!("{alien}{error}"),
    }
}
