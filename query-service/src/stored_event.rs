//! Stored events, read just far enough to be shown: types that this build does not know too.

use std::borrow::Cow;

use itam_domain::Envelope;
use itam_event_log::{LogError, StoredMessage};
use itam_service_kit::{Problem, ProblemCode, error_chain};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::time::Duration;

use crate::csv_text::Columns;
use crate::names::ShownName;
use crate::view::AnswerView;

/// The columns of histories in CSV.
pub(crate) const EVENT_COLUMNS: Columns = Columns(
    "position id type subject version recorded_time effective_time actor actor_kind actor_name reason \
     command_id correlation_id data",
);

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
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "HistoryEvent"))]
#[serde(untagged)]
pub(crate) enum EventRow<'a> {
    /// As it is shown.
    Read(Box<ReadRow<'a>>),
    /// Not in the form of this project's events.
    Unreadable(UnreadableRow),
}

/// An event that is named beside what it did.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "NamedEvent"))]
#[serde(untagged)]
pub(crate) enum NamedEventRow<'a> {
    /// As it is shown, without its data.
    Named(Box<EventHead<'a>>),
    /// Not in the form of this project's events.
    Unreadable(UnreadableRow),
}

/// An event of a history, as it is shown.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "ReadableEvent"))]
pub(crate) struct ReadRow<'a> {
    #[serde(flatten)]
    head: EventHead<'a>,
    /// The event's data, as its schema says.
    #[cfg_attr(feature = "schemars", schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    data: &'a RawValue,
}

/// An event without its data.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(crate) struct EventHead<'a> {
    /// Its position in the log.
    position: u64,
    /// Its id.
    #[cfg_attr(feature = "schemars", schemars(with = "uuid::Uuid"))]
    id: Cow<'a, str>,
    /// What happened, such as asset.deployed.
    r#type: Cow<'a, str>,
    /// What it happened to.
    subject: Cow<'a, str>,
    /// The number of the event within its aggregate.
    version: u64,
    /// When it was recorded.
    #[cfg_attr(feature = "schemars", schemars(with = "crate::row::instant::Instant"))]
    recorded_time: Cow<'a, str>,
    /// When it happened in the world.
    #[cfg_attr(feature = "schemars", schemars(with = "crate::row::instant::Instant"))]
    effective_time: Cow<'a, str>,
    /// Who did it.
    actor: Cow<'a, str>,
    /// What kind of actor that is.
    #[cfg_attr(feature = "schemars", schemars(with = "itam_domain::ActorKind"))]
    actor_kind: Cow<'a, str>,
    /// What the actor is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<ShownName>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    /// The command that caused it.
    #[cfg_attr(feature = "schemars", schemars(with = "uuid::Uuid"))]
    command_id: Cow<'a, str>,
    /// What the command was part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'a, str>>,
}

/// An event of a history that cannot be shown.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "UnreadableEvent"))]
pub(crate) struct UnreadableRow {
    /// Its position in the log.
    position: u64,
    /// Why the event cannot be shown.
    unreadable: String,
}

impl<'a> StoredEvent<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    fn head(self, view: &AnswerView, position: u64) -> EventHead<'a> {
        EventHead {
            position,
            actor_name: view.actor_name(&self.actor),
            id: self.id,
            r#type: self.name,
            subject: self.subject,
            version: self.aggregateversion,
            recorded_time: self.time,
            effective_time: self.effectivetime,
            actor: self.actor,
            actor_kind: self.actorkind,
            reason: self.reason,
            command_id: self.commandid,
            correlation_id: self.correlationid,
        }
    }
}

impl<'a> EventRow<'a> {
    pub(crate) fn new(view: &AnswerView, message: &'a StoredMessage) -> Self {
        let position = message.position;
        match StoredEvent::read(&message.body) {
            Ok(event) => Self::Read(Box::new(ReadRow { data: event.data, head: event.head(view, position) })),
            Err(error) => Self::Unreadable(UnreadableRow { position, unreadable: error.to_string() }),
        }
    }

    /// A message of a thing's own history: what is alien to the thing is not shown as something that
    /// happened to it.
    pub(crate) fn of_history(view: &AnswerView, message: &'a StoredMessage) -> Self {
        match Envelope::decode_at(message.subject.as_str(), &message.body) {
            Err(alien) if alien.is_alien() => {
                let unreadable = format!("alien, believed by nobody: {}", error_chain(&alien));
                Self::Unreadable(UnreadableRow { position: message.position, unreadable })
            }
            _ => Self::new(view, message),
        }
    }
}

impl<'a> NamedEventRow<'a> {
    pub(crate) fn new(view: &AnswerView, message: &'a StoredMessage) -> Self {
        match EventRow::new(view, message) {
            EventRow::Read(row) => Self::Named(Box::new(row.head)),
            EventRow::Unreadable(row) => Self::Unreadable(row),
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
