//! One HTTP service inside a process: its routes, its probes, its listener.

use std::sync::Arc;

use axum::Router;
use itam_query_service::Historic;
use itam_service_kit::{
    ApiPage, Authenticator, HttpKit, Metrics, Rates, Readiness, SecurityJournal, problem_pages, serve,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::args::HttpArgs;
use crate::failure::Failure;
use crate::problem_pages::PROBLEM_PAGES;

/// An HTTP service that is about to be served.
pub(crate) struct Service {
    /// What needs a token.
    pub(crate) protected: Router,
    /// The `OpenAPI` document.
    pub(crate) api: &'static str,
    pub(crate) metrics: Metrics,
    pub(crate) readiness: Readiness,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    /// How fast each token may send, which other doors may share.
    pub(crate) rates: Rates,
    /// Where refusals are noted, if anywhere.
    pub(crate) journal: Option<SecurityJournal>,
    /// Which past is shown, if it is not the present.
    pub(crate) historic: Option<Historic>,
}

/// Looks at the TLS files and takes the address, before anything is said to be there.
pub(crate) async fn listen(http: &HttpArgs) -> Result<TcpListener, Failure> {
    http.check_tls().map_err(Failure::Tls)?;
    let address = http.listen;
    TcpListener::bind(address).await.map_err(|source| Failure::Listen { address, source })
}

/// Serves until the shutdown, and finishes what was taken.
pub(crate) async fn run(
    listener: TcpListener,
    service: Service,
    http: &HttpArgs,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let open = Router::new()
        .merge(service.readiness.routes())
        .merge(service.metrics.routes())
        .merge(ApiPage::new(service.api).routes())
        .merge(problem_pages(PROBLEM_PAGES));
    let kit = HttpKit::new(service.metrics, service.authenticator).limits(http.limits()).rates(service.rates);
    let kit = match service.journal {
        Some(journal) => kit.journal(journal),
        None => kit,
    };
    let router = kit.wrap(service.protected, open);
    let router = match service.historic {
        Some(historic) => historic.mark(router),
        None => router,
    };
    serve(listener, router, http.server(), shutdown).await.map_err(Failure::Serve)
}
