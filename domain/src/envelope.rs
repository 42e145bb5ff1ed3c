//! The stored form of an event: one `CloudEvents` 1.0 JSON document (structured mode).
//!
//! Source: `CloudEvents` 1.0.2 §3 (attributes), JSON Event Format 1.0.2. Extension attribute names
//! hold only lower-case letters and digits, as the specification demands.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::actor::ActorKind;
use crate::aggregate::{AggregateKind, AggregateRef, Event};
use crate::ids::{CommandId, EventId};
use crate::upcast::{UPCASTS, reads_as_it_is, upcast};

/// An event with everything that is stored around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The event's own id.
    pub id: EventId,
    /// The organization.
    pub tenant: String,
    /// What it happened to.
    pub aggregate: AggregateRef,
    /// The number of the event within its aggregate, from 1.
    pub aggregate_version: u64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When it happened in the world; not after `recorded_at`.
    pub effective_at: DateTime<Utc>,
    /// Who did it: an opaque id.
    pub actor: String,
    /// What sort of actor.
    pub actor_kind: ActorKind,
    /// The command that caused it.
    pub command_id: CommandId,
    /// The digest of that command, which tells a repetition from another command of the same id.
    pub command_digest: String,
    /// What the command was part of, as its sender calls it.
    pub correlation_id: String,
    /// What caused the command: an event's or a message's id, if its sender said so.
    pub causation_id: Option<String>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// What happened.
    pub event: Event,
}

/// Why stored bytes could not be read as an event of this build.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not a `CloudEvents` document as itam writes it.
    #[error("not a stored event")]
    Malformed(#[source] serde_json::Error),
    /// An attribute does not hold what it should.
    #[error("the attribute {attribute} holds {value:?}")]
    Attribute {
        /// Its name.
        attribute: &'static str,
        /// What it holds.
        value: String,
    },
    /// An event of another thing, or of another organization, than those whose events stand there.
    #[error("it stands under {subject} and says that it belongs under {claimed}")]
    Misplaced {
        /// Where it stands.
        subject: String,
        /// Where it says that it belongs.
        claimed: String,
    },
    /// An event that this build does not know.
    #[error("events of type {name} version {version} are not known to this build")]
    UnknownType {
        /// The wire name.
        name: String,
        /// The version.
        version: u32,
    },
    /// A known event whose data cannot be read.
    #[error("the data of {name} version {version} cannot be read")]
    Data {
        /// The wire name.
        name: String,
        /// The version.
        version: u32,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
}

impl EnvelopeError {
    /// Whether no build of itam wrote this there. An *alien* message was put into the log by somebody else:
    /// it stands there and is proven with the rest, nobody believes it, and the thing's history goes on
    /// without it. What is not alien may be an event of a newer build, and nothing is decided without it.
    #[must_use]
    pub fn is_alien(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::Attribute { .. } | Self::Misplaced { .. } => true,
            Self::UnknownType { .. } | Self::Data { .. } => false,
        }
    }
}

/// The base of the `dataschema` URIs.
pub const SCHEMA_BASE: &str = "https://schemas.itam.dev/events/";

#[derive(Serialize, Deserialize)]
struct Document<'a, D> {
    specversion: &'a str,
    id: EventId,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(rename = "type")]
    name: &'a str,
    datacontenttype: &'a str,
    #[serde(borrow)]
    dataschema: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    tenant: &'a str,
    #[serde(borrow)]
    effectivetime: Cow<'a, str>,
    #[serde(borrow)]
    actor: Cow<'a, str>,
    actorkind: ActorKind,
    commandid: CommandId,
    commanddigest: &'a str,
    #[serde(borrow)]
    correlationid: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    causationid: Option<Cow<'a, str>>,
    aggregateversion: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    data: D,
}

impl<D> Document<'_, D> {
    /// Whether the subject of the log is that of the thing which the document names.
    fn belongs_under(&self, subject: &str) -> bool {
        let rest = subject.strip_prefix("itam.").and_then(|rest| rest.strip_prefix(self.tenant));
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix(".event.")) else { return false };
        match self.subject.split_once('/') {
            Some((kind, id)) => rest.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')) == Some(id),
            None => rest == self.subject,
        }
    }
}

struct DataOf<'a>(&'a Event);

impl Serialize for DataOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_data(serializer)
    }
}

/// Writes an instant as RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn format_instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The instant in the precision in which it is stored, so that a state that is kept and one that
/// is loaded anew do not differ.
pub(crate) fn as_stored(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.trunc_subsecs(3)
}

/// Whether RFC 3339 has a form for the instant: it knows the years 0 to 9999.
pub(crate) fn is_storable(instant: DateTime<Utc>) -> bool {
    (0..=9999).contains(&instant.year())
}

impl Envelope {
    /// The stored bytes.
    ///
    /// # Panics
    /// Never: an envelope holds nothing that JSON has no form for.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let event_type = self.event.event_type();
        let document = Document {
            specversion: "1.0",
            id: self.id,
            source: format!("/itam/{}", self.tenant).into(),
            name: event_type.name,
            datacontenttype: "application/json",
            dataschema: format!("{SCHEMA_BASE}{}.v{}.json", event_type.name, event_type.version).into(),
            subject: self.aggregate.to_string().into(),
            time: format_instant(self.recorded_at).into(),
            tenant: &self.tenant,
            effectivetime: format_instant(self.effective_at).into(),
            actor: self.actor.as_str().into(),
            actorkind: self.actor_kind,
            commandid: self.command_id,
            commanddigest: &self.command_digest,
            correlationid: self.correlation_id.as_str().into(),
            causationid: self.causation_id.as_deref().map(Into::into),
            aggregateversion: self.aggregate_version,
            reason: self.reason.as_deref().map(Into::into),
            data: DataOf(&self.event),
        };
        serde_json::to_vec(&document).expect("maps with text keys and plain values always serialize")
    }

    /// Reads stored bytes, wherever they stand.
    ///
    /// # Errors
    /// [`EnvelopeError`] says why this build cannot read them. The bytes may be right all the same:
    /// a newer build may have written them.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::of_document(read_document(bytes)?)
    }

    /// Reads stored bytes that stand under a subject of the log. Where they stand is looked at before
    /// what they say, so that what is not known is only what may be an event of this very thing.
    ///
    /// # Errors
    /// [`EnvelopeError`]; [`EnvelopeError::is_alien`] tells what nobody has to believe.
    pub fn decode_at(subject: &str, bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let document = read_document(bytes)?;
        if !document.belongs_under(subject) {
            let claimed =
                format!("itam.{}.event.{}", document.tenant, document.subject.replacen('/', ".", 1));
            return Err(EnvelopeError::Misplaced { subject: subject.to_owned(), claimed });
        }
        Self::of_document(document)
    }

    /// Whether this can be what happened next to a thing whose last event has the number `last`. An event
    /// whose number stands there already is a copy that a stranger put there: alien, though it can be read.
    /// What an audit finds is counted by its lanes and not numbered in read models, so it is not asked here.
    #[must_use]
    pub fn follows(&self, last: u64) -> bool {
        self.aggregate_version > last || self.aggregate.kind == AggregateKind::AuditFinding
    }

    fn of_document(document: Document<'_, &RawValue>) -> Result<Self, EnvelopeError> {
        let version = read_version(&document.dataschema, document.name)?;
        let recorded_at = read_instant("time", &document.time)?;
        // Most things are recorded when they happen.
        let effective_at = if document.effectivetime == document.time {
            recorded_at
        } else {
            read_instant("effectivetime", &document.effectivetime)?
        };
        let event = read_event(document.name, version, document.data.get())?;
        let aggregate = read_aggregate(&document.subject, event.aggregate_kind())?;
        Ok(Self {
            id: document.id,
            tenant: document.tenant.to_owned(),
            aggregate,
            aggregate_version: document.aggregateversion,
            recorded_at,
            effective_at,
            actor: document.actor.into_owned(),
            actor_kind: document.actorkind,
            command_id: document.commandid,
            command_digest: document.commanddigest.to_owned(),
            correlation_id: document.correlationid.into_owned(),
            causation_id: document.causationid.map(Cow::into_owned),
            reason: document.reason.map(Cow::into_owned),
            event,
        })
    }
}

fn read_document(bytes: &[u8]) -> Result<Document<'_, &RawValue>, EnvelopeError> {
    // Text as a whole is checked faster than value by value. What is none may yet be where nobody looks.
    let read =
        std::str::from_utf8(bytes).map_or_else(|_| serde_json::from_slice(bytes), serde_json::from_str);
    let document: Document<'_, &RawValue> = read.map_err(EnvelopeError::Malformed)?;
    if document.specversion != "1.0" {
        return Err(wrong("specversion", document.specversion));
    }
    Ok(document)
}

fn read_event(name: &str, version: u32, data: &str) -> Result<Event, EnvelopeError> {
    let unknown = || EnvelopeError::UnknownType { name: name.to_owned(), version };
    let unreadable = |source| EnvelopeError::Data { name: name.to_owned(), version, source };
    let kind = name.split_once('.').and_then(|(kind, _)| AggregateKind::from_word(kind));
    let known = kind.map_or(&[][..], AggregateKind::event_types);
    let newest = known.iter().find(|known| known.name == name).ok_or_else(unknown)?;
    if version > newest.version {
        return Err(unknown());
    }
    if reads_as_it_is(UPCASTS, name, version, newest.version) {
        return Event::read(name, data).ok_or_else(unknown)?.map_err(unreadable);
    }
    let old = serde_json::from_str(data).map_err(unreadable)?;
    let new = upcast(UPCASTS, name, version, newest.version, old).ok_or_else(unknown)?;
    Event::read(name, &new.to_string()).ok_or_else(unknown)?.map_err(unreadable)
}

fn wrong(attribute: &'static str, value: &str) -> EnvelopeError {
    EnvelopeError::Attribute { attribute, value: value.to_owned() }
}

fn read_version(schema: &str, name: &str) -> Result<u32, EnvelopeError> {
    let wrong = || wrong("dataschema", schema);
    let file = schema.rsplit('/').next().ok_or_else(wrong)?;
    let version = file.strip_prefix(name).and_then(|rest| rest.strip_prefix(".v"));
    let version = version.and_then(|rest| rest.strip_suffix(".json")).ok_or_else(wrong)?;
    version.parse().map_err(|_| wrong())
}

/// What the event happened to: of the sort that the event belongs to.
fn read_aggregate(subject: &str, expected: AggregateKind) -> Result<AggregateRef, EnvelopeError> {
    let wrong = || wrong("subject", subject);
    let (kind, id) = subject.split_once('/').ok_or_else(wrong)?;
    let kind = AggregateKind::from_word(kind).filter(|kind| *kind == expected).ok_or_else(wrong)?;
    Ok(AggregateRef::new(kind, uuid::Uuid::try_parse(id).map_err(|_| wrong())?))
}

fn read_instant(attribute: &'static str, text: &str) -> Result<DateTime<Utc>, EnvelopeError> {
    Ok(DateTime::parse_from_rfc3339(text).map_err(|_| wrong(attribute, text))?.with_timezone(&Utc))
}
