//! Where the history that is audited lies. It is opened for reading alone.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use itam_event_log::{EmbeddedLog, JetStreamLog, LogError, LogExport, Tenant};

use crate::args::{LoggingArgs, NatsArgs, ProcessArgs};
use crate::backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// How much of an embedded log is kept in memory.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Where the history lies: on the servers of --nats, else in the directory of --data.
#[derive(Args, Debug)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    pub(crate) process: ProcessArgs,
    #[command(flatten)]
    pub(crate) nats: NatsArgs,
}

impl PlaceArgs {
    /// The organization.
    pub(crate) fn tenant(&self) -> &Tenant {
        &self.process.tenant
    }

    /// How the tool logs.
    pub(crate) fn logging(&self) -> &LoggingArgs {
        &self.process.logging
    }

    /// Opens the log for reading: nothing is made or changed, and the right to read is enough.
    pub(crate) async fn open_log(&self) -> Result<Arc<dyn LogExport>, Failure> {
        if self.nats.nats.is_some() {
            let client = backend::connected(&self.nats).await?;
            let log = JetStreamLog::connect_for_reading(client, self.tenant().clone()).await;
            return log.map_err(Failure::Log);
        }
        match open_embedded(&self.process.data, self.tenant()) {
            Err(LogError::InUse(path)) => Err(Failure::Usage(format!(
                "the log {path} is open in a running itam: stop that, or work on a copy that it makes: \
                 `itam backup --server URL --into FOLDER`, then `itam restore --from FILE --data COPY`, then \
                 this with --data COPY"
            ))),
            opened => opened.map_err(Failure::Log),
        }
    }
}

/// The embedded log of a data directory, for reading.
///
/// # Errors
/// If there is none, or it cannot be opened.
pub fn open_embedded(data: &Path, tenant: &Tenant) -> Result<Arc<dyn LogExport>, LogError> {
    EmbeddedLog::open_for_reading(&DataDir::unchecked(data).log(), tenant, CACHE_BYTES)
}
