//! What Prometheus is told of the promises: one metric for each that can be watched.

mod log;
mod projector;
mod vault;

pub(crate) use log::WatchedLog;
pub(crate) use projector::observe;
pub(crate) use vault::WatchedVault;
