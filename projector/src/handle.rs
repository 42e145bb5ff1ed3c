//! How others in the process see a projector, and ask it for a rebuild.

use tokio::sync::{mpsc, oneshot, watch};

use crate::error::ProjectorError;
use crate::rebuild::{RebuildReport, RebuildScope};
use crate::status::ProjectorStatus;

/// To whom the outcome of a rebuild is told.
pub(crate) type RebuildAnswer = oneshot::Sender<Result<RebuildReport, ProjectorError>>;
/// What is to be rebuilt, and to whom the outcome is told.
pub(crate) type RebuildRequest = (RebuildScope, RebuildAnswer);

/// Sees and asks a projector from elsewhere in the process.
#[derive(Clone, Debug)]
pub struct ProjectorHandle {
    status: watch::Receiver<ProjectorStatus>,
    ask: mpsc::Sender<RebuildRequest>,
}

impl ProjectorHandle {
    pub(crate) fn new(status: watch::Receiver<ProjectorStatus>, ask: mpsc::Sender<RebuildRequest>) -> Self {
        Self { status, ask }
    }

    /// How it is doing now.
    #[must_use]
    pub fn status(&self) -> ProjectorStatus {
        self.status.borrow().clone()
    }

    /// Tells of every change.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<ProjectorStatus> {
        self.status.clone()
    }

    /// Has read models built anew beside those that are read, and switched to. Following goes
    /// on meanwhile; how far it got is in the status.
    ///
    /// # Errors
    /// [`ProjectorError::Broken`] if the projector stopped before it was done. Any other: the
    /// rebuild failed, and the projector goes on with the file that it had.
    pub async fn rebuild(&self, scope: RebuildScope) -> Result<RebuildReport, ProjectorError> {
        let (answer, report) = oneshot::channel();
        let stopped = || ProjectorError::Broken("a rebuild waited for it");
        self.ask.send((scope, answer)).await.map_err(|_| stopped())?;
        report.await.map_err(|_| stopped())?
    }
}
