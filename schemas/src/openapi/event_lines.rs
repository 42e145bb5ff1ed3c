//! The schemas of the lines of the log.

use serde_json::{Value, json};

use super::row_parts::{count, row, text};
use crate::components::one_of;
use crate::reference::reference;

/// A line of the log, and the three forms that it has.
pub(super) fn schemas() -> Vec<Value> {
    let (position, subject) = (count("Its position in the log."), text("The NATS subject."));
    let event = json!({"position": position, "subject": subject, "event": reference("Envelope")});
    let bytes = json!({"position": position, "subject": subject, "base64": {
        "type": "string", "contentEncoding": "base64", "description": "The stored bytes.",
    }});
    let end = json!({"next_position": count("Where to go on.")});
    let line = "A line of the log: a message, or the end.";
    let of_event = "A line of the log: its event holds the stored bytes.";
    let of_bytes = "A line of the log whose stored bytes are not JSON.";
    let of_end = "The last line of the log. An export without it was cut.";
    vec![
        one_of("EventLine", line, &["StoredEventLine", "StoredBytesLine", "EndLine"]),
        row("StoredEventLine", of_event, &event, &["position", "subject", "event"]),
        row("StoredBytesLine", of_bytes, &bytes, &["position", "subject", "base64"]),
        row("EndLine", of_end, &end, &["next_position"]),
    ]
}
