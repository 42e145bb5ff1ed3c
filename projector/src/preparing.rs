//! Getting ready the projections that are not written along with the register: one at a time, beside
//! everything else.

use std::time::Duration;

use itam_read_model::{PreparedProjection, ReadModelWriter};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::blocking::blocking;
use crate::error::ProjectorError;

type Prepared = Result<PreparedProjection, ProjectorError>;

/// Gets ready the projections that are not written along with the register.
pub(crate) struct Preparing {
    task: Option<JoinHandle<Prepared>>,
    pause: Duration,
    not_before: Option<Instant>,
}

impl Preparing {
    /// Pauses so long after each failure.
    pub(crate) fn new(pause: Duration) -> Self {
        Self { task: None, pause, not_before: None }
    }

    /// Whether none is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.task.is_none()
    }

    /// Begins with the first projection that is missing, if none is under way.
    pub(crate) fn begin(&mut self, writer: &ReadModelWriter, tenant: &str) {
        let missing = writer.missing_projections();
        let (None, Some(projection)) = (&self.task, missing.first().copied()) else { return };
        let (model, tenant, not_before) = (writer.reader(), tenant.to_owned(), self.not_before.take());
        self.task = Some(tokio::spawn(async move {
            if let Some(not_before) = not_before {
                tokio::time::sleep_until(not_before).await;
            }
            let prepare = move || Ok(PreparedProjection::prepare(&model, projection, &tenant)?);
            blocking("preparing a projection", prepare).await
        }));
    }

    /// What became of the one that is under way, as soon as it has ended; never, if none is.
    pub(crate) async fn ended(&mut self) -> Prepared {
        let Some(task) = &mut self.task else { return std::future::pending().await };
        let ended = task.await.unwrap_or(Err(ProjectorError::Broken("preparing a projection")));
        self.task = None;
        ended
    }

    /// Notes that it could not be done: it is tried again after a pause.
    pub(crate) fn failed(&mut self, error: &ProjectorError) {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "a projection cannot be made ready; it is tried again, and the others go on"
        );
        self.not_before = Some(Instant::now() + self.pause);
    }
}

impl Drop for Preparing {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
