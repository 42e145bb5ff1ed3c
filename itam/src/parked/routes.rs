//! `/v1/projector/parked`: events that this build cannot apply, and what is done about them.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use itam_projector::{NotReleased, ParkedDesk, ParkedEvent};
use itam_service_kit::{Caller, Clock, JsonBody, Problem, ProblemCode, Role, SystemClock, error_chain};
use serde::{Deserialize, Serialize};

/// The most events of one page, and of one release.
const MOST: usize = 1000;
/// The events of a page, if nothing is said.
const PAGE: usize = 100;
/// The longest reason, in characters.
const REASON: usize = 500;

/// Listing, trying again and releasing.
pub(crate) fn routes(desk: ParkedDesk) -> Router {
    Router::new()
        .route("/v1/projector/parked", get(list))
        .route("/v1/projector/parked/retry", post(retry))
        .route("/v1/projector/parked/release", post(release))
        .with_state(Arc::new(desk))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    from: Option<u64>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Events {
    items: Vec<ParkedEvent>,
    /// Where the next page begins, if there is one.
    next: Option<u64>,
}

async fn list(
    State(desk): State<Arc<ParkedDesk>>,
    caller: Caller,
    Query(range): Query<Range>,
) -> Result<Json<Events>, Problem> {
    caller.require("the parked events", |role| matches!(role, Role::Administrator | Role::Auditor))?;
    let limit = range.limit.unwrap_or(PAGE);
    if limit == 0 || limit > MOST {
        let detail = format!("limit is {limit}: 1 to {MOST} are allowed.");
        return Err(Problem::new(ProblemCode::MalformedRequest, detail));
    }
    let listed = desk.list(range.from.unwrap_or(1), limit + 1);
    let mut items = listed.map_err(|error| unreadable(&error))?;
    let next = (items.len() > limit).then(|| items.pop()).flatten().map(|event| event.position);
    Ok(Json(Events { items, next }))
}

/// Begins to try all of them again and answers at once: how far it got is in the status.
async fn retry(State(desk): State<Arc<ParkedDesk>>, caller: Caller) -> Result<StatusCode, Problem> {
    caller.require("another try of the parked events", |role| role == Role::Administrator)?;
    tracing::info!(actor = caller.0.actor, "the parked events are tried again");
    tokio::spawn(async move {
        match desk.retry().await {
            Ok(report) => tracing::info!(parked = report.parked, "the parked events were tried again"),
            Err(error) => {
                tracing::error!(error = %error_chain(&error), "the parked events were not tried again");
            }
        }
    });
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseBody {
    positions: Vec<u64>,
    reason: String,
}

async fn release(
    State(desk): State<Arc<ParkedDesk>>,
    caller: Caller,
    JsonBody(body): JsonBody<ReleaseBody>,
) -> Result<Json<Events>, Problem> {
    caller.require("the release of parked events", |role| role == Role::Administrator)?;
    let reason = body.reason.trim();
    check(&body.positions, reason)?;
    let released = desk.release(&body.positions, &caller.0.actor, SystemClock.now(), reason);
    let items = released.map_err(|error| match error {
        NotReleased::NotParked(position) => {
            let detail = format!("No event is parked at position {position}; nothing was released.");
            Problem::new(ProblemCode::NotFound, detail).with("position", position)
        }
        NotReleased::ReadModel(error) => unreadable(&error),
        NotReleased::File(error) => Problem::internal(&error),
    })?;
    tracing::info!(actor = caller.0.actor, positions = ?body.positions, "parked events were released");
    Ok(Json(Events { items, next: None }))
}

fn check(positions: &[u64], reason: &str) -> Result<(), Problem> {
    let refused = |pointer: &str, detail: String| {
        let problem = Problem::new(ProblemCode::InvalidValue, "A value is not acceptable.");
        Err(problem.with_error(pointer, "invalid-value", detail))
    };
    if positions.is_empty() || positions.len() > MOST {
        return refused("/positions", format!("Name 1 to {MOST} positions."));
    }
    if reason.is_empty() || reason.chars().count() > REASON || reason.chars().any(char::is_control) {
        return refused("/reason", format!("Say why, on one line of at most {REASON} characters."));
    }
    Ok(())
}

fn unreadable(error: &itam_read_model::ReadModelError) -> Problem {
    Problem::fault(ProblemCode::NotReady, "The read model cannot be read now.", error)
        .retry_after(std::time::Duration::from_secs(1))
}
