//! The query service inside a process.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use clap::Args;
use itam_event_log::Tenant;
use itam_projector::{ProjectorHandle, Releases};
use itam_query_service::{
    ProjectorProbe, QueryDesk, QueryLimits, QueryParts, ReleasedCount, ReplicaProbe, SealFiles, TokenNames,
    routes,
};
use itam_read_model::{ReadModel, ReadModelOptions, Sharing, Snapshot};
use itam_service_kit::{SystemClock, error_chain};
use itam_tools::backend::Backend;
use itam_tools::data_dir::DataDir;
use itam_vault::TokenStore;
use tokio_util::sync::CancellationToken;

use crate::args::size;
use crate::replicas::Replicas;

/// How queries are answered.
#[derive(Args, Clone, Debug)]
pub(crate) struct QueryArgs {
    /// How much of the register's file is kept in memory, such as 128MiB, and a quarter of it of the projections'.
    #[arg(long, env = "ITAM_READ_CACHE", default_value = "32MiB", value_parser = size)]
    read_cache: usize,
}

impl QueryArgs {
    /// How the read model uses memory and disk.
    pub(crate) fn options(&self, sharing: Sharing) -> ReadModelOptions {
        ReadModelOptions { cache_bytes: self.read_cache, sharing }
    }
}

/// The query routes over a read model, with the projector's status where it runs in this process.
pub(crate) fn http(
    backend: &Backend,
    dir: &DataDir,
    tenant: &Tenant,
    read_model: ReadModel,
    projector: Option<&ProjectorHandle>,
    replicas: &Replicas,
    shutdown: &CancellationToken,
) -> Router {
    let probe = projector
        .cloned()
        .map(|handle| Arc::new(move || serde_json::to_value(handle.status()).ok()) as Arc<ProjectorProbe>);
    let replicas = replicas.clone();
    let replicas = Arc::new(move || replicas.shown()) as Arc<ReplicaProbe>;
    let mode = if backend.nats.is_some() { "jetstream" } else { "embedded" };
    routes(QueryDesk::new(QueryParts {
        tenant: tenant.clone(),
        read_model,
        log: backend.reader(),
        people: backend.people.directory(),
        tokens: token_names(Arc::clone(&backend.tokens)),
        clock: Arc::new(SystemClock),
        projector: probe,
        replicas: Some(replicas),
        released: released(dir.parked_releases()),
        historic: None,
        seal: Some(SealFiles { tree: dir.tree(), checkpoints: dir.ledger(), keys: dir.keys() }),
        mode: mode.to_owned(),
        limits: QueryLimits::default(),
        shutdown: shutdown.clone(),
    }))
}

/// What tokens are called, as this process knows them now.
pub(crate) fn token_names(tokens: Arc<dyn TokenStore>) -> Arc<TokenNames> {
    Arc::new(move |id| tokens.find_by_id(id).map(|record| Arc::from(record.name.as_str())))
}

/// Counts the releases as they are in the file now, which the projector may write in another
/// process. What cannot be looked at counts as not seen to.
fn released(path: PathBuf) -> Arc<ReleasedCount> {
    Arc::new(move |snapshot: &Snapshot| {
        let releases = match Releases::look(&path) {
            Ok(releases) => releases,
            Err(error) => {
                tracing::warn!(error = %error_chain(&error), "the releases of parked events cannot be read");
                return 0;
            }
        };
        releases.count_in(snapshot).unwrap_or_else(|error| {
            tracing::warn!(error = %error_chain(&error), "the parked events cannot be counted");
            0
        })
    })
}
