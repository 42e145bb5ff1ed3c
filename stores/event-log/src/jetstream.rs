//! The log on NATS `JetStream`: one stream per tenant, on one server or replicated.

mod api;
mod batch_id;
mod batching;
mod check;
mod checkpoints;
mod committer;
mod direct;
mod group;
mod head_watch;
mod monitoring;
mod progress;
mod publisher;
mod replica_fault;
mod replicas;
mod rights;
mod setup;
mod stored;
mod transfer;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use itam_nats::NatsClient;

use crate::{
    AppendError, Appended, Commit, EventLog, LogError, LogExport, LogReader, MessagePage, StoredMessage,
    Subject, Tenant,
};
use committer::Committer;
use direct::DirectReader;
use head_watch::HeadWatch;
use publisher::Publisher;

pub use check::check_jetstream;
pub use checkpoints::CheckpointStream;
pub use replica_fault::{LastingFault, ReplicaFault, ReplicaFaultKind};
pub use replicas::ReplicaWatch;
pub use transfer::JetStreamImport;

/// How long a follower waits after an error.
const RETRY_PAUSE: Duration = Duration::from_millis(25);
/// How old the head on a follower's page may be.
const HEAD_AGE: Duration = Duration::from_millis(100);

/// How the log on `JetStream` runs.
#[derive(Clone, Debug)]
pub struct JetStreamOptions {
    /// On how many servers each message is stored: 1, or 3 in a cluster.
    pub replicas: usize,
    /// How long an append waits for its acknowledgement.
    pub append_timeout: Duration,
    /// The monitoring addresses of the servers, such as `http://127.0.0.1:8222`, where
    /// `sync_interval: always` is checked.
    pub monitoring_urls: Vec<String>,
    /// Whether to refuse servers whose acknowledgement does not mean "on disk", or that cannot be
    /// asked. Without it they are warned of.
    pub require_sync_always: bool,
}

impl Default for JetStreamOptions {
    fn default() -> Self {
        Self {
            replicas: 1,
            append_timeout: Duration::from_secs(5),
            monitoring_urls: Vec::new(),
            require_sync_always: false,
        }
    }
}

/// The log of one tenant on a `JetStream` server or cluster. It resumes by itself after restarts
/// and broken connections.
pub struct JetStreamLog {
    tenant: Tenant,
    stream: String,
    committer: Committer,
    direct: DirectReader,
    lookout: HeadWatch,
    known_head: Mutex<Option<(u64, Instant)>>,
}

impl JetStreamLog {
    /// Checks the server, makes or checks the tenant's stream, and starts the committer. Must be
    /// called within a tokio runtime.
    ///
    /// # Errors
    /// [`LogError::Misconfigured`] if the server is too old, acknowledges before the disk has it
    /// (where that is required), or has a stream with other settings; [`LogError::Unavailable`]
    /// if it cannot be asked.
    pub async fn connect(
        client: impl Into<NatsClient>,
        tenant: Tenant,
        options: JetStreamOptions,
    ) -> Result<Self, LogError> {
        let client = client.into();
        setup::check_server(&client)?;
        monitoring::check_sync_always(&options).await?;
        setup::ensure_stream(&client, &tenant, options.replicas).await?;
        Ok(Self::new(client, tenant, &options))
    }

    /// Whether the server is one that keeps what a log promises.
    ///
    /// # Errors
    /// [`LogError::Misconfigured`] if it is too old.
    pub fn check_version(client: &NatsClient) -> Result<(), LogError> {
        setup::check_server(client)
    }

    /// Finds the tenant's stream and reads it: nothing is made, and the rights to look at the stream
    /// and to read it are enough. Settings that would not keep what a log promises are no hindrance,
    /// so that a copy can be read; `itam log check` names them.
    ///
    /// # Errors
    /// [`LogError::Misconfigured`] if the server is too old, or the stream is missing or holds half
    /// of a history; [`LogError::Unavailable`] if it cannot be asked.
    pub async fn connect_for_reading(
        client: impl Into<NatsClient>,
        tenant: Tenant,
    ) -> Result<Arc<dyn LogExport>, LogError> {
        let client = client.into();
        setup::check_server(&client)?;
        setup::require_stream(&client, &tenant).await?;
        Ok(Arc::new(Self::new(client, tenant, &JetStreamOptions::default())))
    }

    /// Whether the tenant's stream is there. Nothing is made.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] if the server cannot be asked.
    pub async fn is_made(client: &NatsClient, tenant: &Tenant) -> Result<bool, LogError> {
        Ok(setup::find(client, &tenant.stream_name()).await?.is_some())
    }

    fn new(client: NatsClient, tenant: Tenant, options: &JetStreamOptions) -> Self {
        let stream = tenant.stream_name();
        let publisher = Publisher::new(client.clone(), stream.clone(), options.append_timeout);
        Self {
            committer: Committer::start(publisher),
            direct: DirectReader::new(client, stream.clone()),
            lookout: HeadWatch::new(),
            known_head: Mutex::new(None),
            tenant,
            stream,
        }
    }

    /// What comes from a position on, once something does, until the deadline.
    async fn follow(
        &self,
        from: u64,
        limit: usize,
        deadline: Instant,
    ) -> Result<Vec<StoredMessage>, LogError> {
        loop {
            let error = match self.direct.read_on(from, limit).await {
                Ok(messages) if !messages.is_empty() => return Ok(messages),
                Ok(_) => match self.lookout.await_beyond(&self.direct, from, deadline).await {
                    Ok(true) => continue,
                    Ok(false) => return Ok(Vec::new()),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if !matches!(error, LogError::Unavailable { .. }) || Instant::now() + RETRY_PAUSE > deadline {
                return Err(error);
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// The head, at most [`HEAD_AGE`] old, and not before `seen`.
    async fn recent_head(&self, seen: u64) -> Result<u64, LogError> {
        let known = *self.known_head.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((head, at)) = known
            && at.elapsed() < HEAD_AGE
        {
            return Ok(head.max(seen));
        }
        let head = self.direct.head().await?;
        *self.known_head.lock().unwrap_or_else(PoisonError::into_inner) = Some((head, Instant::now()));
        Ok(head.max(seen))
    }
}

impl fmt::Debug for JetStreamLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JetStreamLog").field("stream", &self.stream).finish_non_exhaustive()
    }
}

#[async_trait]
impl LogReader for JetStreamLog {
    async fn load(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        self.direct.load(subject).await
    }

    async fn load_latest(&self, subject: &Subject) -> Result<Vec<StoredMessage>, LogError> {
        // A leader that was cut off is no authority on what is latest.
        let (_, messages) = tokio::try_join!(self.direct.head(), self.direct.load_latest(subject))?;
        Ok(messages)
    }

    async fn load_last(&self, subject: &Subject) -> Result<Option<StoredMessage>, LogError> {
        self.direct.load_last(subject).await
    }

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<MessagePage, LogError> {
        let (from, limit) = (from.max(1), limit.get());
        let head = self.direct.head().await?;
        if from > head {
            return Ok(MessagePage { messages: Vec::new(), head });
        }
        self.direct.read(from, limit, head).await
    }

    async fn tail(
        &self,
        from: u64,
        limit: NonZeroUsize,
        patience: Duration,
    ) -> Result<MessagePage, LogError> {
        let (from, limit) = (from.max(1), limit.get());
        let messages = self.follow(from, limit, Instant::now() + patience).await?;
        if let Some(last) = messages.last() {
            // What was delivered is given out, though nobody may say where the log ends.
            let head = self.recent_head(last.position).await.unwrap_or(last.position);
            return Ok(MessagePage { messages, head });
        }
        let head = self.direct.head().await?;
        if from > head {
            return Ok(MessagePage { messages, head });
        }
        // The replicas have been behind all the while.
        self.direct.read(from, limit, head).await
    }

    async fn head(&self) -> Result<u64, LogError> {
        self.direct.head().await
    }
}

#[async_trait]
impl EventLog for JetStreamLog {
    async fn append(&self, commit: Commit) -> Result<Appended, AppendError> {
        commit.check(&self.tenant)?;
        self.committer.append(commit).await
    }
}
