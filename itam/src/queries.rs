//! The query service inside a process.

use std::sync::Arc;

use axum::Router;
use clap::Args;
use itam_event_log::Tenant;
use itam_projector::ProjectorHandle;
use itam_query_service::{ProjectorProbe, QueryDesk, QueryLimits, QueryParts, routes};
use itam_read_model::{ReadModel, ReadModelOptions, Sharing};
use itam_service_kit::SystemClock;
use tokio_util::sync::CancellationToken;

use crate::args::size;
use crate::backend::Backend;

/// How queries are answered.
#[derive(Args, Clone, Debug)]
pub(crate) struct QueryArgs {
    /// How much of the read model's file is kept in memory, such as 128MiB.
    #[arg(long, env = "ITAM_READ_CACHE", default_value = "128MiB", value_parser = size)]
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
    tenant: &Tenant,
    read_model: ReadModel,
    projector: Option<&ProjectorHandle>,
    shutdown: &CancellationToken,
) -> Router {
    let probe = projector
        .cloned()
        .map(|handle| Arc::new(move || serde_json::to_value(handle.status()).ok()) as Arc<ProjectorProbe>);
    let mode = if backend.nats.is_some() { "jetstream" } else { "embedded" };
    routes(QueryDesk::new(QueryParts {
        tenant: tenant.clone(),
        read_model,
        log: backend.reader(),
        people: backend.people.directory(),
        clock: Arc::new(SystemClock),
        projector: probe,
        historic: None,
        mode: mode.to_owned(),
        limits: QueryLimits::default(),
        shutdown: shutdown.clone(),
    }))
}
