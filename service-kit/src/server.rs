//! The HTTP server: HTTP/1.1, and HTTP/2 too by TLS; limited, and stopped in two steps.

mod around;
mod connections;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware::from_fn;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

use crate::tls::ALPN_HTTP2;
use crate::{Problem, ProblemCode, TlsFiles};
use connections::{Connections, Room, Seat};

pub(crate) use connections::{Connection, Work};

/// How a server treats its connections.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// TLS, or plain HTTP if there is none.
    pub tls: Option<TlsFiles>,
    /// The most connections at once. One that is idle leaves for one that comes; where all are at work,
    /// further ones are answered on the reserve of [`Served::reserve`].
    pub connections: usize,
    /// The most connections of one peer, in the same way: an address of IPv4, or a network of 64 bits of
    /// IPv6; 0 for no limit. Programs of the same host have none: a proxy speaks for many.
    pub connections_per_peer: usize,
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
            connections_per_peer: 1024,
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

/// What a server answers with.
#[derive(Debug, Clone)]
pub struct Served {
    /// Everything.
    pub routes: Router,
    /// What is answered on connections beyond the limits: probes. What else is asked there gets what
    /// [`no_room`] says, if that is the fallback.
    pub reserve: Router,
}

impl From<Router> for Served {
    /// Without probes.
    fn from(routes: Router) -> Self {
        Self { routes, reserve: Router::new().fallback(no_room) }
    }
}

/// What is answered where no connection is left but those of the reserve: `not-ready`.
pub async fn no_room() -> Problem {
    let detail = "All connections are at work, or all that one address may have. Only probes are answered on \
                  this one.";
    Problem::new(ProblemCode::NotReady, detail).retry_after(Duration::from_secs(1))
}

/// How many connections are open beyond [`ServerSettings::connections`], for probes.
pub const RESERVED_CONNECTIONS: usize = connections::RESERVE;

/// The longest time for a head on a connection of the reserve.
const RESERVE_HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until `shutdown` is cancelled; then takes no new connection, lets requests in flight finish
/// within the grace, and closes.
///
/// # Errors
/// If the TLS files cannot be used.
pub async fn serve(
    listener: TcpListener,
    served: impl Into<Served>,
    settings: ServerSettings,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let setup = Arc::new(ConnectionSetup::new(served.into(), &settings)?);
    let places = Arc::new(Connections::new(settings.connections, settings.connections_per_peer));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();

    while let Some((stream, peer)) = next_connection(&listener, &shutdown).await {
        let (watcher, seat) = (graceful.watcher(), places.admit(peer));
        connections.spawn(Arc::clone(&setup).serve_connection(stream, watcher, seat));
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
struct ConnectionSetup {
    tls: Option<TlsAcceptor>,
    http1: Builder<TokioExecutor>,
    http2: Builder<TokioExecutor>,
    reserve1: Builder<TokioExecutor>,
    header_timeout: Duration,
    routes: Router,
    reserve: Router,
}

impl ConnectionSetup {
    fn new(served: Served, settings: &ServerSettings) -> io::Result<Self> {
        let (header_timeout, header_bytes) = (settings.header_timeout, settings.header_bytes);
        let mut reserve1 = http1_builder(header_timeout.min(RESERVE_HEADER_TIMEOUT), header_bytes);
        reserve1.http1().keep_alive(false);
        Ok(Self {
            tls: settings.tls.as_ref().map(TlsFiles::load).transpose()?.map(TlsAcceptor::from),
            http1: http1_builder(header_timeout, header_bytes),
            http2: http2_builder(header_timeout, header_bytes),
            reserve1,
            header_timeout,
            routes: served.routes.layer(from_fn(around::attend)),
            reserve: served.reserve.layer(from_fn(around::attend)),
        })
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream, watcher: Watcher, seat: Seat) {
        let ended = seat.connection.ended().clone();
        let Some(acceptor) = &self.tls else {
            return self.serve_stream(stream, false, watcher, seat).await;
        };
        let handshake = tokio::time::timeout(self.header_timeout, acceptor.accept(stream));
        match ended.run_until_cancelled(handshake).await {
            Some(Ok(Ok(stream))) => {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(ALPN_HTTP2);
                self.serve_stream(stream, is_http2, watcher, seat).await;
            }
            Some(Ok(Err(error))) => tracing::debug!(%error, "a TLS handshake failed"),
            Some(Err(_elapsed)) => tracing::debug!("a TLS handshake took too long"),
            None => tracing::debug!("a connection was ended before its TLS handshake, to make room"),
        }
    }

    async fn serve_stream<S>(&self, stream: S, is_http2: bool, watcher: Watcher, seat: Seat)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (builder, router) = match seat.room {
            Room::Whole if is_http2 => (&self.http2, &self.routes),
            Room::Whole => (&self.http1, &self.routes),
            Room::Reserve if is_http2 => (&self.http2, &self.reserve),
            Room::Reserve => (&self.reserve1, &self.reserve),
        };
        let service = TowerToHyperService::new(Extension(seat.connection.clone()).layer(router.clone()));
        let connection = watcher.watch(builder.serve_connection(TokioIo::new(stream), service));
        // On HTTP/1.1 the time for the next head ends what is idle.
        let idle = async {
            match seat.room {
                Room::Reserve => seat.connection.idle_for(RESERVE_HEADER_TIMEOUT).await,
                Room::Whole if is_http2 => seat.connection.idle_for(self.header_timeout).await,
                Room::Whole => std::future::pending().await,
            }
        };
        tokio::select! {
            outcome = connection => {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "a connection ended with an error");
                }
            }
            () = idle => tracing::debug!("a connection was idle for too long"),
            () = seat.connection.ended().cancelled() => {
                tracing::debug!("a connection was ended: to make room, or since its token opens no doors");
            }
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

/// The next connection; `None` once shutdown was asked for.
async fn next_connection(
    listener: &TcpListener,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, IpAddr)> {
    let accept = async {
        // Bounded by the shutdown: an error of `accept` is the peer's or passes.
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are written whole; waiting for more only adds 40 ms.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection was gone at once");
                        continue;
                    }
                    return (stream, peer.ip());
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
