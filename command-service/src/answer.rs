//! What a command is answered with.

use itam_domain::{Envelope, EventId};
use serde::Serialize;
use uuid::Uuid;

/// The answer to a command that was carried out, now or when it was first sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The aggregate that the command was about.
    pub id: Uuid,
    /// That aggregate's version after the command.
    pub version: u64,
    /// The position of the last thing the command stored: what a read waits for to see it all.
    pub position: u64,
    /// What happened, the command's own aggregate first.
    pub events: Vec<AnsweredEvent>,
    /// Whether this repeats an earlier answer.
    #[serde(skip)]
    pub replayed: bool,
}

/// An event in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnsweredEvent {
    /// The event's id.
    pub id: EventId,
    /// Its type, such as `asset.deployed`.
    #[serde(rename = "type")]
    pub name: String,
}

impl AnsweredEvent {
    pub(crate) fn of(envelope: &Envelope) -> Self {
        Self { id: envelope.id, name: envelope.event.event_type().name.to_owned() }
    }
}
