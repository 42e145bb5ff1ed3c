//! `itam query-service --historic`: a query service on the register of the past that a replay built.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use itam_event_log::{JetStreamLog, LogError, LogReader, MessagePage, StoredMessage, Subject, Tenant};
use itam_query_service::{Historic, QueryDesk, QueryLimits, QueryParts, routes};
use itam_read_model::{ReadModel, Sharing, message_hash};
use itam_service_kit::{Authenticator, Metrics, Readiness, SystemClock, error_chain, shutdown_on_signal};
use itam_tools::args::{NatsArgs, ProcessArgs};
use itam_tools::audit::{HistoricFolder, ReplayLabel, open_embedded};
use itam_tools::data_dir::DataDir;
use itam_tools::{Failure as ToolFailure, backend};
use itam_vault::embedded::{EmbeddedPeople, FileTokens};
use itam_vault::jetstream::{JetStreamPeople, JetStreamTokens};
use itam_vault::{PersonDirectory, PersonVault, TokenStore};

use crate::args::HttpArgs;
use crate::failure::Failure;
use crate::identity::{TokenAuthenticator, first_token, tell_first_token};
use crate::me;
use crate::queries::{QueryArgs, token_names};
use crate::service::{self, Service};

/// How a historic query service runs.
pub(crate) struct HistoricArgs<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) process: &'a ProcessArgs,
    pub(crate) http: &'a HttpArgs,
    pub(crate) nats: &'a NatsArgs,
    pub(crate) queries: &'a QueryArgs,
}

/// What stands around the register: everything but the log is needed.
struct Surroundings {
    log: Option<Arc<dyn LogReader>>,
    people: Arc<PersonDirectory>,
    tokens: Arc<dyn TokenStore>,
    /// Keeps following what it follows, or keeps others from changing it: a name that was erased is
    /// not shown.
    _vault: Option<Box<dyn PersonVault>>,
}

/// Runs it until the shutdown.
pub(crate) async fn run(args: HistoricArgs<'_>) -> Result<(), Failure> {
    args.process.logging.start()?;
    let shutdown = shutdown_on_signal().map_err(ToolFailure::Signals)?;
    let (folder, label) = HistoricFolder::open(args.folder)?;
    let tenant = &args.process.tenant;
    if label.tenant != tenant.as_str() {
        let folder = args.folder.display();
        let owner = label.tenant;
        let usage = format!("{folder} belongs to the tenant {owner}: name it with --tenant");
        return Err(ToolFailure::Usage(usage).into());
    }
    let around = surroundings(&args, tenant).await?;
    if let Some(log) = &around.log {
        prove(log.as_ref(), &label).await?;
    }
    let listener = service::listen(args.http).await?;
    let historic = Historic {
        position: label.position,
        until: label.until,
        hash: label.hash,
        has_log: around.log.is_some(),
    };
    let desk = QueryDesk::new(QueryParts {
        tenant: tenant.clone(),
        read_model: ReadModel::open(folder.path(), args.queries.options(Sharing::Followed)),
        log: Arc::new(EndedLog { log: around.log, end: label.position }),
        people: Arc::clone(&around.people),
        tokens: token_names(Arc::clone(&around.tokens)),
        clock: Arc::new(SystemClock),
        projector: None,
        replicas: None,
        released: Arc::new(|_| 0),
        historic: Some(historic.clone()),
        seal: None,
        mode: "historic".to_owned(),
        limits: QueryLimits::default(),
        shutdown: shutdown.clone(),
    });
    let me = me::routes(Arc::clone(&around.tokens), Arc::clone(&around.people));
    let authenticator: Arc<dyn Authenticator> = Arc::new(TokenAuthenticator::new(around.tokens));
    let metrics = Metrics::new();
    let service = Service {
        protected: routes(desk).merge(me),
        api: include_str!("../../schemas/openapi/query-service.json"),
        rates: args.http.rates(&metrics),
        metrics,
        readiness: Readiness::new(),
        authenticator,
        journal: None,
        historic: Some(historic),
    };
    service::run(listener, service, args.http, shutdown).await
}

async fn surroundings(args: &HistoricArgs<'_>, tenant: &Tenant) -> Result<Surroundings, Failure> {
    if args.nats.nats.is_some() {
        return on_nats(args.nats, tenant).await;
    }
    let data = &args.process.data;
    if !DataDir::is_labeled(data) {
        return alone(args.folder).await;
    }
    DataDir::open(data, tenant)?;
    let vault = embedded_people(data).await;
    Ok(Surroundings {
        log: embedded_log(data, tenant)?,
        people: vault.as_ref().map_or_else(Arc::default, PersonVault::directory),
        tokens: Arc::new(FileTokens::open(data).map_err(ToolFailure::Vault)?),
        _vault: vault.map(|vault| Box::new(vault) as Box<dyn PersonVault>),
    })
}

async fn on_nats(nats: &NatsArgs, tenant: &Tenant) -> Result<Surroundings, Failure> {
    let client = backend::connected(nats).await?;
    let log =
        JetStreamLog::connect_for_reading(client.clone(), tenant.clone()).await.map_err(ToolFailure::Log)?;
    let buckets = nats.bucket_options(tenant);
    let people = JetStreamPeople::connect(client.clone(), &buckets).await.map_err(ToolFailure::Vault)?;
    let tokens = JetStreamTokens::connect(client, &buckets).await.map_err(ToolFailure::Vault)?;
    Ok(Surroundings {
        log: Some(log),
        people: people.directory(),
        tokens: Arc::new(tokens),
        _vault: Some(Box::new(people)),
    })
}

/// Without a data directory there are no names and no bodies of events, and tokens are kept beside
/// the register. The first one is made.
async fn alone(folder: &Path) -> Result<Surroundings, Failure> {
    let tokens: Arc<dyn TokenStore> = Arc::new(FileTokens::open(folder).map_err(ToolFailure::Vault)?);
    let file = folder.join("admin.token");
    if let Some(token) = first_token(tokens.as_ref(), &file).await? {
        tell_first_token(&token, &file);
    }
    Ok(Surroundings { log: None, people: Arc::default(), tokens, _vault: None })
}

/// The log, unless there is none or another process writes it.
fn embedded_log(data: &Path, tenant: &Tenant) -> Result<Option<Arc<dyn LogReader>>, Failure> {
    if !DataDir::unchecked(data).log().exists() {
        return Ok(None);
    }
    match open_embedded(data, tenant) {
        Ok(log) => Ok(Some(log)),
        Err(error @ (LogError::InUse(_) | LogError::Misconfigured(_))) => {
            let error = error_chain(&error);
            tracing::warn!(%error, "the log cannot be read beside it: the bodies of events are not shown");
            Ok(None)
        }
        Err(error) => Err(ToolFailure::Log(error).into()),
    }
}

/// The vault, which nobody else can change while its names are shown; none if another process has it.
async fn embedded_people(data: &Path) -> Option<EmbeddedPeople> {
    match EmbeddedPeople::open(data).await {
        Ok(people) => Some(people),
        Err(error) => {
            let error = error_chain(&error);
            tracing::warn!(%error, "the person vault cannot be read beside it: names are not shown");
            None
        }
    }
}

/// Whether the log is the one that was replayed.
async fn prove(log: &dyn LogReader, label: &ReplayLabel) -> Result<(), Failure> {
    let page = log.read(label.position, NonZeroUsize::MIN).await.map_err(ToolFailure::Log)?;
    let is_same = page.messages.first().is_some_and(|message| {
        message.position == label.position
            && HEXLOWER.encode(&message_hash(&message.body)) == label.message_hash
    });
    if is_same {
        return Ok(());
    }
    let usage = format!(
        "this log is not the one that was replayed: it has another message, or none, at position {}",
        label.position
    );
    Err(ToolFailure::Usage(usage).into())
}

/// A log that ends at a position, as it did then.
struct EndedLog {
    log: Option<Arc<dyn LogReader>>,
    end: u64,
}

impl EndedLog {
    fn log(&self) -> Result<&Arc<dyn LogReader>, LogError> {
        self.log.as_ref().ok_or_else(|| LogError::Misconfigured("no log was given".to_owned()))
    }

    fn cut(&self, mut page: MessagePage) -> MessagePage {
        page.messages.retain(|message| message.position <= self.end);
        MessagePage { head: self.end, ..page }
    }

    fn known(&self, messages: Vec<StoredMessage>) -> Vec<StoredMessage> {
        messages.into_iter().take_while(|message| message.position <= self.end).collect()
    }
}

#[async_trait]
impl LogReader for EndedLog {
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        Ok(self.known(self.log()?.load(subject).await?))
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        Ok(self.known(self.log()?.load_latest(subject).await?))
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        Ok(self.load(subject).await?.pop())
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        Ok(self.cut(self.log()?.read(from, limit).await?))
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
        Ok(self.cut(self.log()?.tail(from, limit, patience).await?))
    }

    async fn head(&self) -> Result<u64, LogError> {
        Ok(self.end)
    }
}
