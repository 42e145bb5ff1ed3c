//! What Prometheus is told of the promises: one metric for each that can be watched.

mod log;
mod projector;
mod sealer;
mod vault;

pub(crate) use projector::observe;
pub(crate) use sealer::observe_sealer;

use std::sync::Arc;

use itam_service_kit::Metrics;
use itam_tools::backend::Backend;

use self::log::WatchedLog;
use self::vault::WatchedVault;

/// The same backend, with what it does counted and timed.
pub(crate) fn watched(backend: Backend, metrics: &Metrics) -> Backend {
    let log = Arc::new(WatchedLog::new(backend.log, metrics));
    let people = Arc::new(WatchedVault::new(backend.people, metrics));
    Backend { log, people, ..backend }
}
