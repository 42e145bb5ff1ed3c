//! Asks a server's monitoring endpoint whether an acknowledgement means "on disk".
//!
//! The setting `sync_interval: always` shows nowhere else. One plain GET needs no HTTP client.

use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::JetStreamOptions;
use crate::{Cause, LogError};

/// A `/varz` has some 10 KiB; an answer beyond this is not one.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Varz {
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
    let varz = tokio::time::timeout(PATIENCE, get_varz(url)).await??;
    let varz: Varz = serde_json::from_slice(&varz)?;
    Ok(varz.jetstream.config.sync_always)
}

async fn get_varz(url: &str) -> Result<Vec<u8>, Cause> {
    let rest = url.strip_prefix("http://").ok_or("a monitoring URL begins with http://")?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_end_matches('/');
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    let mut connection = TcpStream::connect(address).await?;
    // HTTP/1.0, so that the body comes in one piece and the server closes after it.
    let request = format!("GET {path}/varz HTTP/1.0\r\nHost: {address}\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    let end_of_head = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end_of_head = end_of_head.ok_or("the answer is not HTTP")?;
    let status = String::from_utf8_lossy(&answer[..end_of_head]).lines().next().unwrap_or("").to_owned();
    if status.split(' ').nth(1) != Some("200") {
        return Err(format!("the answer is {status}").into());
    }
    Ok(answer.split_off(end_of_head + 4))
}
