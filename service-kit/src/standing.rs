//! Whether who asked may still go on, and how an answer ends when not.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;

use crate::exchange::OpenExchange;
use crate::identity::expired;
use crate::trace::{self, TraceId};
use crate::{Problem, ProblemCode, SecurityJournal};

/// Whether the token of a request is still valid for what it asked. Handlers that stream
/// need it only to end in a form of their own: whatever they do, the answer is cut off.
#[derive(Clone, Debug, Default)]
pub struct TokenStanding {
    withdrawal: CancellationToken,
    /// When the token's end came, if that is why.
    expired_at: Arc<OnceLock<DateTime<Utc>>>,
}

/// Marks an answer that ends itself, with the reason in its own form, once its standing is gone.
#[derive(Clone, Copy, Debug)]
struct EndsItself;

impl TokenStanding {
    /// Takes it away, since the token expired or for another reason.
    pub(crate) fn withdraw(&self, expired_at: Option<DateTime<Utc>>) {
        if let Some(at) = expired_at {
            self.expired_at.get_or_init(|| at);
        }
        self.withdrawal.cancel();
    }

    /// Whether it is gone: the token was revoked, has expired or has other rights.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawal.is_cancelled()
    }

    /// Ready once it is gone.
    pub async fn withdrawn(&self) {
        self.withdrawal.cancelled().await;
    }

    /// Says that an answer ends itself within a second of the withdrawal. It is cut off later.
    pub fn let_end_itself(response: &mut Response) {
        response.extensions_mut().insert(EndsItself);
    }

    /// What is said to whoever is cut off.
    #[must_use]
    pub fn problem(&self) -> Problem {
        if let Some(at) = self.expired_at.get() {
            return expired(*at);
        }
        let detail = "The token was revoked, or has other rights since this was asked. What was answered before \
                      stands; what was not answered may have happened.";
        Problem::new(ProblemCode::Unauthenticated, detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }
}

impl<S: Sync> FromRequestParts<S> for TokenStanding {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// How an answer is cut off.
#[derive(Clone, Copy)]
enum Cut {
    /// With a last event that says why (server-sent events).
    Event,
    /// It ends itself, and breaks off if it does not.
    Itself,
    /// It breaks off: nobody can take it for whole.
    Break,
}

/// Puts a streamed answer under watch until it is sent. One that is there as a whole is sent as it is.
pub(crate) fn watched(
    open: OpenExchange,
    journal: Option<SecurityJournal>,
    action: String,
    response: Response,
) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    let is_event_stream = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    let cut = match response.extensions().get::<EndsItself>() {
        Some(_) => Cut::Itself,
        None if is_event_stream => Cut::Event,
        None => Cut::Break,
    };
    let note = CutOffNote { open, journal, action, trace_id: trace::current() };
    response.map(|body| Body::from_stream(chunks(body, note, cut)))
}

/// What is noted of an answer that was cut off, whether or not somebody read its end.
struct CutOffNote {
    open: OpenExchange,
    journal: Option<SecurityJournal>,
    action: String,
    trace_id: Option<TraceId>,
}

/// The answer was cut off.
#[derive(Debug, thiserror::Error)]
#[error("the token was revoked, has expired or has other rights")]
struct Withdrawn;

fn chunks(
    body: Body,
    note: CutOffNote,
    cut: Cut,
) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send + 'static {
    let state = Some((body.into_data_stream(), note));
    futures_util::stream::unfold(state, move |state| async move {
        let (mut body, note) = state?;
        let chunk = tokio::select! {
            biased;
            () = is_over(&note, cut) => {
                let end = match cut {
                    Cut::Event => Ok(last_event(&note).await),
                    Cut::Itself | Cut::Break => Err(axum::Error::new(Withdrawn)),
                };
                return Some((end, None));
            }
            chunk = body.next() => chunk?,
        };
        Some((chunk, Some((body, note))))
    })
}

async fn is_over(note: &CutOffNote, cut: Cut) {
    let exchange = &note.open.exchange;
    match cut {
        Cut::Itself => exchange.spoken().await,
        Cut::Event | Cut::Break => exchange.standing.withdrawn().await,
    }
}

/// The last event of a stream of them.
async fn last_event(note: &CutOffNote) -> Bytes {
    let problem = async { note.open.exchange.standing.problem().to_value() };
    let problem = match note.trace_id {
        Some(id) => trace::scope(id, problem).await,
        None => problem.await,
    };
    Bytes::from(format!("event: problem\ndata: {problem}\n\n"))
}

impl Drop for CutOffNote {
    fn drop(&mut self) {
        let exchange = &self.open.exchange;
        if !exchange.standing.is_withdrawn() {
            return;
        }
        tracing::info!(actor = exchange.identity.actor, action = self.action, "an answer was cut off");
        if let Some(journal) = &self.journal {
            journal.note_problem(&exchange.standing.problem(), &self.action, Some(&exchange.identity));
        }
    }
}

#[cfg(test)]
mod tests;
