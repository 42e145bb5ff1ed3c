//! A TCP proxy between any two parts, which breaks connections in the ways that networks do.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the proxy does to what passes through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Clear,
    /// Everything passes late.
    Slow(Duration),
    /// Connections stay open and nothing passes, in either direction.
    Silent,
    /// Connections are closed, new ones too.
    Cut,
    /// Waits for these bytes from the client, and closes the connection with them in hand: the
    /// request is never forwarded.
    CutBefore(&'static [u8]),
    /// Waits for these bytes from the client, forwards them, and lets nothing back: the request
    /// takes effect and its answer is lost.
    CutAfter(&'static [u8]),
}

/// A proxy in front of one server, on a port of its own.
pub struct ChaosProxy {
    port: u16,
    weather: watch::Sender<Weather>,
    struck: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl ChaosProxy {
    /// Starts it in front of a server on loopback.
    ///
    /// # Panics
    /// If there is no port.
    pub async fn start(server_port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let weather = watch::Sender::new(Weather::Clear);
        let struck = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(accept(listener, server_port, weather.clone(), Arc::clone(&struck)));
        Self { port, weather, struck, task }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes the weather for open and new connections.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// How often [`Weather::CutBefore`] and [`Weather::CutAfter`] have struck.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.struck.load(Ordering::Relaxed)
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.task.abort();
        self.weather.send_replace(Weather::Cut);
    }
}

async fn accept(
    listener: TcpListener,
    server_port: u16,
    weather: watch::Sender<Weather>,
    struck: Arc<AtomicU64>,
) {
    // Ends with the proxy, which aborts it.
    while let Ok((client, _)) = listener.accept().await {
        if *weather.borrow() == Weather::Cut {
            continue;
        }
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server_port)).await else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        tokio::spawn(carry(client, server, weather.clone(), Arc::clone(&struck)));
    }
}

/// Carries one connection until either side ends or the weather ends it.
async fn carry(
    client: TcpStream,
    server: TcpStream,
    weather: watch::Sender<Weather>,
    struck: Arc<AtomicU64>,
) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let is_struck = Arc::new(Mutex::new(false));
    let trap = Trap { weather: weather.clone(), struck, is_struck };
    let cut = async {
        let mut weather = weather.subscribe();
        // The sender is held above, so that this only ends with a cut.
        let _ = weather.wait_for(|weather| *weather == Weather::Cut).await;
    };
    tokio::select! {
        () = pass_requests(from_client, to_server, trap.clone()) => {}
        () = pass_answers(from_server, to_client, trap) => {}
        () = cut => {}
    }
}

/// What the two directions of a connection know of each other.
#[derive(Clone)]
struct Trap {
    weather: watch::Sender<Weather>,
    struck: Arc<AtomicU64>,
    /// Whether answers are held back from now on.
    is_struck: Arc<Mutex<bool>>,
}

impl Trap {
    /// Waits while nothing may pass, and then as long as passing takes.
    async fn hold(&self) {
        let mut weather = self.weather.subscribe();
        let _ = weather.wait_for(|weather| *weather != Weather::Silent).await;
        let delay = match &*weather.borrow() {
            Weather::Slow(delay) => Some(*delay),
            _ => None,
        };
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
    }

    fn strike(&self) {
        self.struck.fetch_add(1, Ordering::Relaxed);
        *self.is_struck.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    fn is_struck(&self) -> bool {
        *self.is_struck.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn pass_requests(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, trap: Trap) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        trap.hold().await;
        let bytes = &buffer[..length];
        let weather = trap.weather.borrow().clone();
        match weather {
            Weather::CutBefore(mark) if contains(bytes, mark) => {
                trap.strike();
                return;
            }
            Weather::CutAfter(mark) if contains(bytes, mark) => {
                trap.strike();
                let _ = to.write_all(bytes).await;
                // The server reads it all, and its answer finds nobody.
                let _ = to.shutdown().await;
                let _ = tokio::time::timeout(Duration::from_millis(100), from.read(&mut buffer)).await;
                return;
            }
            _ => {}
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn pass_answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, trap: Trap) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        trap.hold().await;
        if trap.is_struck() {
            continue;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    // The server has closed: what the client still sends is read until it notices.
    if trap.is_struck() {
        std::future::pending::<()>().await;
    }
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}
