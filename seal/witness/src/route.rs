//! `POST /add-checkpoint`, with the statuses of C2SP tlog-witness.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};

use crate::request::AddCheckpoint;
use crate::witness::{Witness, WitnessRefusal};

/// The media type of a size that is told to a log.
const SIZE: &str = "text/x.tlog.size";

/// Tells the time.
type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

#[derive(Clone)]
struct WitnessState {
    witness: Arc<Witness>,
    clock: Clock,
}

/// The routes of a witness. They need no token: a checkpoint is signed by its log.
pub fn routes(witness: Arc<Witness>, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Router {
    let state = WitnessState { witness, clock: Arc::new(clock) };
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(async || "ready\n"))
        .route("/key", get(show_key))
        .with_state(state)
}

async fn show_key(State(state): State<WitnessState>) -> String {
    format!("{}\n", state.witness.key())
}

async fn add_checkpoint(State(state): State<WitnessState>, body: String) -> Response {
    let request = match AddCheckpoint::parse(&body) {
        Ok(request) => request,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    let checkpoint = request.checkpoint.checkpoint().clone();
    let (witness, now) = (Arc::clone(&state.witness), (state.clock)());
    // Remembering waits for the disk.
    let added = tokio::task::spawn_blocking(move || witness.add_checkpoint(&request, now)).await;
    let Ok(added) = added else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the witness broke off\n").into_response();
    };
    let (origin, size) = (checkpoint.origin.as_str(), checkpoint.size);
    match added {
        Ok(line) => {
            tracing::info!(origin, size, "countersigned");
            line.into_response()
        }
        Err(refusal) => {
            tracing::warn!(origin, size, reason = %refusal, "not countersigned");
            refused(&refusal)
        }
    }
}

fn refused(refusal: &WitnessRefusal) -> Response {
    let status = match refusal {
        WitnessRefusal::UnknownLog(_) => StatusCode::NOT_FOUND,
        WitnessRefusal::NotSigned(_) => StatusCode::FORBIDDEN,
        WitnessRefusal::Backward { .. } => StatusCode::BAD_REQUEST,
        WitnessRefusal::Conflict(size) => {
            return (StatusCode::CONFLICT, [(header::CONTENT_TYPE, SIZE)], format!("{size}\n"))
                .into_response();
        }
        WitnessRefusal::NotContinued(_) => StatusCode::UNPROCESSABLE_ENTITY,
        WitnessRefusal::Memory(_) | WitnessRefusal::Key(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, format!("{refusal}\n")).into_response()
}
