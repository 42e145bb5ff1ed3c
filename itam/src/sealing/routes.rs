//! `GET /v1/sealer`, and `POST /v1/sealer/checkpoint`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use itam_sealer::{SealerHandle, SealerStatus};
use itam_service_kit::{Caller, Problem, ProblemCode, Role};

use super::Sealing;

/// The routes of the process that seals; none where it does not.
pub(crate) fn routes(sealing: Option<&Sealing>) -> Router {
    let Some(sealing) = sealing else { return Router::new() };
    Router::new()
        .route("/v1/sealer", get(show))
        .route("/v1/sealer/checkpoint", post(sign))
        .with_state(sealing.handle.clone())
}

async fn show(State(handle): State<SealerHandle>, caller: Caller) -> Result<Json<SealerStatus>, Problem> {
    caller.require("the sealer's status", is_reader)?;
    Ok(Json(handle.status()))
}

/// Signs a checkpoint of everything that is in the log now.
async fn sign(State(handle): State<SealerHandle>, caller: Caller) -> Result<Response, Problem> {
    caller.require("a checkpoint now", is_reader)?;
    match handle.checkpoint().await {
        Ok(kept) => Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], kept.note).into_response()),
        Err(reason) => {
            Err(Problem::new(ProblemCode::NotReady, format!("No checkpoint is signed: {reason}.")))
        }
    }
}

fn is_reader(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::Auditor)
}
