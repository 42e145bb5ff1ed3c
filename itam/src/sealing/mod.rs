//! The sealer inside a process: its keys, its places, its routes.

mod args;
mod file;
mod page;
mod routes;
mod stream;
mod tool;
mod webhook;
mod witness;

use std::sync::Arc;

use itam_event_log::Tenant;
use itam_sealer::{Sealer, SealerError, SealerHandle, SealerOptions, SealerPhase};
use itam_service_kit::{Clock, Metrics, Readiness, SystemClock};
use itam_tools::backend::Backend;
use itam_tools::data_dir::DataDir;
use itam_tools::{Failure as ToolFailure, sealing};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use args::{SealArgs, SealSwitch};
pub(crate) use routes::routes;
pub(crate) use tool::{SealerArgs, run};

use crate::failure::Failure;
use crate::watch;

/// A sealer of this process.
pub(crate) struct Sealing {
    pub(crate) handle: SealerHandle,
    task: JoinHandle<Result<(), SealerError>>,
}

/// Where a sealer works.
pub(crate) struct Place<'a> {
    pub(crate) backend: &'a Backend,
    pub(crate) dir: &'a DataDir,
    pub(crate) tenant: &'a Tenant,
    /// On how many servers a stream of checkpoints is stored.
    pub(crate) replicas: usize,
}

/// Starts a sealer where the process is to seal.
pub(crate) fn start_unless_off(
    place: &Place<'_>,
    switch: &SealSwitch,
    metrics: &Metrics,
    shutdown: &CancellationToken,
) -> Result<Option<Sealing>, Failure> {
    if switch.no_sealer {
        return Ok(None);
    }
    start(place, &switch.seal, metrics, shutdown.clone()).map(Some)
}

/// Starts a sealer.
pub(crate) fn start(
    place: &Place<'_>,
    args: &SealArgs,
    metrics: &Metrics,
    shutdown: CancellationToken,
) -> Result<Sealing, Failure> {
    let Place { backend, dir, tenant, replicas } = place;
    let options = args.options(SealerOptions::new(|| SystemClock.now()));
    let keys = Arc::new(sealing::keys(dir));
    let mut sealer = Sealer::new(backend.reader(), sealing::files(dir), tenant.as_str(), keys, options);
    if let Some(client) = &backend.nats {
        let stream = stream::StreamArchive::new(client.clone(), (*tenant).clone(), *replicas);
        sealer = sealer.archive(Arc::new(stream));
    }
    for path in &args.checkpoint_files {
        sealer = sealer.archive(Arc::new(file::FileArchive::new(path)));
    }
    for path in &args.checkpoint_pages {
        sealer = sealer.archive(Arc::new(page::PageArchive::new(path)));
    }
    for url in &args.checkpoint_webhooks {
        sealer = sealer.archive(Arc::new(webhook::Webhook::try_new(url)?));
    }
    for (url, key) in args.witnesses()? {
        sealer = sealer.witness(Arc::new(witness::HttpWitness::try_new(url, key)?));
    }
    let handle = sealer.handle();
    watch::observe_sealer(&handle, metrics);
    Ok(Sealing { handle, task: tokio::spawn(sealer.run(shutdown)) })
}

/// Ready unless the sealer has stopped: then the log is not what was sealed, or cannot be sealed.
pub(crate) fn readiness(sealing: Option<&Sealing>, readiness: Readiness) -> Readiness {
    let Some(sealing) = sealing else { return readiness };
    let handle = sealing.handle.clone();
    readiness.check("sealer", move || match handle.status().phase {
        SealerPhase::Stopped => Err("the sealer has stopped".to_owned()),
        _ => Ok(()),
    })
}

/// Serves, and ends the process when the sealer must not go on.
pub(crate) async fn guard(
    sealing: Option<Sealing>,
    serving: impl Future<Output = Result<(), Failure>>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let Some(Sealing { mut task, .. }) = sealing else { return serving.await };
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => {
            shutdown.cancel();
            served.and(ended(task.await))
        }
        sealed = &mut task => {
            let sealed = ended(sealed);
            if let Err(failure) = &sealed {
                let error = itam_service_kit::error_chain(failure);
                tracing::error!(%error, "stopping, so as not to build upon another history");
            }
            shutdown.cancel();
            let served = serving.await;
            sealed.and(served)
        }
    }
}

fn ended(joined: Result<Result<(), SealerError>, tokio::task::JoinError>) -> Result<(), Failure> {
    let outcome = joined.unwrap_or(Err(SealerError::Broken("running")));
    outcome.map_err(|error| ToolFailure::Sealer(error).into())
}
