//! `GET /v1/live`: events as they are appended, as server-sent events (WHATWG HTML §9.2).

use std::io;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream::try_unfold;
use itam_event_log::MessagePage;
use itam_service_kit::{Problem, ProblemCode, Representation};
use tokio::time::Instant;

use crate::answer::AnswerHead;
use crate::desk::QueryDesk;
use crate::endpoint::events;
use crate::export;
use crate::inquiry::Inquiry;
use crate::permission::Query;
use crate::query_parameter::{POSITIONS, TakenParameters};
use crate::read_ahead::ReadAhead;
use crate::stored_event::{EventFilter, StoredEvent, log_problem};

/// How long to wait before a log that was away is asked again.
const LOG_PAUSE: Duration = Duration::from_secs(1);

/// What a live stream takes.
pub(crate) const FOLLOW: TakenParameters = &[events::FILTERS];

/// A live stream on its way.
struct Live {
    desk: QueryDesk,
    filter: EventFilter,
    from: u64,
    read_ahead: ReadAhead,
    /// When the reader last got anything.
    heard: Instant,
    is_begun: bool,
}

/// Follows the log, from behind `Last-Event-ID`, from `from`, or from now on.
pub(crate) async fn follow(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Live)?;
    if let Some(historic) = &desk.parts.historic {
        return Err(historic.refuse("Nothing happens any more in the past."));
    }
    let parameters = &inquiry.parameters;
    parameters.allow(FOLLOW)?;
    let form = inquiry.representation(&[Representation::EventStream])?;
    let filter = events::filter(parameters)?;
    let from = parameters.number("from", POSITIONS)?;
    let position = desk.parts.log.head().await.map_err(|error| log_problem(&error))?;
    let last = last_event_id(&inquiry)?;
    let from = last.map(|last| last.saturating_add(1)).or(from).unwrap_or(position + 1);
    let place = desk.begin_live(&inquiry.caller)?;
    let stall = desk.parts.limits.stall;
    let live =
        Live { desk, filter, from, read_ahead: ReadAhead::new(), heard: Instant::now(), is_begun: false };
    let chunks = try_unfold(Some(live), async |live| match live {
        Some(live) => live.chunk().await.map(Some),
        None => Ok(None),
    });
    let head = AnswerHead::of_position(position);
    Ok(head.answer(form, export::body(chunks, place, stall)))
}

fn last_event_id(inquiry: &Inquiry) -> Result<Option<u64>, Problem> {
    let Some(value) = inquiry.headers.get("last-event-id") else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    id.map(Some).ok_or_else(|| {
        Problem::new(ProblemCode::MalformedRequest, "The header Last-Event-ID is no position of the log.")
    })
}

impl Live {
    /// What the reader gets next: events, or a comment that says that the stream lives or ends.
    async fn chunk(mut self) -> io::Result<(Bytes, Option<Self>)> {
        if !self.is_begun {
            self.is_begun = true;
            return Ok((Bytes::from_static(b": following\n\n"), Some(self)));
        }
        let shutdown = self.desk.parts.shutdown.clone();
        loop {
            let until = self.heard + self.desk.parts.limits.heartbeat;
            let patience = until.saturating_duration_since(Instant::now());
            let page = tokio::select! {
                page = self.desk.parts.log.tail(self.from, self.read_ahead.messages(), patience) => page,
                () = shutdown.cancelled() => return Ok((Bytes::from_static(b": closing\n\n"), None)),
            };
            let text = match page {
                Ok(page) => {
                    self.read_ahead.learn(&page);
                    self.write(&page)
                }
                Err(error) if error.may_pass() => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a live stream waits for the log"
                    );
                    tokio::time::sleep(LOG_PAUSE).await;
                    Vec::new()
                }
                Err(error) => return Err(io::Error::other(error)),
            };
            if !text.is_empty() {
                self.heard = Instant::now();
                return Ok((text.into(), Some(self)));
            }
            if Instant::now() >= until {
                self.heard = Instant::now();
                return Ok((Bytes::from_static(b": heartbeat\n\n"), Some(self)));
            }
        }
    }

    fn write(&mut self, page: &MessagePage) -> Vec<u8> {
        let mut text = Vec::new();
        for message in &page.messages {
            self.from = message.position + 1;
            if !self.filter.takes(message) {
                continue;
            }
            let event = StoredEvent::read(&message.body);
            let name = event.as_ref().map_or("unreadable", |event| &event.name);
            text.extend_from_slice(format!("id: {}\nevent: {name}\n", message.position).as_bytes());
            for line in message.body.split(|byte| matches!(byte, b'\n' | b'\r')) {
                text.extend_from_slice(b"data: ");
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            text.push(b'\n');
        }
        text
    }
}
