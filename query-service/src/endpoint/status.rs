//! `GET /v1/status`: how far the register is behind the log, and what runs here.

use axum::extract::State;
use axum::response::Response;
use itam_read_model::{Projection, ReadModel, ReadModelError, SCHEMA_VERSION};
use itam_service_kit::{Problem, Representation};
use serde::Serialize;

use crate::answer::{AnswerHead, to_json};
use crate::desk::{QueryDesk, ReleasedCount};
use crate::historic::{Historic, HistoricRow};
use crate::inquiry::Inquiry;
use crate::permission::Query;
use crate::read_problem::read_problem;
use crate::row::instant::Instant;
use crate::row::replica_fault::ReplicaFaultRow;
use crate::stored_event::log_problem;
use crate::view::AnswerView;

/// The most parked events that are named.
const MAX_PARKED: usize = 100;

/// How far the register is behind the log, and what runs here.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(crate) struct Status<'a> {
    /// The organization.
    tenant: &'a str,
    /// How the program runs.
    mode: &'a str,
    /// The version of the program.
    app_version: &'static str,
    /// The version of the read model's tables.
    schema_version: u32,
    /// When the service started.
    started_at: Instant,
    /// The last position of the log.
    head: u64,
    /// The last position that the read model shows.
    applied: u64,
    /// How far it is behind.
    lag: u64,
    /// The files that answers come from: the register, and the projections beside it.
    read_models: Vec<ReadModelRow>,
    /// What could not be applied.
    parked: ParkedRows,
    /// How the projector is doing, if it runs in this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    projector: Option<serde_json::Value>,
    /// What is wrong with the servers' copies of the streams for 5 s and more. Missing where there are no servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_faults: Option<Vec<ReplicaFaultRow>>,
    /// Which past the register shows, where it shows no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    historic: Option<HistoricRow<'a>>,
}

/// One of the files that answers come from.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct ReadModelRow {
    /// Which.
    name: &'static str,
    /// The version of its tables.
    schema_version: u32,
    /// The position as of which it answers; null while it is being built.
    applied: Option<u64>,
    /// How far it is behind.
    lag: Option<u64>,
}

/// What could not be applied.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct ParkedRows {
    /// How many events could not be applied.
    count: u64,
    /// How many of them somebody has looked at and released.
    released: u64,
    /// The first of them.
    events: Vec<ParkedRow>,
}

/// An event that could not be applied.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
struct ParkedRow {
    /// Its position.
    position: u64,
    /// Its type.
    r#type: String,
    /// Why it is parked.
    reason: String,
    /// Since when.
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
    Ok(AnswerHead::of_position(applied).answer(form, to_json(&status)?))
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

fn parked(view: &AnswerView, released: &ReleasedCount) -> Result<ParkedRows, ReadModelError> {
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
