//! A log, with people and tokens, as the source of a transfer.

use std::num::NonZeroUsize;
use std::sync::Arc;

use itam_event_log::{JetStreamLog, LogError, LogExport, Tenant, TransferRecord};
use itam_vault::jetstream::{JetStreamPeople, JetStreamTokens};
use itam_vault::{PersonDetails, PersonVault, TokenRecord, TokenStore, VaultError};
use uuid::Uuid;

use crate::args::NatsArgs;
use crate::backend::{self, Backend};
use crate::failure::Failure;

/// How many people are looked at in one go.
const PEOPLE_PAGE: usize = 1000;

/// What a tenant has, in the place where it is used. Others may go on using it.
#[derive(Clone)]
pub struct TransferSource {
    pub(crate) log: Arc<dyn LogExport>,
    people: Arc<dyn PersonVault>,
    tokens: Arc<dyn TokenStore>,
}

impl TransferSource {
    /// What a backend stands on.
    #[must_use]
    pub fn of(backend: &Backend) -> Self {
        Self {
            log: Arc::clone(&backend.export),
            people: Arc::clone(&backend.people),
            tokens: Arc::clone(&backend.tokens),
        }
    }

    /// What is on NATS servers, as it is: a stream that services refuse can be read out, and is not changed.
    pub(crate) async fn on_nats(nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        let client = backend::connected(nats).await?;
        let buckets = nats.bucket_options(tenant);
        backend::patiently(async || {
            let log = JetStreamLog::connect_for_reading(client.clone(), tenant.clone()).await;
            let log = log.map_err(Failure::Log)?;
            let people = JetStreamPeople::connect(client.clone(), &buckets).await.map_err(Failure::Vault)?;
            let tokens = JetStreamTokens::connect(client.clone(), &buckets).await.map_err(Failure::Vault)?;
            Ok(Self { log, people: Arc::new(people), tokens: Arc::new(tokens) })
        })
        .await
    }

    /// The last commit that is whole now: its last record, or none if the log is empty.
    pub(crate) async fn last(&self) -> Result<Option<TransferRecord>, LogError> {
        let head = self.log.head().await?;
        if head == 0 {
            return Ok(None);
        }
        Ok(self.log.export(head, NonZeroUsize::MIN).await?.pop())
    }

    /// The people in the vault now.
    pub(crate) fn people(&self) -> Vec<(Uuid, Arc<PersonDetails>)> {
        let directory = self.people.directory();
        let mut people: Vec<(Uuid, Arc<PersonDetails>)> = Vec::new();
        loop {
            let page = directory.page(people.last().map(|(id, _)| *id), PEOPLE_PAGE);
            if page.is_empty() {
                return people;
            }
            people.extend(page);
        }
    }

    /// The tokens, revoked ones too.
    pub(crate) async fn tokens(&self) -> Result<Vec<TokenRecord>, VaultError> {
        self.tokens.list().await
    }
}
