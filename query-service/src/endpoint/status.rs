//! `GET /v1/status`: how far the register is behind the log, and what runs here.

use axum::extract::State;
use axum::response::Response;
use itam_read_model::{ReadModelError, SCHEMA_VERSION};
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
    parked: ParkedRows,
    #[serde(skip_serializing_if = "Option::is_none")]
    projector: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_faults: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    historic: Option<HistoricRow<'a>>,
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
        parked: parked(&view, &*parts.released).map_err(|error| read_problem(&error))?,
        projector: parts.projector.as_ref().and_then(|projector| projector()),
        replica_faults: parts.replicas.as_ref().and_then(|replicas| replicas()),
        historic: parts.historic.as_ref().map(Historic::row),
    };
    Ok(Head::of_position(applied).answer(form, to_json(&status)?))
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
