//! Stored events, read just far enough to be shown: types that this build does not know too.

use std::borrow::Cow;

use itam_domain::Envelope;
use itam_event_log::{LogError, StoredMessage};
use itam_service_kit::{Problem, ProblemCode, error_chain};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::time::Duration;

use crate::csv_text::Column;
use crate::names::Name;
use crate::view::View;

/// The columns of histories in CSV.
pub(crate) const EVENT_COLUMNS: &[Column] = &[
    ("position", "/position"),
    ("id", "/id"),
    ("type", "/type"),
    ("subject", "/subject"),
    ("version", "/version"),
    ("recorded_time", "/recorded_time"),
    ("effective_time", "/effective_time"),
    ("actor", "/actor"),
    ("actor_kind", "/actor_kind"),
    ("actor_name", "/actor_name"),
    ("reason", "/reason"),
    ("command_id", "/command_id"),
    ("correlation_id", "/correlation_id"),
    ("data", "/data"),
];

/// What of a stored event is shown.
#[derive(Deserialize)]
pub(crate) struct StoredEvent<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub(crate) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) subject: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    effectivetime: Cow<'a, str>,
    #[serde(borrow)]
    actor: Cow<'a, str>,
    #[serde(borrow)]
    actorkind: Cow<'a, str>,
    #[serde(borrow)]
    commandid: Cow<'a, str>,
    #[serde(borrow, default)]
    correlationid: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
    aggregateversion: u64,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// An event of a history.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum EventRow<'a> {
    /// As it is shown.
    Read(Box<ReadRow<'a>>),
    /// Not in the form of this project's events.
    Unreadable {
        /// Where it stands.
        position: u64,
        /// Why it is not shown.
        unreadable: String,
    },
}

/// An event as it is shown.
#[derive(Serialize)]
pub(crate) struct ReadRow<'a> {
    position: u64,
    id: Cow<'a, str>,
    r#type: Cow<'a, str>,
    subject: Cow<'a, str>,
    version: u64,
    recorded_time: Cow<'a, str>,
    effective_time: Cow<'a, str>,
    actor: Cow<'a, str>,
    actor_kind: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    command_id: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

impl<'a> StoredEvent<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }
}

impl<'a> EventRow<'a> {
    pub(crate) fn new(view: &View, message: &'a StoredMessage) -> Self {
        let position = message.position;
        match StoredEvent::read(&message.body) {
            Ok(event) => Self::Read(Box::new(ReadRow {
                position,
                actor_name: view.actor_name(&event.actor),
                id: event.id,
                r#type: event.name,
                subject: event.subject,
                version: event.aggregateversion,
                recorded_time: event.time,
                effective_time: event.effectivetime,
                actor: event.actor,
                actor_kind: event.actorkind,
                reason: event.reason,
                command_id: event.commandid,
                correlation_id: event.correlationid,
                data: Some(event.data),
            })),
            Err(error) => Self::Unreadable { position, unreadable: error.to_string() },
        }
    }

    /// A message of a thing's own history: what is alien to the thing is not shown as something that
    /// happened to it.
    pub(crate) fn of_history(view: &View, message: &'a StoredMessage) -> Self {
        match Envelope::decode_at(message.subject.as_str(), &message.body) {
            Err(alien) if alien.is_alien() => {
                let unreadable = format!("alien, believed by nobody: {}", error_chain(&alien));
                Self::Unreadable { position: message.position, unreadable }
            }
            _ => Self::new(view, message),
        }
    }

    /// The event without what it says.
    pub(crate) fn without_data(view: &View, message: &'a StoredMessage) -> Self {
        match Self::new(view, message) {
            Self::Read(row) => Self::Read(Box::new(ReadRow { data: None, ..*row })),
            unreadable @ Self::Unreadable { .. } => unreadable,
        }
    }
}

/// Which events of the log are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilter {
    /// Of these types; all if there are none.
    pub(crate) types: Vec<String>,
    /// Of these sorts of things; all if there are none.
    pub(crate) aggregates: Vec<String>,
}

impl EventFilter {
    /// Whether a message is an event that is wanted. What cannot be read is wanted if no type is
    /// named: it is not left out in silence.
    pub(crate) fn takes(&self, message: &StoredMessage) -> bool {
        let Some((aggregate, _)) = message.subject.aggregate() else {
            return false;
        };
        let is_aggregate =
            self.aggregates.is_empty() || self.aggregates.iter().any(|wanted| wanted == aggregate);
        let is_type = || {
            let event = StoredEvent::read(&message.body);
            event.is_ok_and(|event| self.types.iter().any(|wanted| *wanted == event.name))
        };
        is_aggregate && (self.types.is_empty() || is_type())
    }
}

/// The problem of a log that does not answer.
pub(crate) fn log_problem(error: &LogError) -> Problem {
    match error {
        LogError::Unavailable { .. } => {
            let detail = "The log cannot be reached now.";
            Problem::fault(ProblemCode::LogUnavailable, detail, error).retry_after(Duration::from_secs(1))
        }
        LogError::NotPermitted { .. } => {
            let detail = "Reading the log is not permitted to this service on the NATS servers.";
            Problem::fault(ProblemCode::LogUnavailable, detail, error)
                .with("reason", "not-permitted")
                .retry_after(Duration::from_secs(1))
        }
        other => Problem::internal(other),
    }
}
