//! The HTTP server: HTTP/1.1, and HTTP/2 too by TLS; limited, and stopped in two steps.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

use crate::TlsFiles;
use crate::exchange::ConnectionEnd;
use crate::tls::ALPN_HTTP2;

/// How a server treats its connections.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// TLS, or plain HTTP if there is none.
    pub tls: Option<TlsFiles>,
    /// The most connections at once; more wait in the listener's backlog.
    pub connections: usize,
    /// The longest time for a TLS handshake, and for a request's head on HTTP/1.1. An idle
    /// connection is closed after as long.
    pub header_timeout: Duration,
    /// The most bytes of a request's head.
    pub header_bytes: usize,
    /// How long requests in flight may take to finish after the shutdown was asked for.
    pub grace: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            tls: None,
            connections: 4096,
            header_timeout: Duration::from_mins(1),
            header_bytes: 64 * 1024,
            grace: Duration::from_secs(10),
        }
    }
}

/// How long to wait after an error of `accept`, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The most streams one HTTP/2 connection may have open, so that the connection limit means
/// something there too.
const STREAMS_PER_CONNECTION: u32 = 256;

/// The smallest buffer that hyper takes for a head.
const SMALLEST_HEAD: usize = 8192;

/// Serves `router` until `shutdown` is cancelled; then takes no new connection, lets requests in
/// flight finish within the grace, and closes.
///
/// # Errors
/// If the TLS files cannot be used.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ServerSettings,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let tls = settings.tls.as_ref().map(TlsFiles::load).transpose()?.map(TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(settings.connections));
    let door = Door {
        tls,
        http1: http1_builder(settings.header_timeout, settings.header_bytes),
        http2: http2_builder(settings.header_timeout, settings.header_bytes),
        header_timeout: settings.header_timeout,
        router,
    };
    let door = Arc::new(door);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();

    while let Some((stream, place)) = next_connection(&listener, &places, &shutdown).await {
        let watcher = graceful.watcher();
        connections.spawn(Arc::clone(&door).serve_connection(stream, watcher, place));
        while connections.try_join_next().is_some() {}
    }

    drop(listener);
    if tokio::time::timeout(settings.grace, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "the grace is over: closing what is still open");
    }
    connections.shutdown().await;
    Ok(())
}

/// What every connection needs.
struct Door {
    tls: Option<TlsAcceptor>,
    http1: Builder<TokioExecutor>,
    http2: Builder<TokioExecutor>,
    header_timeout: Duration,
    router: Router,
}

impl Door {
    async fn serve_connection(
        self: Arc<Self>,
        stream: TcpStream,
        watcher: Watcher,
        place: OwnedSemaphorePermit,
    ) {
        let Some(acceptor) = &self.tls else {
            return self.serve_stream(stream, &self.http1, watcher, place).await;
        };
        match tokio::time::timeout(self.header_timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(ALPN_HTTP2);
                let builder = if is_http2 { &self.http2 } else { &self.http1 };
                self.serve_stream(stream, builder, watcher, place).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_elapsed) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn serve_stream<S>(
        &self,
        stream: S,
        builder: &Builder<TokioExecutor>,
        watcher: Watcher,
        _place: OwnedSemaphorePermit,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let end = ConnectionEnd::default();
        let service = TowerToHyperService::new(Extension(end.clone()).layer(self.router.clone()));
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        match end.0.run_until_cancelled(watcher.watch(connection)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::debug!(%error, "a connection ended with an error"),
            None => tracing::debug!("a connection was ended: its token opens no doors, and nobody read so"),
        }
    }
}

/// The protocol is known beforehand, never guessed from the first bytes: `hyper_util` waits for
/// those without a limit.
fn http1_builder(header_timeout: Duration, header_bytes: usize) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    let head = header_bytes.max(SMALLEST_HEAD);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_timeout).max_buf_size(head);
    builder
}

fn http2_builder(header_timeout: Duration, header_bytes: usize) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http2_only();
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .max_header_list_size(u32::try_from(header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(header_timeout);
    builder
}

/// The next connection, as soon as there is a place for it; `None` once shutdown was asked for.
async fn next_connection(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accept = async {
        let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
        // Bounded by the shutdown: an error of `accept` is the peer's or passes.
        loop {
            match listener.accept().await {
                Ok((stream, _peer)) => {
                    // Answers are written whole; waiting for more only adds 40 ms.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection was gone at once");
                        continue;
                    }
                    return (stream, place);
                }
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    shutdown.run_until_cancelled(accept).await
}

fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests;
