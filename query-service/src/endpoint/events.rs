//! `GET /v1/events`: the log itself, for whoever replays it. A line holds the stored bytes.

use std::io;
use std::num::NonZeroUsize;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream::try_unfold;
use itam_domain::AggregateKind;
use itam_event_log::StoredMessage;
use itam_service_kit::{Problem, Representation};
use serde_json::value::RawValue;

use crate::answer::AnswerHead;
use crate::desk::QueryDesk;
use crate::export;
use crate::inquiry::Inquiry;
use crate::parameters::{Parameters, refuse};
use crate::permission::Query;
use crate::query_parameter::{POSITIONS, ParameterValues, QueryParameter, TakenParameters};
use crate::read_ahead::ReadAhead;
use crate::stored_event::{EventFilter, log_problem};

/// What an export of the log takes.
pub(crate) const EXPORT: TakenParameters = &[
    FILTERS,
    &[QueryParameter::new("limit", "At most so many events.", ParameterValues::Number(POSITIONS, 1000))],
];
/// What chooses events of the log.
pub(crate) const FILTERS: &[QueryParameter] = &[
    QueryParameter::new("from", "The first position.", ParameterValues::Number(POSITIONS, 1)),
    QueryParameter::new(
        "type",
        "Of any of these types.",
        ParameterValues::Texts("^[^.]+\\.[^.]+$", "asset.deployed"),
    ),
    QueryParameter::words("aggregate", || AggregateKind::ALL.iter().map(|kind| kind.as_str()).collect()),
];

/// Reads the parameters that choose events.
pub(crate) fn filter(parameters: &Parameters) -> Result<EventFilter, Problem> {
    let kinds = parameters.words("aggregate", AggregateKind::ALL, AggregateKind::as_str)?;
    let types: Vec<String> = parameters.values("type")?.into_iter().map(str::to_owned).collect();
    // A type of a newer build is not known here, but has the form of one.
    if let Some(wrong) = types.iter().find(|name| name.split('.').count() != 2) {
        let detail = format!("The parameter type is {wrong:?}: it takes types such as asset.deployed.");
        return Err(refuse("type", detail));
    }
    Ok(EventFilter { types, aggregates: kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect() })
}

/// An export of events on its way.
struct EventExport {
    desk: QueryDesk,
    filter: EventFilter,
    from: u64,
    /// The last position of the log when the export began: where it ends.
    head: u64,
    left: u64,
    read_ahead: ReadAhead,
}

/// Streams all events from a position to the log's end. The last line says where to go on, so
/// that an export without it is known to be cut.
pub(crate) async fn export(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Events)?;
    desk.require_log()?;
    let parameters = &inquiry.parameters;
    parameters.allow(EXPORT)?;
    let form = inquiry.representation(&[Representation::Ndjson])?;
    let (filter, from, left) = (
        filter(parameters)?,
        parameters.number("from", POSITIONS)?.unwrap_or(1),
        parameters.number("limit", POSITIONS)?.unwrap_or(u64::MAX),
    );
    let position = desk.parts.log.head().await.map_err(|error| log_problem(&error))?;
    let head = AnswerHead::of_position(position);
    let place = desk.begin_export(&inquiry.caller)?;
    let stall = desk.parts.limits.stall;
    let export = EventExport { desk, filter, from, head: position, left, read_ahead: ReadAhead::new() };
    let chunks = try_unfold(Some(export), async |export| match export {
        Some(export) => export.chunk().await.map(Some),
        None => Ok(None),
    });
    Ok(head.answer(form, export::body(chunks, place, stall)))
}

impl EventExport {
    async fn chunk(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let mut lines = Vec::new();
        if self.from <= self.head {
            let limit =
                usize::try_from(self.left).unwrap_or(usize::MAX).min(self.read_ahead.messages().get());
            let limit = NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN);
            let page = self.desk.parts.log.read(self.from, limit).await.map_err(io::Error::other)?;
            self.read_ahead.learn(&page);
            for message in &page.messages {
                if self.left == 0 || message.position > self.head {
                    break;
                }
                if self.filter.takes(message) {
                    write_line(&mut lines, message)?;
                    self.left -= 1;
                }
                self.from = message.position + 1;
            }
            if page.messages.is_empty() {
                return Err(io::Error::other(format!("position {} is missing from the log", self.from)));
            }
        }
        let is_over = self.from > self.head || self.left == 0;
        if is_over {
            lines.extend_from_slice(format!("{{\"next_position\":{}}}\n", self.from).as_bytes());
        }
        Ok((lines.into(), (!is_over).then_some(self)))
    }
}

/// Writes a message with its stored bytes as they are. Bytes that are not JSON are given in
/// base64: nothing is left out.
fn write_line(lines: &mut Vec<u8>, message: &StoredMessage) -> io::Result<()> {
    let (position, subject) = (message.position, message.subject.as_str());
    lines.extend_from_slice(format!("{{\"position\":{position},\"subject\":").as_bytes());
    serde_json::to_writer(&mut *lines, subject)?;
    if serde_json::from_slice::<&RawValue>(&message.body).is_ok() {
        lines.extend_from_slice(b",\"event\":");
        // A line break between tokens would end the line; in a string JSON has none.
        lines.extend(message.body.iter().map(
            |byte| {
                if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }
            },
        ));
    } else {
        let encoded = data_encoding::BASE64.encode(&message.body);
        lines.extend_from_slice(format!(",\"base64\":\"{encoded}\"").as_bytes());
    }
    lines.extend_from_slice(b"}\n");
    Ok(())
}
