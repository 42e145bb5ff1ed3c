//! Real nats-servers on loopback, each with its own ports and its own temporary folder.
//!
//! A server is stopped when its handle is dropped; nothing stays behind.

mod binary;
mod cluster;
mod shipped;
mod torn;
mod wire;

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

pub use binary::nats_server_binary;
pub use cluster::NatsCluster;
pub use shipped::{ROUTE_PASSWORD, SHIPPED_USERS};
pub use wire::{Heard, Wire, WireMessage};

use crate::frozen;
use crate::ports::Port;
use crate::{resident, scratch};

/// How often a start is tried with fresh ports: a process that is not of the harness may take a port
/// between the moment it was found free and the moment the server listens.
const START_TRIES: usize = 5;
/// A bound for what hangs, not for what is slow.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// Why a server could not be had.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// No program; the sentence says what to do.
    #[error("{0}")]
    NoServer(String),
    /// The program did not become ready. Holds the end of its log.
    #[error("nats-server did not become ready: {0}")]
    NotReady(String),
    /// A file, port or process could not be made.
    #[error("the nats-server harness failed while {operation}")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// The underlying error.
        #[source]
        source: io::Error,
    },
}

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// `JetStream`'s `sync_interval`: `always`, or a duration such as `2m`.
    pub sync_interval: String,
    /// Further lines of the server's configuration, such as users and permissions.
    pub extra_configuration: String,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self { sync_interval: "always".to_owned(), extra_configuration: String::new() }
    }
}

/// The ports of one server, all on 127.0.0.1.
#[derive(Debug)]
struct Ports {
    client: Port,
    monitoring: Port,
    route: Port,
}

impl Ports {
    fn take() -> Result<Self, NatsError> {
        let take = || Ok(Self { client: Port::take()?, monitoring: Port::take()?, route: Port::take()? });
        take().map_err(|source| NatsError::Io { operation: "looking for free ports", source })
    }

    /// Those for clients, for monitoring and for routes.
    fn numbers(&self) -> [u16; 3] {
        [&self.client, &self.monitoring, &self.route].map(Port::number)
    }
}

/// How one server of a cluster reaches the others, all on 127.0.0.1.
#[derive(Clone, Debug)]
struct Routes {
    /// The ports at which it looks for them.
    to: Vec<u16>,
    /// The port at which it says that they find it.
    advertised: u16,
}

/// One running (or killed, or paused) nats-server with `JetStream`.
#[derive(Debug)]
pub struct NatsServer {
    ports: Ports,
    folder: TempDir,
    child: Option<Child>,
    /// What its configuration asks the environment for.
    environment: Vec<(String, String)>,
}

impl NatsServer {
    /// Starts a single server (R1) and waits until it is healthy.
    ///
    /// # Errors
    /// [`NatsError`] if there is no program or it does not become ready.
    pub async fn start(options: NatsOptions) -> Result<Self, NatsError> {
        let mut last_error = None;
        for _ in 0..START_TRIES {
            let mut server = Self::prepare("single", Ports::take()?, None, &options)?;
            match server.restart().await {
                Ok(()) => return Ok(server),
                Err(error @ NatsError::NoServer(_)) => return Err(error),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(|| NatsError::NotReady("it was never tried".to_owned())))
    }

    /// The address for clients.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port())
    }

    /// The port for clients.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.ports.client.number()
    }

    /// The address of the monitoring endpoints.
    #[must_use]
    pub fn monitoring_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.monitoring.number())
    }

    /// The resident memory of the server in bytes, 0 if it is not running.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        self.child.as_ref().map_or(0, |child| resident::now(child.id()))
    }

    /// The folder that holds the server's data.
    #[must_use]
    pub fn store_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("store")
    }

    /// Kills the server without warning (SIGKILL) and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only if the process has already ended, which is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Has the server end without warning (SIGKILL), and does not wait for it.
    ///
    /// # Errors
    /// [`NatsError::Io`] if the signal cannot be sent.
    pub fn signal_kill(&self) -> Result<(), NatsError> {
        self.signal("-KILL")
    }

    /// Asks the server to end (SIGTERM), and does not wait for it.
    ///
    /// # Errors
    /// [`NatsError::Io`] if the signal cannot be sent.
    pub fn terminate(&self) -> Result<(), NatsError> {
        self.signal("-TERM")
    }

    /// Waits until a server that was told to end is gone.
    pub fn ended(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Fails only if it is gone already.
            let _ = child.wait();
        }
    }

    /// Whether the server takes itself for healthy: all that it is to hold is there, and up to date.
    pub async fn is_healthy(&self) -> bool {
        crate::client::choose_tls();
        let answer = reqwest::get(format!("{}/healthz", self.monitoring_url())).await;
        answer.is_ok_and(|response| response.status().is_success())
    }

    /// How many messages the server itself holds of a stream, and the last position; nothing if it does not say.
    pub async fn held(&self, stream: &str) -> Option<(u64, u64)> {
        crate::client::choose_tls();
        let url = format!("{}/jsz?accounts=true&streams=true", self.monitoring_url());
        let shown = reqwest::get(url).await.ok()?.bytes().await.ok()?;
        let shown: serde_json::Value = serde_json::from_slice(&shown).ok()?;
        let accounts = shown["account_details"].as_array()?.iter();
        let mut streams = accounts.filter_map(|account| account["stream_detail"].as_array()).flatten();
        let state = &streams.find(|found| found["name"] == stream)?["state"];
        Some((state["messages"].as_u64()?, state["last_seq"].as_u64()?))
    }

    /// Empties the folder of a server that was killed, as if its disk had been replaced.
    ///
    /// # Errors
    /// [`NatsError::Io`] if the folder cannot be removed.
    pub fn lose_disk(&self) -> Result<(), NatsError> {
        fs::remove_dir_all(self.store_folder())
            .map_err(|source| NatsError::Io { operation: "removing its store", source })
    }

    /// Kills the server if it runs and starts it on the same ports and folder.
    ///
    /// # Errors
    /// [`NatsError`] if it does not become ready.
    pub async fn restart(&mut self) -> Result<(), NatsError> {
        self.spawn().await?;
        self.wait_until_ready().await
    }

    /// As [`Self::restart`], without waiting: a server of a cluster is healthy only with others.
    ///
    /// # Errors
    /// [`NatsError`] if it cannot be started.
    pub async fn start_again(&mut self) -> Result<(), NatsError> {
        self.spawn().await
    }

    /// Freezes the server (SIGSTOP): connections stay open and nothing answers.
    ///
    /// # Errors
    /// [`NatsError::Io`] if the signal cannot be sent.
    pub fn pause(&self) -> Result<(), NatsError> {
        self.signal("-STOP")?;
        let failed = |source| NatsError::Io { operation: "freezing the server", source };
        let child = self.child.as_ref().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        frozen::wait_until(child.id()).map_err(failed)
    }

    /// Thaws a frozen server (SIGCONT).
    ///
    /// # Errors
    /// [`NatsError::Io`] if the signal cannot be sent.
    pub fn resume(&self) -> Result<(), NatsError> {
        self.signal("-CONT")
    }

    /// Lays out the folder and writes the configuration.
    fn prepare(
        name: &str,
        ports: Ports,
        routes: Option<&Routes>,
        options: &NatsOptions,
    ) -> Result<Self, NatsError> {
        let folder = scratch::folder("itam-nats-")
            .map_err(|source| NatsError::Io { operation: "making a folder", source })?;
        let server = Self { ports, folder, child: None, environment: Vec::new() };
        fs::write(server.folder.path().join("nats.conf"), server.configuration(name, routes, options))
            .map_err(|source| NatsError::Io { operation: "writing the configuration", source })?;
        Ok(server)
    }

    fn configuration(&self, name: &str, routes: Option<&Routes>, options: &NatsOptions) -> String {
        let [client, monitoring, route] = self.ports.numbers();
        let mut text = format!(
            "server_name: {name}\nlisten: \"127.0.0.1:{client}\"\nhttp: \"127.0.0.1:{monitoring}\"\n\
             jetstream {{ store_dir: \"{}\", sync_interval: {} }}\n{}\n",
            self.store_folder().display(),
            options.sync_interval,
            options.extra_configuration,
        );
        if let Some(Routes { to, advertised }) = routes {
            let urls: Vec<String> = to.iter().map(|port| format!("\"nats://127.0.0.1:{port}\"")).collect();
            let _ = writeln!(
                text,
                "cluster {{ name: itam, listen: \"127.0.0.1:{route}\", advertise: \"127.0.0.1:{advertised}\", \
                 routes: [{}] }}",
                urls.join(", ")
            );
        }
        text
    }

    async fn spawn(&mut self) -> Result<(), NatsError> {
        self.kill();
        let program = nats_server_binary().await?;
        let spawn = || -> io::Result<Child> {
            let log = OpenOptions::new().create(true).append(true).open(self.folder.path().join("log"))?;
            Command::new(program)
                .arg("-c")
                .arg(self.folder.path().join("nats.conf"))
                .envs(self.environment.iter().map(|(name, value)| (name, value)))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
        };
        let child = spawn().map_err(|source| NatsError::Io { operation: "starting it", source })?;
        self.child = Some(child);
        Ok(())
    }

    async fn wait_until_ready(&mut self) -> Result<(), NatsError> {
        let url = format!("{}/healthz", self.monitoring_url());
        let start = Instant::now();
        while start.elapsed() < READY_WITHIN {
            let exited = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if exited {
                break;
            }
            crate::client::choose_tls();
            let answer = reqwest::get(&url).await;
            if answer.is_ok_and(|response| response.status().is_success()) && self.greets().await {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(5).collect();
        Err(NatsError::NotReady(tail.join(" | ")))
    }

    /// Whether clients are received. A server is healthy a moment before, and may still find its port
    /// taken and end.
    async fn greets(&self) -> bool {
        let mut word = [0; 4];
        let greeting = async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port())).await?;
            stream.read_exact(&mut word).await
        };
        let heard = tokio::time::timeout(Duration::from_secs(1), greeting).await;
        matches!(heard, Ok(Ok(_))) && &word == b"INFO"
    }

    fn signal(&self, signal: &str) -> Result<(), NatsError> {
        let failed = |source| NatsError::Io { operation: "sending a signal", source };
        let child = self.child.as_ref().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        let status = Command::new("kill").arg(signal).arg(child.id().to_string()).status();
        if status.map_err(failed)?.success() {
            return Ok(());
        }
        Err(failed(io::Error::other("kill refused")))
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
