//! What the services stand on: the log, the person vault and the tokens, embedded or on NATS.

use std::sync::Arc;
use std::time::{Duration, Instant};

use itam_event_log::{
    EmbeddedLog, EmbeddedOptions, EventLog, JetStreamLog, LogError, LogExport, LogReader, Tenant,
};
use itam_nats::NatsClient;
use itam_service_kit::{Clock, SystemClock, error_chain};
use itam_vault::embedded::{EmbeddedPeople, FileTokens};
use itam_vault::jetstream::{JetStreamPeople, JetStreamTokens};
use itam_vault::{PersonVault, TokenStore, VaultError};

use crate::args::NatsArgs;
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// How long to wait before the servers are tried again, at first: connecting takes a moment.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How long to wait at most, and from when on it is said.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a tool waits for a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// What the services stand on.
#[derive(Clone)]
pub struct Backend {
    /// The log, for reading and appending.
    pub log: Arc<dyn EventLog>,
    /// The same log, for handing it over whole.
    pub export: Arc<dyn LogExport>,
    /// The person vault.
    pub people: Arc<dyn PersonVault>,
    /// The hashes of tokens.
    pub tokens: Arc<dyn TokenStore>,
    /// The connection, on NATS.
    pub nats: Option<NatsClient>,
}

impl Backend {
    /// Opens it: on the given NATS servers, or embedded in the data directory. Makes what is missing.
    ///
    /// # Errors
    /// If log, vault or tokens cannot be opened.
    pub async fn open(dir: &DataDir, nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        match connect(nats).await? {
            Some(client) => Self::on_nats(client, nats, tenant).await,
            None => Self::embedded(dir, tenant).await,
        }
    }

    /// Opens what others have made on the NATS servers, as [`Backend::open`] does: who only reads a
    /// history does not begin one. Waits for so long until somebody has.
    ///
    /// # Errors
    /// If they cannot be opened, or nobody has made them in time.
    pub async fn find(
        dir: &DataDir,
        nats: &NatsArgs,
        tenant: &Tenant,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let Some(client) = connect(nats).await? else { return Self::embedded(dir, tenant).await };
        await_stream(&client, tenant, patience).await?;
        Self::on_nats(client, nats, tenant).await
    }

    /// Opens it in the data directory.
    ///
    /// # Errors
    /// If log, vault or tokens cannot be opened.
    pub async fn embedded(dir: &DataDir, tenant: &Tenant) -> Result<Self, Failure> {
        let options = EmbeddedOptions::new(|| SystemClock.now());
        let log = EmbeddedLog::open(&dir.log(), tenant.clone(), options).map_err(Failure::Log)?;
        let people = EmbeddedPeople::open(dir.path()).await.map_err(Failure::Vault)?;
        let log = Arc::new(log);
        Ok(Self {
            export: Arc::clone(&log) as Arc<dyn LogExport>,
            log,
            people: Arc::new(people),
            tokens: Arc::new(FileTokens::open(dir.path()).map_err(Failure::Vault)?),
            nats: None,
        })
    }

    /// Opens it on NATS, and waits for servers that are not ready.
    async fn on_nats(client: NatsClient, nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        patiently(async || Self::try_on_nats(&client, nats, tenant).await).await
    }

    async fn try_on_nats(client: &NatsClient, nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        let (options, buckets) = (nats.log_options(), nats.bucket_options(tenant));
        JetStreamLog::check_version(client).map_err(Failure::Log)?;
        let people = JetStreamPeople::connect(client.clone(), &buckets).await.map_err(Failure::Vault)?;
        let tokens = JetStreamTokens::connect(client.clone(), &buckets).await.map_err(Failure::Vault)?;
        // The stream comes last: services that may make nothing wait for it, and then need the rest.
        let log = JetStreamLog::connect(client.clone(), tenant.clone(), options).await;
        let log = Arc::new(log.map_err(Failure::Log)?);
        Ok(Self {
            export: Arc::clone(&log) as Arc<dyn LogExport>,
            log,
            people: Arc::new(people),
            tokens: Arc::new(tokens),
            nats: Some(client.clone()),
        })
    }

    /// The reading half of the log.
    #[must_use]
    pub fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.log) as Arc<dyn LogReader>
    }
}

/// The tokens alone, for the tool that makes and revokes them beside running services.
///
/// # Errors
/// If they cannot be opened.
pub async fn open_tokens(
    dir: &DataDir,
    nats: &NatsArgs,
    tenant: &Tenant,
) -> Result<Arc<dyn TokenStore>, Failure> {
    let Some(client) = connect(nats).await? else {
        return Ok(Arc::new(FileTokens::open(dir.path()).map_err(Failure::Vault)?));
    };
    let buckets = nats.bucket_options(tenant);
    Ok(Arc::new(JetStreamTokens::connect(client, &buckets).await.map_err(Failure::Vault)?))
}

/// Waits until the tenant's stream has been made.
async fn await_stream(client: &NatsClient, tenant: &Tenant, patience: Duration) -> Result<(), Failure> {
    let begun = Instant::now();
    let is_made = async || JetStreamLog::is_made(client, tenant).await.map_err(Failure::Log);
    while !patiently(is_made).await? {
        let stream = tenant.stream_name();
        if begun.elapsed() >= patience {
            return Err(Failure::Usage(format!(
                "there is no stream {stream} on these servers: `itam up` or `itam command-service` makes it; \
                 start one of them first, or name another organization with --tenant"
            )));
        }
        tracing::warn!(stream, "there is no such stream yet; waiting for a command service to make it");
        tokio::time::sleep(LONGEST_PAUSE).await;
    }
    Ok(())
}

/// Tries something until the servers are ready for it, or say that they never will be. Bounded by
/// the caller's patience: a start waits for as long as nobody stops it.
///
/// # Errors
/// The first that is not passing.
pub async fn patiently<T>(mut attempt: impl AsyncFnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt().await {
            Err(failure) if is_passing(&failure) => {
                if pause >= LONGEST_PAUSE {
                    let error = error_chain(&failure);
                    tracing::warn!(%error, "the NATS servers are not ready; trying again");
                }
                tokio::time::sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
            outcome => return outcome,
        }
    }
}

/// Whether waiting may help.
#[must_use]
pub fn is_passing(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Log(LogError::Unavailable { .. }) | Failure::Vault(VaultError::Unavailable { .. })
    )
}

/// A connection that is up, for tools, which do not wait for servers as services do.
///
/// # Errors
/// If no servers are named, or they do not answer in time.
pub async fn connected(nats: &NatsArgs) -> Result<NatsClient, Failure> {
    let missing = || Failure::Usage("name the NATS servers with --nats".to_owned());
    let client = connect(nats).await?.ok_or_else(missing)?;
    let flushed = tokio::time::timeout(CONNECT_PATIENCE, client.flush()).await;
    let is_up = matches!(flushed, Ok(Ok(())))
        && client.connection_state() == async_nats::connection::State::Connected;
    if is_up {
        return Ok(client);
    }
    Err(Failure::Usage(format!("the NATS servers do not answer within {CONNECT_PATIENCE:?}")))
}

async fn connect(nats: &NatsArgs) -> Result<Option<NatsClient>, Failure> {
    let Some(settings) = nats.settings() else { return Ok(None) };
    settings.connect().await.map(Some).map_err(Failure::Nats)
}
