//! `itam rebuild`: builds the read model anew from the log, and switches to it.

use std::time::Duration;

use clap::Args;
use data_encoding::HEXLOWER;
use indicatif::{ProgressBar, ProgressStyle};
use itam_projector::{Progress, ProjectorOptions, rebuild};
use itam_read_model::{ReadModel, ReadModelOptions};
use itam_service_kit::{Clock, SystemClock};
use itam_tools::Failure;
use itam_tools::args::TargetArgs;
use itam_tools::backend::Backend;
use itam_tools::data_dir::DataDir;
use itam_tools::server::{RebuildProgress, Server};
use reqwest::Method;

/// The arguments of `itam rebuild`.
#[derive(Args, Debug)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    target: TargetArgs,
}

/// Runs `itam rebuild`.
pub(crate) async fn run(args: RebuildArgs) -> Result<(), Failure> {
    match args.target.server.named() {
        Some(server) => ask(&server).await,
        None => here(&args).await,
    }
}

async fn here(args: &RebuildArgs) -> Result<(), Failure> {
    let tenant = &args.target.process.tenant;
    let dir = DataDir::open(&args.target.process.data, tenant)?;
    let backend = Backend::find(&dir, &args.target.nats, tenant, Duration::ZERO).await?;
    let model = ReadModel::in_process(&dir.read_model(), ReadModelOptions::default());
    let options = ProjectorOptions::new(|| SystemClock.now());
    let bar = bar();
    let shown = bar.clone();
    let show = move |progress: Progress| {
        shown.set_length(progress.head);
        shown.set_position(progress.applied);
    };
    let report = rebuild(backend.reader(), model, tenant.as_str(), &options, show).await;
    bar.finish_and_clear();
    let report = report.map_err(Failure::Projector)?;
    let compared = match report.is_same {
        Some(true) => "equal to the one it replaces",
        Some(false) => "NOT equal to the one it replaces, which was wrong",
        None => "not compared: the one it replaces ended elsewhere",
    };
    let hash = HEXLOWER.encode(&report.hash);
    println!("rebuilt up to position {}, {} parked, hash {hash}, {compared}", report.applied, report.parked);
    Ok(())
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} positions, {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

async fn ask(server: &Server) -> Result<(), Failure> {
    server.send(server.request(Method::POST, "/v1/projector/rebuild")).await?;
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
