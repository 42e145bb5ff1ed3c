//! `itam rebuild`: builds the read model anew from the log, and switches to it.

use std::time::Duration;

use clap::Args;
use data_encoding::HEXLOWER;
use indicatif::{ProgressBar, ProgressStyle};
use itam_projector::{Progress, ProjectorOptions, rebuild};
use itam_read_model::{ReadModel, ReadModelOptions};
use itam_service_kit::{Clock, SystemClock};
use serde::Deserialize;

use crate::args::{NatsArgs, ProcessArgs};
use crate::backend::Backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// How often a running projector is asked how far it got.
const LOOK: Duration = Duration::from_millis(300);

/// The arguments of `itam rebuild`.
#[derive(Args, Debug)]
pub(crate) struct RebuildArgs {
    /// A running `itam up` or `itam projector` that shall do it, such as `http://127.0.0.1:8080`.
    /// Without it the read model is rebuilt here, and no projector may run on it.
    #[arg(long)]
    server: Option<String>,
    /// The administrator's token, with --server.
    #[arg(long, env = "ITAM_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    nats: NatsArgs,
}

/// Runs `itam rebuild`.
pub(crate) async fn run(args: RebuildArgs) -> Result<(), Failure> {
    match &args.server {
        Some(server) => ask(server, args.token.as_deref().unwrap_or_default()).await,
        None => here(&args).await,
    }
}

async fn here(args: &RebuildArgs) -> Result<(), Failure> {
    let tenant = &args.process.tenant;
    let dir = DataDir::open(&args.process.data, tenant)?;
    let backend = Backend::open(&dir, &args.nats, tenant).await?;
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

/// What is read of a projector's status.
#[derive(Deserialize)]
struct Status {
    rebuild: Option<Rebuild>,
    trouble: Option<String>,
}

#[derive(Deserialize)]
struct Rebuild {
    applied: u64,
    head: u64,
}

async fn ask(server: &str, token: &str) -> Result<(), Failure> {
    let server = server.trim_end_matches('/');
    let client = reqwest::Client::new();
    let wrong =
        |error: reqwest::Error| Failure::Usage(format!("{server} does not answer as a projector: {error}"));
    let begun = client.post(format!("{server}/v1/projector/rebuild")).bearer_auth(token).send().await;
    begun.and_then(reqwest::Response::error_for_status).map_err(wrong)?;
    let bar = bar();
    let mut was_seen = false;
    // A rebuild of a small log is over before it is seen, so the looking has a bound at its start.
    for look in 0_u32.. {
        let status = client.get(format!("{server}/v1/projector")).bearer_auth(token).send().await;
        let status: Status = status.map_err(wrong)?.json().await.map_err(wrong)?;
        match (status.rebuild, status.trouble) {
            (Some(progress), _) => {
                was_seen = true;
                bar.set_length(progress.head);
                bar.set_position(progress.applied);
            }
            (None, Some(trouble)) => return Err(Failure::Usage(trouble)),
            (None, None) if was_seen || look > 3 => break,
            (None, None) => {}
        }
        tokio::time::sleep(LOOK).await;
    }
    bar.finish_and_clear();
    println!("rebuilt");
    Ok(())
}
