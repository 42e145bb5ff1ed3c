//! `itam rebuild`: builds read models anew, and switches to them.

use std::time::Duration;

use clap::Args;
use data_encoding::HEXLOWER;
use indicatif::{ProgressBar, ProgressStyle};
use itam_projector::{Progress, ProjectorOptions, RebuildScope, rebuild};
use itam_read_model::{ReadModel, ReadModelOptions};
use itam_service_kit::{Clock, SystemClock};
use itam_tools::Failure;
use itam_tools::args::TargetArgs;
use itam_tools::backend::Backend;
use itam_tools::server::{RebuildProgress, ServiceClient};
use reqwest::Method;

/// The arguments of `itam rebuild`.
#[derive(Args, Debug)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Builds one read model alone: inventory from the log, compliance or tco from inventory.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// Runs `itam rebuild`.
pub(crate) async fn run(args: RebuildArgs) -> Result<(), Failure> {
    let scope = args.only.as_deref().map_or(Ok(RebuildScope::Everything), |name| {
        RebuildScope::only(name).ok_or_else(|| {
            let names = RebuildScope::names().collect::<Vec<_>>().join(", ");
            Failure::Usage(format!("--only takes the name of a read model, one of {names}; {name:?} is none"))
        })
    })?;
    match args.target.server.named() {
        Some(server) => ask(&server, args.only.as_deref()).await,
        None => here(&args, scope).await,
    }
}

async fn here(args: &RebuildArgs, scope: RebuildScope) -> Result<(), Failure> {
    let tenant = &args.target.process.tenant;
    let dir = args.target.data_dir()?;
    let backend = Backend::find(&dir, &args.target.nats, tenant, Duration::ZERO).await?;
    let model = ReadModel::in_process(&dir.read_model(), ReadModelOptions::default());
    let options = ProjectorOptions::new(|| SystemClock.now());
    let bar = bar();
    let shown = bar.clone();
    let show = move |progress: Progress| {
        shown.set_length(progress.head);
        shown.set_position(progress.applied);
    };
    let report = rebuild(backend.reader(), model, tenant.as_str(), scope, &options, show).await;
    bar.finish_and_clear();
    let report = report.map_err(Failure::Projector)?;
    for file in &report.files {
        let compared = match file.is_same {
            Some(true) => "equal to the one it replaces",
            Some(false) => "NOT equal to the one it replaces, which was wrong",
            None => "not compared: the one it replaces ended elsewhere",
        };
        let hash = HEXLOWER.encode(&file.hash);
        let (applied, parked) = (report.applied, report.parked);
        println!("rebuilt {} up to position {applied}, {parked} parked, hash {hash}, {compared}", file.name);
    }
    Ok(())
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} positions, {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

async fn ask(server: &ServiceClient, only: Option<&str>) -> Result<(), Failure> {
    // One of the names of read models, which need no escaping.
    let path = only.map_or_else(
        || "/v1/projector/rebuild".to_owned(),
        |name| format!("/v1/projector/rebuild?only={name}"),
    );
    server.send(server.request(Method::POST, &path)).await?;
    let bar = bar();
    let show = |progress: RebuildProgress| {
        bar.set_length(progress.head);
        bar.set_position(progress.applied);
    };
    let followed = server.follow_rebuild(show).await;
    bar.finish_and_clear();
    followed?;
    println!("rebuilt");
    Ok(())
}
