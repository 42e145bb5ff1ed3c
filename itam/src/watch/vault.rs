//! A person vault whose erasures are counted.

use std::sync::Arc;

use async_trait::async_trait;
use itam_service_kit::Metrics;
use itam_vault::{PersonDetails, PersonDirectory, PersonVault, VaultError};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use uuid::Uuid;

/// A person vault that is watched.
pub(super) struct WatchedVault {
    vault: Arc<dyn PersonVault>,
    erasures: Counter,
    pending: Gauge,
    faults: Counter,
}

impl WatchedVault {
    pub(super) fn new(vault: Arc<dyn PersonVault>, metrics: &Metrics) -> Self {
        let watched = Self {
            vault,
            erasures: metrics.counter("vault_erasures", "Persons whose details were erased"),
            pending: metrics.gauge("vault_erasures_pending", "Erasures that were begun and not finished"),
            faults: metrics.counter("vault_faults", "Changes that the vault could not make"),
        };
        watched.count_pending();
        watched
    }

    fn count_pending(&self) {
        let pending = self.vault.directory().pending_erasures().len();
        self.pending.set(i64::try_from(pending).unwrap_or(i64::MAX));
    }

    fn note(&self, outcome: Result<(), VaultError>) -> Result<(), VaultError> {
        self.count_pending();
        let is_fault = matches!(
            outcome,
            Err(VaultError::Unavailable { .. } | VaultError::Corrupt { .. } | VaultError::Contended)
        );
        if is_fault {
            self.faults.inc();
        }
        outcome
    }
}

#[async_trait]
impl PersonVault for WatchedVault {
    async fn put(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError> {
        self.note(self.vault.put(id, details).await)
    }

    async fn adopt(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError> {
        self.note(self.vault.adopt(id, details).await)
    }

    async fn begin_erasure(&self, id: Uuid) -> Result<(), VaultError> {
        self.note(self.vault.begin_erasure(id).await)
    }

    async fn cancel_erasure(&self, id: Uuid) -> Result<(), VaultError> {
        self.note(self.vault.cancel_erasure(id).await)
    }

    async fn erase(&self, id: Uuid) -> Result<(), VaultError> {
        let had_details = self.vault.directory().find(id).is_some();
        let outcome = self.note(self.vault.erase(id).await);
        if outcome.is_ok() && had_details {
            self.erasures.inc();
        }
        outcome
    }

    fn directory(&self) -> Arc<PersonDirectory> {
        self.vault.directory()
    }
}
