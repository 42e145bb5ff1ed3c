//! What stands in a message of the log.

use itam_domain::{Envelope, EnvelopeError};
use itam_event_log::StoredMessage;
use itam_read_model::Content;
use serde::Deserialize;

/// What a message says to the read model.
#[must_use]
pub fn content(message: &StoredMessage) -> Content {
    let Some((kind, id)) = message.subject.aggregate() else {
        // Keys and guards serve those who append.
        return if message.subject.is_event() {
            unreadable(message, "its subject names no aggregate".to_owned())
        } else {
            Content::Skipped
        };
    };
    match Envelope::decode(&message.body) {
        Ok(envelope) if envelope.aggregate.kind.as_str() != kind || envelope.aggregate.id != id => {
            let reason =
                format!("it stands under {} but says it happened to {}", message.subject, envelope.aggregate);
            unreadable(message, reason)
        }
        Ok(envelope) => Content::Event(Box::new(envelope)),
        Err(error) => unreadable(message, describe(&error)),
    }
}

fn unreadable(message: &StoredMessage, reason: String) -> Content {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "type")]
        name: String,
    }
    let named: Option<Named> = serde_json::from_slice(&message.body).ok();
    let event_type = named.map_or_else(|| "unknown".to_owned(), |named| named.name);
    Content::Unreadable { event_type, reason }
}

fn describe(error: &EnvelopeError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
