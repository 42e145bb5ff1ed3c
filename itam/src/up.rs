//! `itam up`: everything in one process.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use clap::Args;
use itam_read_model::{ReadModel, Sharing};
use itam_service_kit::{Authenticator, Metrics, shutdown_on_signal};
use itam_tools::args::{NatsArgs, ProcessArgs};
use itam_tools::backend::Backend;
use itam_tools::data_dir::DataDir;
use itam_tools::output::announce;
use itam_tools::transfer::TransferSource;
use itam_tools::{Failure as ToolFailure, backup, demo};
use itam_vault::TokenStore;

use crate::args::HttpArgs;
use crate::commands::{self, DeskArgs};
use crate::failure::Failure;
use crate::history_watch;
use crate::identity::{NewToken, TokenAuthenticator, first_token, tell_earlier_token, tell_first_token};
use crate::journal;
use crate::listen::reached_at;
use crate::projection;
use crate::queries::{self, QueryArgs};
use crate::replicas::Replicas;
use crate::sealing::{self, SealSwitch, SealerPlace};
use crate::service::{self, Service};
use crate::watch;

/// The arguments of `itam up`.
#[derive(Args, Debug)]
pub(crate) struct UpArgs {
    /// Loads an organization of our own making, unless there is something in the log.
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    nats: NatsArgs,
    #[command(flatten)]
    desk: DeskArgs,
    #[command(flatten)]
    queries: QueryArgs,
    #[command(flatten)]
    sealer: SealSwitch,
}

/// Runs `itam up`.
pub(crate) async fn run(args: UpArgs) -> Result<(), Failure> {
    args.process.logging.start()?;
    let shutdown = shutdown_on_signal().map_err(ToolFailure::Signals)?;
    let tenant = &args.process.tenant;
    let dir = DataDir::open(&args.process.data, tenant)?;
    let listener = service::listen(&args.http).await?;
    // The one that was taken, if any was asked for.
    let address = listener.address()?;
    let opening = async {
        let backend = Backend::open(&dir, &args.nats, tenant).await?;
        let token = first_token(backend.tokens.as_ref(), &dir.admin_token()).await?;
        Ok::<_, Failure>((backend, token))
    };
    let (backend, token) = tokio::select! {
        opened = opening => opened?,
        () = shutdown.cancelled() => return Ok(()),
    };
    let authenticator: Arc<dyn Authenticator> =
        Arc::new(TokenAuthenticator::new(Arc::clone(&backend.tokens)));
    let metrics = Metrics::new();
    let backend = watch::watched(backend, &metrics);
    let journal = journal::open(&dir, "up", args.http.journal(), &metrics)?;
    if let Some(token) = &token {
        journal::note_created(&journal, &token.record);
    }
    commands::make_checkpoint_stream(&backend, &args.nats, tenant, &shutdown).await;
    let desk = commands::open_desk(&backend, &args.desk, tenant, &metrics, &journal).await?;
    // Query services beside it need NATS; without, nobody else reads its file.
    let sharing = if backend.nats.is_some() { Sharing::Followed } else { Sharing::Alone };
    let model = ReadModel::in_process(&dir.read_model(), args.queries.options(sharing));
    let running =
        projection::start(&backend, &dir, model.clone(), tenant.as_str(), &metrics, shutdown.clone())?;
    if args.demo {
        let log = backend.reader();
        tokio::select! {
            loaded = demo::load(&desk, log.as_ref(), &dir) => loaded?,
            () = shutdown.cancelled() => {}
        }
    }
    let rates = args.http.rates(&metrics);
    let replicas = Replicas::start(&backend, &args.nats, tenant, &metrics, &shutdown);
    let place = SealerPlace { backend: &backend, dir: &dir, tenant, replicas: args.nats.nats_replicas };
    let sealing = sealing::start_unless_off(&place, &args.sealer, &metrics, &shutdown)?;
    let door = commands::nats_door(&args.nats, &args.desk, &desk, &authenticator, &rates, &shutdown).await?;
    welcome(&args, address, &dir, token.as_ref(), backend.tokens.as_ref()).await;
    let service = Service {
        protected: Router::new()
            .merge(commands::http(&desk))
            .merge(queries::http(&backend, &dir, tenant, model, Some(&running.handle), &replicas, &shutdown))
            .merge(projection::routes(&running))
            .merge(journal.routes())
            .merge(sealing::routes(sealing.as_ref()))
            .merge(commands::token_routes(&backend, &desk, &journal))
            .merge(backup::routes(TransferSource::of(&backend), tenant)),
        api: include_str!("../../schemas/openapi/itam.json"),
        metrics: metrics.clone(),
        readiness: replicas
            .readiness(sealing::readiness(sealing.as_ref(), projection::readiness(&running.handle)), true),
        authenticator,
        rates,
        journal: Some(journal),
        historic: None,
    };
    let serving = service::run(listener, service, &args.http, shutdown.clone());
    let serving = history_watch::guard(backend.reader(), None, &metrics, serving, shutdown.clone());
    let serving = Box::pin(sealing::guard(sealing, serving, shutdown.clone()));
    let outcome = projection::until_either_ends(running, serving, shutdown).await;
    if let Some(door) = door {
        door.closed().await;
    }
    outcome
}

/// Questions that a newcomer may ask of any register.
const QUESTIONS: [&str; 3] = ["/v1/inventory/summary", "/v1/assets?limit=2", "/v1/events?from=1&limit=3"];

/// Those that the demonstration's organization has answers to.
const TOUR: [&str; 6] = [
    "/v1/inventory/summary",
    "/v1/assets?state=deployed&hardware_kind=laptop&limit=2",
    "/v1/assets?q=hamburg&limit=2",
    "/v1/worklists/overdue-returns?limit=2",
    "/v1/audits?limit=2",
    "/v1/events?from=1&limit=3",
];

/// Says where to look, in lines that work as they are printed.
async fn welcome(
    args: &UpArgs,
    address: SocketAddr,
    dir: &DataDir,
    token: Option<&NewToken>,
    tokens: &dyn TokenStore,
) {
    let url = format!("{}://{}", args.http.scheme(), reached_at(address));
    let file = dir.admin_token();
    announce(format_args!("itam is up: {url}"));
    announce(format_args!("API page:   {url}/docs"));
    match token {
        Some(token) => tell_first_token(token, &file),
        None => tell_earlier_token(tokens, &file).await,
    }
    announce("\nTry, in another terminal in this directory:");
    announce(format_args!("  TOKEN=$(cat {})", file.display()));
    let questions = if args.demo { &TOUR[..] } else { &QUESTIONS[..] };
    for path in questions {
        announce(format_args!("  curl -s -H \"Authorization: Bearer $TOKEN\" '{url}{path}'"));
    }
    announce("\nStop with Ctrl-C.");
}
