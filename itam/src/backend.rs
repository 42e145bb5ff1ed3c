//! What the services stand on: the log, the person vault and the tokens, embedded or on NATS.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::{Client, ConnectOptions};
use itam_event_log::{
    EmbeddedLog, EmbeddedOptions, EventLog, JetStreamLog, LogError, LogExport, LogReader, Tenant,
};
use itam_service_kit::{Clock, Metrics, SystemClock, error_chain};
use itam_vault::embedded::{EmbeddedPeople, FileTokens};
use itam_vault::jetstream::{JetStreamPeople, JetStreamTokens};
use itam_vault::{PersonVault, TokenStore, VaultError};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};

use crate::args::NatsArgs;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::watch;

/// How long to wait before the servers are tried again, at first: connecting takes a moment.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How long to wait at most, and from when on it is said.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a tool waits for a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// What the services stand on.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) log: Arc<dyn EventLog>,
    /// The same log, for handing it over whole.
    pub(crate) export: Arc<dyn LogExport>,
    pub(crate) people: Arc<dyn PersonVault>,
    pub(crate) tokens: Arc<dyn TokenStore>,
    /// The connection, on NATS.
    pub(crate) nats: Option<Client>,
}

impl Backend {
    /// Opens it: on the given NATS servers, or embedded in the data directory. Makes what is missing.
    pub(crate) async fn open(dir: &DataDir, nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        match connect(nats).await? {
            Some(client) => Self::on_nats(client, nats, tenant).await,
            None => Self::embedded(dir, tenant).await,
        }
    }

    /// Opens what others have made on the NATS servers, as [`Backend::open`] does: who only reads a
    /// history does not begin one. Waits for so long until somebody has.
    pub(crate) async fn find(
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
    pub(crate) async fn embedded(dir: &DataDir, tenant: &Tenant) -> Result<Self, Failure> {
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
    pub(crate) async fn on_nats(client: Client, nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        patiently(async || Self::try_on_nats(&client, nats, tenant).await).await
    }

    async fn try_on_nats(client: &Client, nats: &NatsArgs, tenant: &Tenant) -> Result<Self, Failure> {
        let (options, buckets) = (nats.log_options(), nats.bucket_options(tenant));
        let log =
            JetStreamLog::connect(client.clone(), tenant.clone(), options).await.map_err(Failure::Log)?;
        let people = JetStreamPeople::connect(client.clone(), &buckets).await.map_err(Failure::Vault)?;
        let tokens = JetStreamTokens::connect(client.clone(), &buckets).await.map_err(Failure::Vault)?;
        let log = Arc::new(log);
        Ok(Self {
            export: Arc::clone(&log) as Arc<dyn LogExport>,
            log,
            people: Arc::new(people),
            tokens: Arc::new(tokens),
            nats: Some(client.clone()),
        })
    }

    /// The same, with what it does counted and timed.
    pub(crate) fn watched(self, metrics: &Metrics) -> Self {
        let log = Arc::new(watch::WatchedLog::new(self.log, metrics));
        let people = Arc::new(watch::WatchedVault::new(self.people, metrics));
        Self { log, people, ..self }
    }

    /// The reading half of the log.
    pub(crate) fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.log) as Arc<dyn LogReader>
    }
}

/// The tokens alone, for the tool that makes and revokes them beside running services.
pub(crate) async fn open_tokens(
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
async fn await_stream(client: &Client, tenant: &Tenant, patience: Duration) -> Result<(), Failure> {
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
pub(crate) async fn patiently<T>(mut attempt: impl AsyncFnMut() -> Result<T, Failure>) -> Result<T, Failure> {
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
fn is_passing(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Log(LogError::Unavailable { .. }) | Failure::Vault(VaultError::Unavailable { .. })
    )
}

/// A connection that is up, for tools, which do not wait for servers as services do.
pub(crate) async fn connected(nats: &NatsArgs) -> Result<Client, Failure> {
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

async fn connect(nats: &NatsArgs) -> Result<Option<Client>, Failure> {
    let Some(servers) = &nats.nats else {
        return Ok(None);
    };
    let addresses: Vec<async_nats::ServerAddr> = servers
        .split(',')
        .map(|server| server.trim().parse())
        .collect::<Result<_, std::io::Error>>()
        .map_err(|source| Failure::NatsAddress { servers: servers.clone(), source })?;
    let client = connect_options(nats).await?.connect(addresses).await.map_err(Failure::Nats)?;
    Ok(Some(client))
}

/// Looks at the TLS files now: a client that cannot read them would try for ever.
fn check_tls(nats: &NatsArgs) -> Result<(), Failure> {
    for path in [&nats.nats_ca, &nats.nats_cert].into_iter().flatten() {
        let mut certificates = CertificateDer::pem_file_iter(path).map_err(unreadable(path))?;
        certificates.next().unwrap_or(Err(pem::Error::NoItemsFound)).map_err(unreadable(path))?;
    }
    if let Some(path) = &nats.nats_key {
        PrivateKeyDer::from_pem_file(path).map_err(unreadable(path))?;
    }
    Ok(())
}

fn unreadable(path: &Path) -> impl FnOnce(pem::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::NatsFile { path, source: std::io::Error::other(source) }
}

async fn connect_options(nats: &NatsArgs) -> Result<ConnectOptions, Failure> {
    check_tls(nats)?;
    let mut options = match &nats.nats_creds {
        Some(path) => {
            let read = ConnectOptions::with_credentials_file(path).await;
            read.map_err(|source| Failure::NatsFile { path: path.clone(), source })?
        }
        None => ConnectOptions::new(),
    };
    if let (Some(user), Some(password)) = (&nats.nats_user, &nats.nats_password) {
        options = options.user_and_password(user.clone(), password.clone());
    }
    if let Some(authority) = &nats.nats_ca {
        options = options.add_root_certificates(authority.clone()).require_tls(true);
    }
    if let (Some(certificate), Some(key)) = (&nats.nats_cert, &nats.nats_key) {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options.name("itam").retry_on_initial_connect())
}
