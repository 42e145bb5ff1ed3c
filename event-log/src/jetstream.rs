//! The log on NATS `JetStream`: one stream per tenant, on one server or replicated.

mod api;
mod check;
mod checkpoints;
mod committer;
mod direct;
mod follower;
mod monitoring;
mod pace;
mod publisher;
mod setup;
mod stored;
mod transfer;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::Client;
use async_trait::async_trait;

use crate::{
    AppendError, Appended, Commit, EventLog, LogError, LogExport, LogReader, Page, StoredMessage, Subject,
    Tenant,
};
use committer::Committer;
use direct::DirectReader;
use follower::{Follower, Lost};
use publisher::Publisher;

pub use check::check_jetstream;
pub use checkpoints::CheckpointStream;
pub use transfer::JetStreamImport;

/// How many followers are kept for readers that come back.
const MOST_FOLLOWERS: usize = 16;
/// How long a lost follower waits before the next one is tried.
const RETRY_PAUSE: Duration = Duration::from_millis(25);
/// How old the head on a follower's page may be.
const HEAD_AGE: Duration = Duration::from_millis(100);

/// Pages up to this are read by direct get, which needs no consumer; larger ones come from a
/// consumer, which delivers twice to four times as fast and is kept for the page after it.
const SMALL_PAGE: usize = 256;

const FOLLOWING: &str = "following the stream";

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
    client: Client,
    tenant: Tenant,
    stream: String,
    committer: Committer,
    direct: DirectReader,
    followers: Mutex<Vec<Follower>>,
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
        client: Client,
        tenant: Tenant,
        options: JetStreamOptions,
    ) -> Result<Self, LogError> {
        setup::check_server(&client)?;
        monitoring::check_sync_always(&options).await?;
        setup::ensure_stream(&client, &tenant, options.replicas).await?;
        Ok(Self::new(client, tenant, &options))
    }

    /// Finds the tenant's stream and reads it: nothing is made, and the rights to look at the stream
    /// and to read it are enough. Settings that would not keep what a log promises are no hindrance,
    /// so that a copy can be read; `itam log check` names them.
    ///
    /// # Errors
    /// [`LogError::Misconfigured`] if the server is too old, or the stream is missing or holds half
    /// of a history; [`LogError::Unavailable`] if it cannot be asked.
    pub async fn connect_for_reading(client: Client, tenant: Tenant) -> Result<Arc<dyn LogExport>, LogError> {
        setup::check_server(&client)?;
        setup::require_stream(&client, &tenant).await?;
        Ok(Arc::new(Self::new(client, tenant, &JetStreamOptions::default())))
    }

    /// Whether the tenant's stream is there. Nothing is made.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] if the server cannot be asked.
    pub async fn is_made(client: &Client, tenant: &Tenant) -> Result<bool, LogError> {
        Ok(setup::find(client, &tenant.stream_name()).await?.is_some())
    }

    fn new(client: Client, tenant: Tenant, options: &JetStreamOptions) -> Self {
        let stream = tenant.stream_name();
        let publisher = Publisher::new(client.clone(), stream.clone(), options.append_timeout);
        Self {
            committer: Committer::start(publisher),
            direct: DirectReader::new(client.clone(), stream.clone()),
            followers: Mutex::new(Vec::new()),
            known_head: Mutex::new(None),
            client,
            tenant,
            stream,
        }
    }

    /// The follower that stands at a position, or a new one.
    async fn follower_at(&self, from: u64) -> Result<Follower, LogError> {
        let found = {
            let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
            followers.retain(|follower| !follower.is_stale());
            let index = followers.iter().position(|follower| follower.next() == from);
            index.map(|index| followers.swap_remove(index))
        };
        match found {
            Some(follower) => Ok(follower),
            None => Follower::start(&self.client, &self.stream, from).await,
        }
    }

    /// Keeps a follower for the next call. The one that was kept longest goes when there are many.
    fn keep(&self, follower: Follower) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        if followers.len() >= MOST_FOLLOWERS {
            followers.remove(0);
        }
        followers.push(follower);
    }

    /// A page from a follower, and from another one if that is lost, until the deadline.
    async fn follow(
        &self,
        from: u64,
        limit: usize,
        to: u64,
        deadline: Instant,
    ) -> Result<Vec<StoredMessage>, LogError> {
        let mut missed = None;
        loop {
            let lost = match self.follower_at(from).await {
                Ok(mut follower) => match follower.page(limit, to, deadline).await {
                    Ok(messages) => {
                        self.keep(follower);
                        return Ok(messages);
                    }
                    Err(Lost::Log(error)) => return Err(error),
                    Err(Lost::Gap(gap)) if missed == Some(gap) => return Err(gap.into()),
                    Err(Lost::Gap(gap)) => {
                        missed = Some(gap);
                        LogError::Unavailable { operation: FOLLOWING, source: LogError::from(gap).into() }
                    }
                    Err(Lost::Consumer(reason)) => {
                        tracing::debug!(from, reason, "a consumer was lost and is made again");
                        LogError::Unavailable { operation: FOLLOWING, source: reason.into() }
                    }
                },
                Err(error @ LogError::Unavailable { .. }) => error,
                Err(error) => return Err(error),
            };
            if Instant::now() + RETRY_PAUSE > deadline {
                return Err(lost);
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

    async fn read(&self, from: u64, limit: NonZeroUsize) -> Result<Page, LogError> {
        let (from, limit) = (from.max(1), limit.get());
        let head = self.direct.head().await?;
        if from > head {
            return Ok(Page { messages: Vec::new(), head });
        }
        if limit <= SMALL_PAGE {
            return self.direct.read(from, limit, head).await;
        }
        match self.follow(from, limit, head, Instant::now() + direct::MOST_LAG).await {
            Ok(messages) if !messages.is_empty() => {
                let head = messages.last().map_or(head, |last| head.max(last.position));
                Ok(Page { messages, head })
            }
            // The consumer is with a replica that is behind, or gets none: a small page goes without.
            Ok(_) | Err(LogError::Unavailable { .. }) => self.direct.read(from, SMALL_PAGE, head).await,
            Err(error) => Err(error),
        }
    }

    async fn tail(&self, from: u64, limit: NonZeroUsize, patience: Duration) -> Result<Page, LogError> {
        let messages = self.follow(from.max(1), limit.get(), 0, Instant::now() + patience).await?;
        let head = match messages.last() {
            // What was delivered is given out, though nobody may say where the log ends.
            Some(last) => self.recent_head(last.position).await.unwrap_or(last.position),
            None => self.direct.head().await?,
        };
        Ok(Page { messages, head })
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
