//! The three services as processes of their own, on `JetStream`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use itam_read_model::{ReadModel, ReadModelOptions, Sharing};
use itam_service_kit::{Authenticator, Metrics, Readiness, SecurityJournal, shutdown_on_signal};
use itam_tools::args::{NatsArgs, ProcessArgs};
use itam_tools::backend::Backend;
use itam_tools::data_dir::DataDir;
use itam_tools::transfer::TransferSource;
use itam_tools::{Failure as ToolFailure, backup};
use tokio_util::sync::CancellationToken;

use crate::args::HttpArgs;
use crate::commands::{self, DeskArgs};
use crate::failure::Failure;
use crate::historic::{self, HistoricArgs};
use crate::history_watch;
use crate::identity::{TokenAuthenticator, first_token, tell_first_token};
use crate::journal;
use crate::me;
use crate::projection;
use crate::queries::{self, QueryArgs};
use crate::replicas::Replicas;
use crate::sealing::{self, SealSwitch, SealerPlace};
use crate::service::{self, Service};
use crate::watch;

/// The process that makes the stream at its first start, where the others wait for it.
const COMMAND_SERVICE: &str = "command-service";
/// For how long they do.
const STREAM_WITHIN: Duration = Duration::from_secs(30);

/// The arguments of `itam command-service`.
#[derive(Args, Debug)]
pub(crate) struct CommandServiceArgs {
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    nats: NatsArgs,
    #[command(flatten)]
    desk: DeskArgs,
}

/// The arguments of `itam projector`.
#[derive(Args, Debug)]
pub(crate) struct ProjectorArgs {
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    nats: NatsArgs,
    #[command(flatten)]
    sealer: SealSwitch,
}

/// The arguments of `itam query-service`.
#[derive(Args, Debug)]
pub(crate) struct QueryServiceArgs {
    /// Shows the past that `itam audit replay` has built in this folder, and nothing newer. Needs no
    /// NATS: names, tokens and the bodies of events come from --nats or --data, if they are there.
    #[arg(long, value_name = "FOLDER")]
    historic: Option<PathBuf>,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    nats: NatsArgs,
    #[command(flatten)]
    queries: QueryArgs,
}

/// What each of the three services begins with.
pub(crate) struct Start {
    pub(crate) shutdown: CancellationToken,
    pub(crate) dir: DataDir,
    pub(crate) backend: Backend,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) metrics: Metrics,
    pub(crate) journal: SecurityJournal,
    pub(crate) replicas: Replicas,
}

/// Opens what a service on `JetStream` stands on.
pub(crate) async fn start(
    name: &'static str,
    process: &ProcessArgs,
    http: &HttpArgs,
    nats: &NatsArgs,
) -> Result<Start, Failure> {
    if nats.nats.is_none() {
        return Err(Failure::NeedsNats(name));
    }
    process.logging.start()?;
    let shutdown = shutdown_on_signal().map_err(ToolFailure::Signals)?;
    let dir = DataDir::open(&process.data, &process.tenant)?;
    let tenant = &process.tenant;
    let opening = async {
        if name == COMMAND_SERVICE {
            return Backend::open(&dir, nats, tenant).await;
        }
        Backend::find(&dir, nats, tenant, STREAM_WITHIN).await
    };
    let backend = tokio::select! {
        backend = opening => backend?,
        () = shutdown.cancelled() => return Err(ToolFailure::Usage("stopped before the log could be opened".into()).into()),
    };
    let authenticator = Arc::new(TokenAuthenticator::new(Arc::clone(&backend.tokens)));
    let metrics = Metrics::new();
    let journal = journal::open(&dir, name, http.journal(), &metrics)?;
    let replicas = Replicas::start(&backend, nats, tenant, &metrics, &shutdown);
    let backend = watch::watched(backend, &metrics);
    Ok(Start { shutdown, dir, backend, authenticator, metrics, journal, replicas })
}

/// Runs `itam command-service`.
pub(crate) async fn command_service(args: CommandServiceArgs) -> Result<(), Failure> {
    let start = start(COMMAND_SERVICE, &args.process, &args.http, &args.nats).await?;
    let token_file = start.dir.admin_token();
    let token = tokio::select! {
        token = first_token(start.backend.tokens.as_ref(), &token_file) => token?,
        () = start.shutdown.cancelled() => return Ok(()),
    };
    if let Some(token) = token {
        journal::note_created(&start.journal, &token.record);
        tell_first_token(&token, &token_file);
    }
    let listener = service::listen(&args.http).await?;
    commands::make_checkpoint_stream(&start.backend, &args.nats, &args.process.tenant, &start.shutdown).await;
    let desk =
        commands::open_desk(&start.backend, &args.desk, &args.process.tenant, &start.metrics, &start.journal)
            .await?;
    let rates = args.http.rates(&start.metrics);
    let door =
        commands::nats_door(&args.nats, &args.desk, &desk, &start.authenticator, &rates, &start.shutdown)
            .await?;
    let service = Service {
        protected: commands::http(&desk)
            .merge(start.journal.routes())
            .merge(commands::token_routes(&start.backend, &desk, &start.journal))
            .merge(backup::routes(TransferSource::of(&start.backend), &args.process.tenant)),
        api: include_str!("../../schemas/openapi/command-service.json"),
        rates,
        metrics: start.metrics.clone(),
        readiness: start.replicas.readiness(readiness_of(&start.backend), true),
        authenticator: start.authenticator,
        journal: Some(start.journal),
        historic: None,
    };
    let serving = service::run(listener, service, &args.http, start.shutdown.clone());
    let served =
        history_watch::guard(start.backend.reader(), None, &start.metrics, serving, start.shutdown).await;
    if let Some(door) = door {
        door.closed().await;
    }
    served
}

/// Runs `itam projector`.
pub(crate) async fn projector(args: ProjectorArgs) -> Result<(), Failure> {
    let start = start("projector", &args.process, &args.http, &args.nats).await?;
    let listener = service::listen(&args.http).await?;
    let model = ReadModel::in_process(&start.dir.read_model(), ReadModelOptions::default());
    let stop = start.shutdown.clone();
    let running = projection::start(
        &start.backend,
        &start.dir,
        model,
        args.process.tenant.as_str(),
        &start.metrics,
        stop,
    )?;
    let place = SealerPlace {
        backend: &start.backend,
        dir: &start.dir,
        tenant: &args.process.tenant,
        replicas: args.nats.nats_replicas,
    };
    let sealing = sealing::start_unless_off(&place, &args.sealer, &start.metrics, &start.shutdown)?;
    let service = Service {
        protected: projection::routes(&running)
            .merge(sealing::routes(sealing.as_ref()))
            .merge(me::routes(Arc::clone(&start.backend.tokens), start.backend.people.directory())),
        api: include_str!("../../schemas/openapi/projector.json"),
        rates: args.http.rates(&start.metrics),
        metrics: start.metrics.clone(),
        readiness: start
            .replicas
            .readiness(sealing::readiness(sealing.as_ref(), projection::readiness(&running.handle)), false),
        authenticator: start.authenticator,
        journal: Some(start.journal),
        historic: None,
    };
    let shutdown = start.shutdown.clone();
    let serving = service::run(listener, service, &args.http, start.shutdown);
    let serving =
        history_watch::guard(start.backend.reader(), None, &start.metrics, serving, shutdown.clone());
    let serving = Box::pin(sealing::guard(sealing, serving, shutdown.clone()));
    projection::until_either_ends(running, serving, shutdown).await
}

/// Runs `itam query-service`.
pub(crate) async fn query_service(args: QueryServiceArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.historic {
        let QueryServiceArgs { process, http, nats, queries, .. } = &args;
        return historic::run(HistoricArgs { folder, process, http, nats, queries }).await;
    }
    let start = start("query-service", &args.process, &args.http, &args.nats).await?;
    let listener = service::listen(&args.http).await?;
    let model = ReadModel::open(&start.dir.read_model(), args.queries.options(Sharing::Followed));
    let protected = queries::http(
        &start.backend,
        &start.dir,
        &args.process.tenant,
        model.clone(),
        None,
        &start.replicas,
        &start.shutdown,
    );
    let service = Service {
        protected: protected
            .merge(me::routes(Arc::clone(&start.backend.tokens), start.backend.people.directory())),
        api: include_str!("../../schemas/openapi/query-service.json"),
        rates: args.http.rates(&start.metrics),
        metrics: start.metrics.clone(),
        readiness: start.replicas.readiness(Readiness::new(), false),
        authenticator: start.authenticator,
        journal: Some(start.journal),
        historic: None,
    };
    let serving = service::run(listener, service, &args.http, start.shutdown.clone());
    history_watch::guard(start.backend.reader(), Some(model), &start.metrics, serving, start.shutdown).await
}

/// Ready while the NATS connection is up.
fn readiness_of(backend: &Backend) -> Readiness {
    let client = backend.nats.clone();
    Readiness::new().check("log", move || match &client {
        Some(client) if client.connection_state() != async_nats::connection::State::Connected => {
            Err("the NATS servers are away".to_owned())
        }
        _ => Ok(()),
    })
}
