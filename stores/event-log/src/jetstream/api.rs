//! Requests to the server's JSON interface, and the form of its errors.

use std::fmt;
use std::time::Duration;

use async_nats::client::{RequestError, RequestErrorKind};
use async_nats::connection::State;
use async_nats::{Message, Request};
use bytes::Bytes;
use itam_nats::NatsClient;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::LogError;

/// An error as the server tells it.
#[derive(Debug, Deserialize)]
pub(super) struct ApiError {
    /// In the manner of HTTP.
    pub(super) code: u16,
    /// What exactly happened.
    #[serde(default)]
    pub(super) err_code: u64,
    #[serde(default)]
    description: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}, {})", self.description, self.code, self.err_code)
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    /// There is no such stream.
    pub(super) const STREAM_NOT_FOUND: u64 = 10059;
    /// There is a stream of this name with other settings.
    pub(super) const STREAM_NAME_IN_USE: u64 = 10058;
    /// There is no such message.
    pub(super) const NO_MESSAGE: u64 = 10037;
    /// Not enough servers of the cluster are there for the replicas. While a cluster forms, and
    /// when some of it is down, that passes.
    pub(super) const NO_PEERS: u64 = 10005;
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often something is tried of which the servers say that nothing of it is stored, and that this passes.
const TRIES: u32 = 10;
/// How long to wait before it is tried again, twice as long each time: half a second in all.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

#[derive(Deserialize)]
struct Failure {
    error: ApiError,
}

/// Fails at once without a connection: a client would keep the request until there is one.
pub(super) fn check_connected(client: &NatsClient) -> Result<(), NotConnected> {
    match client.connection_state() {
        State::Connected => Ok(()),
        state => Err(NotConnected(state)),
    }
}

/// There is no connection to a server now.
#[derive(Debug, thiserror::Error)]
#[error("the connection to the server is {0}")]
pub(super) struct NotConnected(State);

/// Tries something again for a moment while its failure is one that passes. A stream that was just made, or
/// whose leader has just changed, is heard by the other servers of its cluster a moment later.
pub(super) async fn again<T, E, F: Future<Output = Result<T, E>>>(
    attempt: impl Fn() -> F,
    is_passing: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match attempt().await {
            Err(failure) if is_passing(&failure) => tokio::time::sleep(pause).await,
            outcome => return outcome,
        }
        pause *= 2;
    }
    attempt().await
}

/// Whether no server listens where a request was sent, so that nobody has it.
pub(super) fn is_unheard(error: &LogError) -> bool {
    let LogError::Unavailable { source, .. } = error else { return false };
    let request = source.downcast_ref::<RequestError>();
    request.is_some_and(|error| error.kind() == RequestErrorKind::NoResponders)
}

/// Sends a request and waits for its one answer.
pub(super) async fn ask(
    client: &NatsClient,
    operation: &'static str,
    subject: String,
    payload: Bytes,
) -> Result<Message, LogError> {
    ask_within(client, operation, subject, payload, PATIENCE).await
}

/// As [`ask`], for an answer that is not worth waiting for so long.
pub(super) async fn ask_within(
    client: &NatsClient,
    operation: &'static str,
    subject: String,
    payload: Bytes,
    patience: Duration,
) -> Result<Message, LogError> {
    let unavailable = |source| LogError::Unavailable { operation, source };
    check_connected(client).map_err(|source| unavailable(source.into()))?;
    let request = Request::new().payload(payload).timeout(Some(patience));
    let asking = client.while_connected(client.send_request(subject.clone(), request));
    client
        .permitted(&subject, asking)
        .await
        .map_err(|denial| LogError::NotPermitted { operation, denial })?
        .map_err(|source| unavailable(source.into()))?
        .map_err(|source| unavailable(source.into()))
}

/// Asks for something and reads the answer.
pub(super) async fn request<T: DeserializeOwned>(
    client: &NatsClient,
    operation: &'static str,
    subject: String,
    payload: &Value,
) -> Result<Result<T, ApiError>, LogError> {
    let payload = if payload.is_null() { Vec::new() } else { payload.to_string().into_bytes() };
    let answer = ask(client, operation, subject, payload.into()).await?;
    if let Ok(failure) = serde_json::from_slice::<Failure>(&answer.payload) {
        return Ok(Err(failure.error));
    }
    serde_json::from_slice(&answer.payload)
        .map(Ok)
        .map_err(|source| LogError::Unavailable { operation, source: source.into() })
}

/// As [`request`], where any error of the server means that it cannot serve now.
pub(super) async fn demand<T: DeserializeOwned>(
    client: &NatsClient,
    operation: &'static str,
    subject: String,
    payload: &Value,
) -> Result<T, LogError> {
    request(client, operation, subject, payload)
        .await?
        .map_err(|source| LogError::Unavailable { operation, source: source.into() })
}
