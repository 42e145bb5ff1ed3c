//! Errors of redb as errors of the log.

use crate::LogError;

/// Turns an error of redb into one of the log.
pub(super) fn fault(operation: &'static str, error: impl Into<redb::Error>) -> LogError {
    match error.into() {
        redb::Error::Corrupted(what) => LogError::Corrupt(what),
        other => unavailable(operation, other),
    }
}

pub(super) fn unavailable(
    operation: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> LogError {
    LogError::Unavailable { operation, source: source.into() }
}
