//! Asks a server's monitoring endpoint what it shows nowhere else: whether an acknowledgement means "on disk"
//! (`sync_interval: always`), and whether its copies of streams are whole.
//!
//! A server that lost what it held is no worse in its leader's eyes, as long as it answers: only itself says so.
//! One plain GET needs no HTTP client.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::JetStreamOptions;
use super::setup::StreamState;
use crate::{Cause, LogError};

/// A `/varz` has some 10 KiB, a `/jsz` some for each stream; an answer beyond this is not one.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Varz {
    #[serde(default)]
    server_name: String,
    #[serde(default)]
    jetstream: JetStream,
}

#[derive(Default, Deserialize)]
struct JetStream {
    #[serde(default)]
    config: Config,
}

#[derive(Default, Deserialize)]
struct Config {
    #[serde(default)]
    sync_always: bool,
}

#[derive(Deserialize)]
struct Healthz {
    #[serde(default)]
    errors: Vec<Complaint>,
}

/// What a server says against itself.
#[derive(Deserialize)]
pub(super) struct Complaint {
    /// About which stream, if it is not about all it holds.
    #[serde(default)]
    pub(super) stream: Option<String>,
    /// In the server's words.
    #[serde(default)]
    pub(super) error: String,
}

#[derive(Deserialize)]
struct Jsz {
    #[serde(default)]
    account_details: Vec<AccountDetail>,
}

#[derive(Deserialize)]
struct AccountDetail {
    #[serde(default)]
    stream_detail: Vec<StreamDetail>,
}

#[derive(Deserialize)]
struct StreamDetail {
    name: String,
    state: StreamState,
}

/// Refuses (or, where it is not required, warns of) servers that acknowledge before the disk has
/// it, or of which nobody knows.
pub(super) async fn check_sync_always(options: &JetStreamOptions) -> Result<(), LogError> {
    let mut doubts = Vec::new();
    if options.monitoring_urls.is_empty() {
        doubts.push("no monitoring URL is configured, so sync_interval cannot be checked".to_owned());
    }
    for url in &options.monitoring_urls {
        match is_sync_always(url).await {
            Ok(true) => {}
            Ok(false) => doubts.push(format!("the server at {url} does not have sync_interval: always")),
            Err(error) => doubts.push(format!("{url}/varz cannot be read: {error}")),
        }
    }
    if doubts.is_empty() {
        return Ok(());
    }
    let doubts = doubts.join("; ");
    if options.require_sync_always {
        return Err(LogError::Misconfigured(format!(
            "{doubts}: acknowledged commits would be lost in a power cut"
        )));
    }
    tracing::warn!("ACKNOWLEDGED COMMITS MAY BE LOST IN A POWER CUT: {doubts}");
    Ok(())
}

/// Whether the server behind a monitoring address acknowledges after the disk has it.
pub(super) async fn is_sync_always(url: &str) -> Result<bool, Cause> {
    Ok(ask::<Varz>(url, "/varz").await?.jetstream.config.sync_always)
}

/// The name of the server behind a monitoring address.
pub(super) async fn server_name(url: &str) -> Result<String, Cause> {
    Ok(ask::<Varz>(url, "/varz").await?.server_name)
}

/// What a server says against itself; nothing if it is healthy.
pub(super) async fn complaints(url: &str) -> Result<Vec<Complaint>, Cause> {
    Ok(ask::<Healthz>(url, "/healthz?details=true").await?.errors)
}

/// How many messages a server holds of each of its streams.
pub(super) async fn held(url: &str) -> Result<HashMap<String, u64>, Cause> {
    let accounts = ask::<Jsz>(url, "/jsz?accounts=true&streams=true").await?.account_details;
    let streams = accounts.into_iter().flat_map(|account| account.stream_detail);
    Ok(streams.map(|stream| (stream.name, stream.state.messages)).collect())
}

async fn ask<T: DeserializeOwned>(url: &str, path: &str) -> Result<T, Cause> {
    let answer = tokio::time::timeout(PATIENCE, get(url, path)).await??;
    Ok(serde_json::from_slice(&answer)?)
}

/// The body of the answer. What a server says of itself comes with 503, too.
async fn get(url: &str, path: &str) -> Result<Vec<u8>, Cause> {
    let rest = url.strip_prefix("http://").ok_or("a monitoring URL begins with http://")?;
    let (address, base) = rest.split_once('/').unwrap_or((rest, ""));
    let base = base.trim_end_matches('/');
    let base = if base.is_empty() { String::new() } else { format!("/{base}") };
    let mut connection = TcpStream::connect(address).await?;
    // HTTP/1.0, so that the body comes in one piece and the server closes after it.
    let request = format!("GET {base}{path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    let end_of_head = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end_of_head = end_of_head.ok_or("the answer is not HTTP")?;
    let status = String::from_utf8_lossy(&answer[..end_of_head]).lines().next().unwrap_or("").to_owned();
    if !matches!(status.split(' ').nth(1), Some("200" | "503")) {
        return Err(format!("the answer is {status}").into());
    }
    Ok(answer.split_off(end_of_head + 4))
}
