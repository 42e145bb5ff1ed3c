//! One HTTP service inside a process: its routes, its probes, its listener.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use itam_query_service::Historic;
use itam_service_kit::{
    ApiPage, Authenticator, HttpKit, Metrics, Rates, Readiness, SecurityJournal, Served, ServerSettings,
    no_room, problem_pages, serve,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::args::HttpArgs;
use crate::failure::Failure;
use crate::file_limit;
use crate::listen::ListenAddress;
use crate::problem_pages::PROBLEM_PAGES;

/// What every service says of the subjects on NATS: the `AsyncAPI` document.
const ASYNCAPI: &str = include_str!("../../schemas/asyncapi/itam.json");

/// An HTTP service that is about to be served.
pub(crate) struct Service {
    /// What needs a token.
    pub(crate) protected: Router,
    /// The `OpenAPI` document.
    pub(crate) api: &'static str,
    pub(crate) metrics: Metrics,
    pub(crate) readiness: Readiness,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    /// How fast each token may send, which the taking over NATS may share.
    pub(crate) rates: Rates,
    /// Where refusals are noted, if anywhere.
    pub(crate) journal: Option<SecurityJournal>,
    /// Which past is shown, if it is not the present.
    pub(crate) historic: Option<Historic>,
}

/// Where a service will be served: the addresses are taken.
pub(crate) struct Listening {
    listener: TcpListener,
    metrics: Option<TcpListener>,
    settings: ServerSettings,
}

impl Listening {
    /// The address that was taken.
    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        self.listener.local_addr().map_err(Failure::Serve)
    }

    /// Serves routes until the shutdown.
    pub(crate) async fn serve(
        self,
        served: impl Into<Served>,
        shutdown: CancellationToken,
    ) -> Result<(), Failure> {
        serve(self.listener, served, self.settings, shutdown).await.map_err(Failure::Serve)
    }
}

/// Looks at the TLS files and takes the addresses, before anything is said to be there.
pub(crate) async fn listen(http: &HttpArgs) -> Result<Listening, Failure> {
    http.check_tls().map_err(Failure::Tls)?;
    let mut settings = http.server();
    settings.connections = file_limit::raise_for(settings.connections);
    let metrics = match &http.metrics_listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    Ok(Listening { listener: bind(&http.listen).await?, metrics, settings })
}

async fn bind(address: &ListenAddress) -> Result<TcpListener, Failure> {
    address.bind().await.map_err(|source| Failure::Listen { address: address.clone(), source })
}

/// Serves until the shutdown, and finishes what was taken.
pub(crate) async fn run(
    mut listening: Listening,
    service: Service,
    http: &HttpArgs,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let probes = service.readiness.routes();
    let metrics = service.metrics.routes();
    let mut open = Router::new()
        .merge(probes.clone())
        .merge(ApiPage::new(service.api, ASYNCAPI).routes())
        .merge(problem_pages(PROBLEM_PAGES));
    let kit = HttpKit::new(service.metrics, service.authenticator).limits(http.limits()).rates(service.rates);
    let metrics_apart = listening.metrics.take();
    let apart = kit.wrap(Router::new(), metrics.clone());
    if metrics_apart.is_none() {
        open = open.merge(metrics);
    }
    let kit = match service.journal {
        Some(journal) => kit.journal(journal),
        None => kit,
    };
    let routes = kit.wrap(service.protected, open);
    let reserve = kit.wrap(Router::new(), probes.fallback(no_room));
    let mark = |router| match &service.historic {
        Some(historic) => historic.clone().mark(router),
        None => router,
    };
    let served = Served { routes: mark(routes), reserve: mark(reserve) };
    let Some(metrics_apart) = metrics_apart else {
        return listening.serve(served, shutdown).await;
    };
    let scraped = serve(metrics_apart, apart, listening.settings.clone(), shutdown.clone());
    let (scraped, served) = tokio::join!(scraped, listening.serve(served, shutdown));
    served.and(scraped.map_err(Failure::Serve))
}
