//! The projector inside a process: running it, watching it, asking it for a rebuild.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use itam_projector::{
    ParkedDesk, Phase, Projector, ProjectorError, ProjectorHandle, ProjectorOptions, ProjectorStatus,
    RebuildScope, Releases,
};
use itam_read_model::ReadModel;
use itam_service_kit::{
    Caller, Clock, Metrics, Problem, ProblemCode, Readiness, Role, SystemClock, error_chain,
};
use itam_tools::Failure as ToolFailure;
use itam_tools::backend::Backend;
use itam_tools::data_dir::DataDir;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::{parked, watch};

/// A projector of this process.
pub(crate) struct RunningProjector {
    pub(crate) handle: ProjectorHandle,
    /// What can be done about events that it cannot apply.
    parked: ParkedDesk,
    pub(crate) task: tokio::task::JoinHandle<Result<(), ProjectorError>>,
}

/// Starts a projector over the read model.
pub(crate) fn start(
    backend: &Backend,
    dir: &DataDir,
    model: ReadModel,
    tenant: &str,
    metrics: &Metrics,
    shutdown: CancellationToken,
) -> Result<RunningProjector, Failure> {
    let durations =
        metrics.durations("apply_duration_seconds", "Time to apply a page of the log, with its commit");
    let releases = Arc::new(Releases::open(&dir.parked_releases()).map_err(ToolFailure::Releases)?);
    let options = ProjectorOptions {
        on_applied: Arc::new(move |taken| durations.observe(taken.as_secs_f64())),
        releases: Arc::clone(&releases),
        ..ProjectorOptions::new(|| SystemClock.now())
    };
    let projector = Projector::new(backend.reader(), model.clone(), tenant, options);
    let handle = projector.handle();
    let parked = ParkedDesk::new(model, releases, handle.clone());
    watch::observe(&handle, metrics);
    Ok(RunningProjector { handle, parked, task: tokio::spawn(projector.run(shutdown)) })
}

/// Ready once the read model has caught up for the first time, until the projector stops.
pub(crate) fn readiness(handle: &ProjectorHandle) -> Readiness {
    let handle = handle.clone();
    Readiness::new().check("projector", move || {
        let status = handle.status();
        match status.phase {
            Phase::Starting => Err("the read model is being opened".to_owned()),
            Phase::Stopped => Err("the projector has stopped".to_owned()),
            _ if status.has_caught_up => Ok(()),
            Phase::LogUnavailable => {
                Err("the log cannot be read, and the read model has not caught up yet".to_owned())
            }
            Phase::CatchingUp | Phase::Following => Err("the read model is catching up".to_owned()),
        }
    })
}

/// Waits until the server or the projector ends, and ends the other.
pub(crate) async fn until_either_ends(
    mut running: RunningProjector,
    serving: impl Future<Output = Result<(), Failure>>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let ended = |joined: Result<Result<(), ProjectorError>, tokio::task::JoinError>| {
        let outcome = joined.unwrap_or(Err(ProjectorError::Broken("running")));
        outcome.map_err(|error| ToolFailure::Projector(error).into())
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

/// `GET /v1/projector`, `POST /v1/projector/rebuild`, and the parked events.
pub(crate) fn routes(running: &RunningProjector) -> Router {
    Router::new()
        .route("/v1/projector", get(show))
        .route("/v1/projector/rebuild", post(rebuild))
        .with_state(Arc::new(running.handle.clone()))
        .merge(parked::routes(running.parked.clone()))
}

async fn show(
    State(handle): State<Arc<ProjectorHandle>>,
    caller: Caller,
) -> Result<Json<ProjectorStatus>, Problem> {
    caller.require("the projector's status", |role| matches!(role, Role::Administrator | Role::Auditor))?;
    Ok(Json(handle.status()))
}

/// What of the read models is to be rebuilt; all without a name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    only: Option<String>,
}

/// Begins a rebuild and answers at once: how far it got is in the status.
async fn rebuild(
    State(handle): State<Arc<ProjectorHandle>>,
    caller: Caller,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    caller.require("a rebuild of the read model", |role| role == Role::Administrator)?;
    let names = || RebuildScope::names().collect::<Vec<_>>().join(", ");
    let refuse = |why: String| {
        let detail = format!("{why} The only parameter is only, with the name of a read model: {}.", names());
        Problem::new(ProblemCode::MalformedRequest, detail)
    };
    let Query(Wanted { only }) = wanted.map_err(|rejection| refuse(rejection.body_text()))?;
    let scope = only.map_or(Ok(RebuildScope::Everything), |name| {
        RebuildScope::only(&name).ok_or_else(|| refuse(format!("There is no read model {name:?}.")))
    })?;
    tokio::spawn(async move {
        match handle.rebuild(scope).await {
            Ok(report) => tracing::info!(
                applied = report.applied,
                parked = report.parked,
                files = ?report.files.iter().map(|file| (file.name, file.is_same)).collect::<Vec<_>>(),
                "the read models were rebuilt and are read from now on"
            ),
            Err(error) => tracing::error!(error = %error_chain(&error), "the rebuild failed"),
        }
    });
    Ok(StatusCode::ACCEPTED)
}
