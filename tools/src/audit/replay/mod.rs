//! `itam audit replay`: the read model as it was, in a folder of its own.

mod folder;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use data_encoding::HEXLOWER;
use itam_domain::format_instant;
use itam_event_log::LogReader;
use itam_projector::{Progress, ProjectorOptions, ReplayReport, replay};
use itam_read_model::{ReadModel, ReadModelOptions, SCHEMA_VERSION};
use itam_service_kit::{Clock, SystemClock, shutdown_on_signal};

use crate::audit::moment::{FoundMoment, NamedMoment};
use crate::audit::place::PlaceArgs;
use crate::failure::Failure;
use crate::transfer::positions_bar;

pub use folder::{HistoricFolder, ReplayLabel};

/// The arguments of `itam audit replay`.
#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// The last moment that is replayed: a position, a day (to its end in UTC), or an instant (RFC 3339).
    #[arg(long)]
    until: NamedMoment,
    /// The folder that the read model is built in: a new or an empty one.
    #[arg(long)]
    into: PathBuf,
    /// How the outcome is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: PlaceArgs,
}

/// How the outcome is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// Runs `itam audit replay`.
pub(crate) async fn run(args: ReplayArgs) -> Result<(), Failure> {
    args.place.logging().start()?;
    let shutdown = shutdown_on_signal().map_err(Failure::Signals)?;
    let log: Arc<dyn LogReader> = args.place.open_log().await?;
    let found = args.until.find_last(log.as_ref(), SystemClock.now()).await?;
    let folder = HistoricFolder::begin(&args.into)?;
    let replayed = tokio::select! {
        replayed = replay_into(&folder, log, args.place.tenant().as_str(), found.position) => replayed,
        () = shutdown.cancelled() => Err(Failure::Usage("stopped before the replay was complete".to_owned())),
    };
    let finished = replayed.and_then(|report| {
        let label = label(args.place.tenant().as_str(), found, &report);
        folder.finish(&label)?;
        Ok(label)
    });
    match finished {
        Ok(label) => {
            tell(&label, args.format);
            Ok(())
        }
        Err(failure) => {
            folder.clear()?;
            Err(failure)
        }
    }
}

async fn replay_into(
    folder: &HistoricFolder,
    log: Arc<dyn LogReader>,
    tenant: &str,
    until: u64,
) -> Result<ReplayReport, Failure> {
    let model = ReadModel::in_process(folder.path(), ReadModelOptions::default());
    let options = ProjectorOptions::new(|| SystemClock.now());
    let bar = positions_bar("replaying", until);
    let shown = bar.clone();
    let show = move |progress: Progress| shown.set_position(progress.applied);
    let report = replay(log, model, tenant, &options, until, show).await.map_err(Failure::Projector);
    bar.finish_and_clear();
    report
}

fn label(tenant: &str, found: FoundMoment, report: &ReplayReport) -> ReplayLabel {
    ReplayLabel {
        format: folder::FORMAT,
        tenant: tenant.to_owned(),
        position: report.applied.position,
        until: found.instant,
        hash: HEXLOWER.encode(&report.hash),
        message_hash: HEXLOWER.encode(&report.applied.hash),
        events: report.events,
        parked: report.parked,
        schema_version: SCHEMA_VERSION,
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn tell(label: &ReplayLabel, format: Format) {
    match format {
        Format::Json => println!("{}", serde_json::json!(label)),
        Format::Text => {
            println!("replayed up to position {}, as of {}", label.position, format_instant(label.until));
            println!("events: {}, parked: {}", label.events, label.parked);
            println!("hash: {} (schema {})", label.hash, label.schema_version);
        }
    }
}
