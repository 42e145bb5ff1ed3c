//! Work that blocks, beside the threads that must not.

use crate::error::ProjectorError;

/// Runs work that blocks.
pub(crate) async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, ProjectorError> + Send + 'static,
) -> Result<T, ProjectorError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ProjectorError::Broken(doing))?
}
