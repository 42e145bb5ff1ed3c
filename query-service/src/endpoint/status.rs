//! `GET /v1/status`: how far the register is behind the log, and what runs here.

use axum::extract::State;
use axum::response::Response;
use itam_read_model::{Projection, ReadModel, ReadModelError, SCHEMA_VERSION};
use itam_service_kit::{Problem, Representation};
use serde::Serialize;

use crate::answer::{Head, to_json};
use crate::desk::{QueryDesk, ReleasedCount};
use crate::historic::{Historic, HistoricRow};
use crate::inquiry::Inquiry;
use crate::permission::Query;
use crate::read_problem::read_problem;
use crate::row::instant::Instant;
use crate::stored_event::log_problem;
use crate::view::View;

/// The most parked events that are named.
const MAX_PARKED: usize = 100;

#[derive(Serialize)]
struct Status<'a> {
    tenant: &'a str,
    mode: &'a str,
    app_version: &'static str,
    schema_version: u32,
    started_at: Instant,
    head: u64,
    applied: u64,
    lag: u64,
    read_models: Vec<ReadModelRow>,
    parked: ParkedRows,
    #[serde(skip_serializing_if = "Option::is_none")]
    projector: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_faults: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    historic: Option<HistoricRow<'a>>,
}

/// One of the files that answers come from.
#[derive(Serialize)]
struct ReadModelRow {
    name: &'static str,
    schema_version: u32,
    /// How far it is; `None` while it is built from the register.
    applied: Option<u64>,
    lag: Option<u64>,
}

#[derive(Serialize)]
struct ParkedRows {
    count: u64,
    released: u64,
    events: Vec<ParkedRow>,
}

#[derive(Serialize)]
struct ParkedRow {
    position: u64,
    r#type: String,
    reason: String,
    stored_at: Instant,
}

/// Shows the status.
pub(crate) async fn show(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Status)?;
    inquiry.parameters.allow(&[])?;
    let form = inquiry.representation(&[Representation::Json])?;
    let view = desk.view(&inquiry).await?;
    let head = desk.parts.log.head().await.map_err(|error| log_problem(&error))?;
    let parts = &desk.parts;
    let applied = view.position();
    let status = Status {
        tenant: parts.tenant.as_str(),
        mode: &parts.mode,
        app_version: env!("CARGO_PKG_VERSION"),
        schema_version: SCHEMA_VERSION,
        started_at: Instant(desk.started_at),
        head: head.max(applied),
        applied,
        lag: head.saturating_sub(applied),
        read_models: read_models(&parts.read_model, applied, head)?,
        parked: parked(&view, &*parts.released).map_err(|error| read_problem(&error))?,
        projector: parts.projector.as_ref().and_then(|projector| projector()),
        replica_faults: parts.replicas.as_ref().and_then(|replicas| replicas()),
        historic: parts.historic.as_ref().map(Historic::row),
    };
    Ok(Head::of_position(applied).answer(form, to_json(&status)?))
}

/// The register, and the projections beside it.
fn read_models(model: &ReadModel, applied: u64, head: u64) -> Result<Vec<ReadModelRow>, Problem> {
    let row = |name, schema_version, applied: Option<u64>| {
        let lag = applied.map(|applied| head.saturating_sub(applied));
        ReadModelRow { name, schema_version, applied, lag }
    };
    let mut rows = vec![row("inventory", SCHEMA_VERSION, Some(applied))];
    for projection in Projection::ALL {
        let applied = match model.projection(projection) {
            Ok(snapshot) => Some(snapshot.position()),
            Err(ReadModelError::NotBuilt(_)) => None,
            Err(error) => return Err(read_problem(&error)),
        };
        rows.push(row(projection.as_str(), projection.schema(), applied));
    }
    Ok(rows)
}

fn parked(view: &View, released: &ReleasedCount) -> Result<ParkedRows, ReadModelError> {
    let rows = view.snapshot.parked(0, MAX_PARKED)?.into_iter();
    let events = rows.map(|(position, parked)| ParkedRow {
        position,
        r#type: parked.event_type,
        reason: parked.reason,
        stored_at: Instant(parked.seen_at),
    });
    let released = released(&view.snapshot);
    Ok(ParkedRows { count: view.snapshot.parked_count()?, released, events: events.collect() })
}
