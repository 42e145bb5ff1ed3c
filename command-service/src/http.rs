//! The HTTP routes of commands: `POST /v1/commands/{command}` and `POST /v1/commands`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use itam_domain::Command;
use itam_service_kit::{
    Allowance, Caller, Condition, EntityTag, JsonBody, JsonBytes, Problem, ProblemCode, Role, TokenStanding,
};
use tracing::Instrument as _;

use crate::answer::Answer;
use crate::batch::{BatchSender, BatchSettings, run_batch};
use crate::desk::CommandDesk;
use crate::disown::DisownMessage;
use crate::submission::{Submission, SubmissionHeaders};

/// The request header that names a command, so that it takes effect once.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The answer header that tells a repeated answer from a first one.
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The request header that says what a command is part of.
const CORRELATION_ID: &str = "itam-correlation-id";
/// The request header that says what caused a command.
const CAUSATION_ID: &str = "itam-causation-id";

/// Settings of the HTTP routes.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpSettings {
    /// Limits of batches, which come as NDJSON.
    pub batch: BatchSettings,
}

#[derive(Clone)]
struct CommandState {
    desk: Arc<CommandDesk>,
    settings: HttpSettings,
}

/// The routes, all of which need a bearer token.
pub fn routes(desk: Arc<CommandDesk>, settings: HttpSettings) -> Router {
    Router::new()
        .route("/v1/commands", post(take_many).layer(axum::extract::DefaultBodyLimit::disable()))
        .route("/v1/commands/{command}", post(take_one))
        .route("/v1/log/disowned", post(disown))
        .with_state(CommandState { desk, settings })
}

async fn take_one(
    State(state): State<CommandState>,
    Path(name): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let taken = take(&state.desk, &name, &caller, &headers, &body).await;
    // What the journal calls it; a name that is none is the sender's own text, and not kept.
    let is_known = Command::NAMES.contains(&name.as_str());
    taken.map_err(|problem| if is_known { problem.in_action(&name) } else { problem })
}

async fn take(
    desk: &Arc<CommandDesk>,
    name: &str,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Problem> {
    let circumstances = circumstances(headers)?;
    let tenant = desk.tenant().as_str();
    let submission = Submission::read(tenant, name, body, circumstances, caller, || desk.fresh_id())?;
    // On a task of its own, since a client that goes away ends this one half way.
    let task = tokio::spawn({
        let desk = Arc::clone(desk);
        async move { desk.execute(&submission).await }.in_current_span()
    });
    match task.await {
        Ok(outcome) => Ok(answered(&outcome?)),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(Problem::internal(&error)),
        },
    }
}

/// An administrator says of a message that no build of itam wrote it.
async fn disown(
    State(state): State<CommandState>,
    caller: Caller,
    JsonBody(request): JsonBody<DisownMessage>,
) -> Result<Response, Problem> {
    caller.require("disown-message", |role| role == Role::Administrator)?;
    let word = state.desk.disown(request, &caller.0).await?;
    Ok((StatusCode::CREATED, Json(word)).into_response())
}

fn answered(answer: &Answer) -> Response {
    let mut response = (StatusCode::CREATED, Json(answer)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, EntityTag::of_version(answer.version).to_header());
    headers.insert(itam_position_header(), HeaderValue::from(answer.position));
    if answer.replayed {
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The header that says up to which position an answer speaks.
fn itam_position_header() -> HeaderName {
    HeaderName::from_static("itam-position")
}

fn circumstances(headers: &HeaderMap) -> Result<SubmissionHeaders, Problem> {
    let text = |name: &str| match single(headers, name)? {
        None => Ok(None),
        Some(value) => value.to_str().map(|text| Some(text.to_owned())).map_err(|_| {
            Problem::new(
                ProblemCode::MalformedRequest,
                format!("The header {name} holds more than visible ASCII."),
            )
        }),
    };
    Ok(SubmissionHeaders {
        idempotency_key: text(IDEMPOTENCY_KEY)?,
        expected_version: expected_version(headers)?,
        correlation_id: text(CORRELATION_ID)?,
        causation_id: text(CAUSATION_ID)?,
    })
}

/// A header that says one thing, if it is there: of two, nobody knows which one is meant.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_some() {
        let detail = format!("The header {name} stands there more than once.");
        return Err(Problem::new(ProblemCode::MalformedRequest, detail));
    }
    Ok(value)
}

/// `If-Match` names one version; `*` and lists would say less than a command needs.
fn expected_version(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(condition) = Condition::if_match(headers)? else {
        return Ok(None);
    };
    if let Condition::Tags(tags) = &condition
        && let [tag] = tags.as_slice()
        && let Some(version) = tag.version()
    {
        return Ok(Some(version));
    }
    let detail = "If-Match names the one version that the command is meant for, such as \"3\".";
    Err(Problem::new(ProblemCode::MalformedRequest, detail))
}

async fn take_many(
    State(state): State<CommandState>,
    caller: Caller,
    allowance: Allowance,
    standing: TokenStanding,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    itam_service_kit::require_media_type(&headers, &["application/x-ndjson", "application/jsonl"])?;
    let sender = BatchSender { caller, allowance, standing };
    let results = run_batch(state.desk, sender, body.into_data_stream(), state.settings.batch);
    let mut response = Response::new(axum::body::Body::from_stream(results));
    let media_type = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    TokenStanding::let_end_itself(&mut response);
    Ok(response)
}
