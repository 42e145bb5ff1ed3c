//! `GET /v1/backup`: a running service writes its backup, since it alone has the files open.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use itam_event_log::Tenant;
use itam_service_kit::{Caller, Problem, ProblemCode, Role};

use super::writer::pieces;
use crate::transfer::TransferSource;

/// The position up to which a backup goes.
const POSITION_HEADER: &str = "itam-position";

/// The route, for the administrator.
pub fn routes(source: TransferSource, tenant: &Tenant) -> Router {
    Router::new().route("/v1/backup", get(back_up)).with_state(Arc::new((source, tenant.clone())))
}

async fn back_up(
    State(place): State<Arc<(TransferSource, Tenant)>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.require("a backup", |role| role == Role::Administrator)?;
    let (source, tenant) = (place.0.clone(), &place.1);
    let (header, pieces) = pieces(source, tenant).await.map_err(|failure| {
        Problem::fault(ProblemCode::LogUnavailable, "The log cannot be read now.", &failure)
    })?;
    tracing::info!(position = header.head, actor = caller.0.actor, "a backup is being written");
    let name = format!("attachment; filename=\"itam-{tenant}-{}.backup\"", header.head);
    let headers = [
        (CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION.as_str(), name),
        (POSITION_HEADER, header.head.to_string()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
