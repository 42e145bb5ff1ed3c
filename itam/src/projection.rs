//! The projector inside a process: running it, watching it, asking it for a rebuild.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use itam_projector::{Phase, Projector, ProjectorError, ProjectorHandle, ProjectorOptions, ProjectorStatus};
use itam_read_model::ReadModel;
use itam_service_kit::{Caller, Clock, Metrics, Problem, Readiness, Role, SystemClock, error_chain};
use tokio_util::sync::CancellationToken;

use crate::backend::Backend;
use crate::failure::Failure;

/// A projector of this process.
pub(crate) struct Projection {
    pub(crate) handle: ProjectorHandle,
    pub(crate) task: tokio::task::JoinHandle<Result<(), ProjectorError>>,
}

/// Starts a projector over the read model.
pub(crate) fn start(
    backend: &Backend,
    model: ReadModel,
    tenant: &str,
    shutdown: CancellationToken,
) -> Projection {
    let options = ProjectorOptions::new(|| SystemClock.now());
    let projector = Projector::new(backend.reader(), model, tenant, options);
    let handle = projector.handle();
    Projection { handle, task: tokio::spawn(projector.run(shutdown)) }
}

/// Ready once the read model has caught up for the first time, until the projector stops.
pub(crate) fn readiness(handle: &ProjectorHandle) -> Readiness {
    let handle = handle.clone();
    Readiness::new().check("projector", move || match handle.status().phase {
        Phase::Starting => Err("the read model is being opened".to_owned()),
        Phase::CatchingUp => Err("the read model is catching up".to_owned()),
        Phase::Stopped => Err("the projector has stopped".to_owned()),
        Phase::Following | Phase::LogUnavailable => Ok(()),
    })
}

/// Waits until the server or the projector ends, and ends the other.
pub(crate) async fn until_either_ends(
    mut running: Projection,
    serving: impl Future<Output = Result<(), Failure>>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let ended = |joined: Result<Result<(), ProjectorError>, tokio::task::JoinError>| match joined {
        Ok(outcome) => outcome.map_err(Failure::Projector),
        Err(_) => Err(Failure::Projector(ProjectorError::Broken("running"))),
    };
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => {
            shutdown.cancel();
            served.and(ended(running.task.await))
        }
        projected = &mut running.task => {
            shutdown.cancel();
            ended(projected).and(serving.await)
        }
    }
}

/// Keeps the gauges of a projector up to date until it ends.
pub(crate) fn observe(handle: &ProjectorHandle, metrics: &Metrics) {
    let applied = metrics.gauge("itam_applied_position", "The last position in the read model");
    let head = metrics.gauge("itam_head_position", "The last position in the log, as last seen");
    let lag = metrics.gauge("itam_lag", "Positions yet to be applied");
    let parked = metrics.gauge("itam_parked_events", "Events that could not be applied");
    let mut changes = handle.subscribe();
    tokio::spawn(async move {
        loop {
            let status = changes.borrow_and_update().clone();
            applied.set(signed(status.progress.applied));
            head.set(signed(status.progress.head));
            lag.set(signed(status.progress.lag()));
            parked.set(signed(status.parked));
            if changes.changed().await.is_err() {
                return;
            }
        }
    });
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `GET /v1/projector` and `POST /v1/projector/rebuild`.
pub(crate) fn routes(handle: ProjectorHandle) -> Router {
    Router::new()
        .route("/v1/projector", get(show))
        .route("/v1/projector/rebuild", post(rebuild))
        .with_state(Arc::new(handle))
}

async fn show(
    State(handle): State<Arc<ProjectorHandle>>,
    caller: Caller,
) -> Result<Json<ProjectorStatus>, Problem> {
    caller.require("the projector's status", |role| matches!(role, Role::Administrator | Role::Auditor))?;
    Ok(Json(handle.status()))
}

/// Begins a rebuild and answers at once: how far it got is in the status.
async fn rebuild(State(handle): State<Arc<ProjectorHandle>>, caller: Caller) -> Result<StatusCode, Problem> {
    caller.require("a rebuild of the read model", |role| role == Role::Administrator)?;
    tokio::spawn(async move {
        match handle.rebuild().await {
            Ok(report) => tracing::info!(
                applied = report.applied,
                parked = report.parked,
                is_same = ?report.is_same,
                "the read model was rebuilt and is read from now on"
            ),
            Err(error) => tracing::error!(error = %error_chain(&error), "the rebuild failed"),
        }
    });
    Ok(StatusCode::ACCEPTED)
}
