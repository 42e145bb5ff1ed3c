//! A connection, with what has to be known of it to use it.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;

use crate::denial::{Denials, NotPermitted};
use crate::{API_PREFIX, INBOX_PREFIX};

/// How soon it is noticed that the connection broke on which an answer would come.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The connection on which an answer was to come is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection broke before the answer")]
pub struct ConnectionBroken;

/// A connection to the servers: the client library's, and what it does not say of itself.
#[derive(Clone, Debug)]
pub struct NatsClient {
    client: Client,
    api_prefix: Arc<str>,
    inbox_prefix: Arc<str>,
    denials: Denials,
}

impl NatsClient {
    pub(crate) fn new(client: Client, api_prefix: &str, inbox_prefix: &str, denials: Denials) -> Self {
        Self { client, api_prefix: api_prefix.into(), inbox_prefix: inbox_prefix.into(), denials }
    }

    /// The subject of a request to the servers' `JetStream` interface, such as `STREAM.INFO.ITAM_main`.
    #[must_use]
    pub fn api(&self, request: &str) -> String {
        format!("{}.{request}", self.api_prefix)
    }

    /// What the subjects of that interface begin with.
    #[must_use]
    pub fn api_prefix(&self) -> &str {
        &self.api_prefix
    }

    /// Whether the interface is that of the own account, which holds the streams then.
    #[must_use]
    pub fn is_in_the_streams_account(&self) -> bool {
        &*self.api_prefix == API_PREFIX
    }

    /// What the subjects begin with on which this connection is answered.
    #[must_use]
    pub fn inbox_prefix(&self) -> &str {
        &self.inbox_prefix
    }

    /// Does something that needs the right to publish to a subject, and stops waiting as soon as the
    /// server says that it is not permitted.
    ///
    /// # Errors
    /// [`NotPermitted`].
    pub async fn permitted<T>(
        &self,
        subject: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, NotPermitted> {
        self.permitted_all(|denied| denied == subject, work).await
    }

    /// As [`Self::permitted`], for several subjects.
    ///
    /// # Errors
    /// [`NotPermitted`].
    pub async fn permitted_all<T>(
        &self,
        concerns: impl Fn(&str) -> bool,
        work: impl Future<Output = T>,
    ) -> Result<T, NotPermitted> {
        let watch = self.denials.watch(&self.inbox_prefix);
        tokio::select! {
            biased;
            denial = watch.denied(concerns) => Err(denial),
            outcome = work => Ok(outcome),
        }
    }

    /// Waits for an answer for as long as the connection lasts on which it would come: on another one it
    /// comes no more, and nobody need wait for it until the time is over.
    ///
    /// # Errors
    /// [`ConnectionBroken`].
    pub async fn while_connected<T>(&self, work: impl Future<Output = T>) -> Result<T, ConnectionBroken> {
        // Taken before anything goes out, so that no break after it is missed.
        let connects = self.connects();
        tokio::select! {
            biased;
            outcome = work => Ok(outcome),
            () = self.broken(connects) => Err(ConnectionBroken),
        }
    }

    /// How many times the client has connected so far.
    fn connects(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Ends once the connection is gone, or is another than the `connects`-th.
    async fn broken(&self, connects: u64) {
        while self.client.connection_state() == State::Connected && self.connects() == connects {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Deref for NatsClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A connection as the client library makes it by default: of a user without restrictions.
impl From<Client> for NatsClient {
    fn from(client: Client) -> Self {
        Self::new(client, API_PREFIX, INBOX_PREFIX, Denials::of(""))
    }
}
