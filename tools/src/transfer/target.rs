//! The target of a transfer: an empty data directory, or an empty place on NATS.

use std::path::Path;
use std::sync::Arc;

use itam_event_log::{EmbeddedImport, EmbeddedOptions, JetStreamImport, LogImport, Tenant};
use itam_service_kit::{Clock, SystemClock};
use itam_vault::embedded::{EmbeddedPeople, FileTokens};
use itam_vault::jetstream::{JetStreamPeople, JetStreamTokens};
use itam_vault::{PersonVault, TokenStore};

use super::TransferError;
use crate::args::NatsArgs;
use crate::backend;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// A place that takes everything over, and that no service opens until it has.
pub(crate) struct TransferTarget {
    pub(crate) log: Arc<dyn LogImport>,
    pub(crate) people: Arc<dyn PersonVault>,
    pub(crate) tokens: Arc<dyn TokenStore>,
    /// The data directory that is marked as unfinished, if it is one.
    dir: Option<DataDir>,
}

impl TransferTarget {
    /// An empty data directory; or one in which this was begun before, which is emptied.
    pub(crate) async fn in_directory(path: &Path, tenant: &Tenant) -> Result<Self, Failure> {
        let dir = DataDir::begin_import(path)?;
        let options = EmbeddedOptions::new(|| SystemClock.now());
        let log = EmbeddedImport::begin(&dir.log(), tenant.clone(), options).map_err(Failure::Log)?;
        Ok(Self {
            log: Arc::new(log),
            people: Arc::new(EmbeddedPeople::open(dir.path()).await.map_err(Failure::Vault)?),
            tokens: Arc::new(FileTokens::open(dir.path()).map_err(Failure::Vault)?),
            dir: Some(dir),
        })
    }

    /// An empty stream and empty buckets; or a stream in which this was begun before, where it
    /// goes on.
    pub(crate) async fn on_nats(nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        let client = backend::connected(nats).await?;
        let buckets = nats.bucket_options(tenant);
        let begun = JetStreamImport::begin(client.clone(), tenant.clone(), &nats.log_options()).await;
        let log = begun.map_err(Failure::Log)?;
        let target = Self {
            log: Arc::new(log),
            people: Arc::new(
                JetStreamPeople::connect(client.clone(), &buckets).await.map_err(Failure::Vault)?,
            ),
            tokens: Arc::new(JetStreamTokens::connect(client, &buckets).await.map_err(Failure::Vault)?),
            dir: None,
        };
        let is_fresh = target.log.head().await.map_err(Failure::Log)? == 0;
        let has_people = target.people.directory().count() > 0;
        if is_fresh && (has_people || !target.tokens.list().await.map_err(Failure::Vault)?.is_empty()) {
            let place = format!("the person vault or the token store of tenant {tenant}");
            return Err(TransferError::NotEmpty(place).into());
        }
        Ok(target)
    }

    /// Says that everything is there.
    pub(crate) async fn finish(&self, tenant: &Tenant) -> Result<(), Failure> {
        self.log.finish().await.map_err(Failure::Log)?;
        match &self.dir {
            Some(dir) => Ok(dir.finish_import(tenant)?),
            None => Ok(()),
        }
    }
}
