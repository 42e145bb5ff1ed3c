//! What Prometheus is told of the promises: one metric for each that can be watched.

mod log;
mod projector;
mod sealer;
mod vault;

pub(crate) use log::WatchedLog;
pub(crate) use projector::observe;
pub(crate) use sealer::observe_sealer;
pub(crate) use vault::WatchedVault;
