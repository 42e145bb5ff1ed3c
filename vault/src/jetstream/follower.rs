//! Keeping a copy of a bucket in memory.
//!
//! The loop asks for messages again and again, and makes a new consumer with a full reload upon
//! any error: the client's own watchers resume late or never after a server restart.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::bucket::{Bucket, Entry, fault, is_deletion};
use crate::VaultError;

/// The most messages of one request.
const PAGE: usize = 1000;

/// How long one request waits for changes; also how late a lost consumer is noticed.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much later than expected the end of a request may come, before it counts as lost.
const DELAY: Duration = Duration::from_millis(500);

/// How long to wait after an error.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the first load may take.
const FIRST_LOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a write waits to be seen here. It is durable before.
const OWN_WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// What is kept of a bucket.
pub(super) trait BucketCopy: Send + 'static {
    /// Replaces everything. The same key may come twice; the later one counts.
    fn reload(&mut self, entries: Vec<Entry>);

    /// Applies one change.
    fn apply(&mut self, entry: Entry);
}

/// The loop, until it is dropped.
#[derive(Debug)]
pub(super) struct Follower {
    /// The last revision applied; `None` before the first load.
    applied: watch::Receiver<Option<u64>>,
    heard: Heard,
    task: JoinHandle<()>,
}

/// When the server last answered.
#[derive(Clone, Debug)]
struct Heard(Arc<Mutex<Instant>>);

impl Heard {
    fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn again(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

impl Follower {
    /// Starts to follow, and returns when the first load is done.
    pub(super) async fn start(bucket: Bucket, copy: impl BucketCopy) -> Result<Self, VaultError> {
        let (sender, applied) = watch::channel(None);
        let heard = Heard::now();
        let task = tokio::spawn(run(bucket, copy, sender, heard.clone()));
        let mut follower = Self { applied, heard, task };
        let loaded = follower.applied.wait_for(Option::is_some);
        match tokio::time::timeout(FIRST_LOAD_TIMEOUT, loaded).await {
            Ok(Ok(_)) => {}
            Ok(Err(gone)) => return Err(fault("loading a bucket", gone)),
            Err(elapsed) => return Err(fault("loading a bucket", elapsed)),
        }
        Ok(follower)
    }

    /// For how long the server has not answered: how old the copy may be.
    pub(super) fn silent_for(&self) -> Duration {
        self.heard.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Waits until the copy has a revision, but not for ever: it will follow in any case.
    pub(super) async fn wait_for(&self, revision: u64) {
        let mut applied = self.applied.clone();
        let seen = applied.wait_for(|applied| applied.is_some_and(|applied| applied >= revision));
        if tokio::time::timeout(OWN_WRITE_TIMEOUT, seen).await.is_err() {
            tracing::warn!(revision, "the copy of a bucket lags behind");
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(bucket: Bucket, mut copy: impl BucketCopy, applied: watch::Sender<Option<u64>>, heard: Heard) {
    // Ends with the task: a server that is away comes back at some time.
    loop {
        let Err(error) = follow(&bucket, &mut copy, &applied, &heard).await;
        tracing::warn!(error = &error as &dyn std::error::Error, "lost a bucket; loading it again");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(
    bucket: &Bucket,
    copy: &mut impl BucketCopy,
    applied: &watch::Sender<Option<u64>>,
    last_word: &Heard,
) -> Result<Infallible, VaultError> {
    const FOLLOWING: &str = "following a bucket";
    let config = Config {
        deliver_policy: DeliverPolicy::LastPerSubject,
        ack_policy: AckPolicy::None,
        filter_subject: bucket.every_subject(),
        memory_storage: true,
        num_replicas: 1,
        inactive_threshold: PATIENCE * 10,
        ..Config::default()
    };
    let consumer = bucket.stream().create_consumer(config).await.map_err(|e| fault(FOLLOWING, e))?;
    let entries = load_all(bucket, &consumer).await?;
    let mut head = entries.iter().map(|entry| entry.revision).max().unwrap_or(0);
    // A replica that has just come back may be behind, or hold nothing yet: what is known stays.
    if applied.borrow().is_some_and(|known| head < known) {
        return Err(fault(FOLLOWING, std::io::Error::other("the server is behind what was seen before")));
    }
    copy.reload(entries);
    applied.send_replace(Some(head));
    last_word.again();

    // Ends with the first error.
    loop {
        // Without heartbeats: on one, the client's stream forgets to be woken again.
        let batch = consumer.batch().max_messages(PAGE).expires(PATIENCE);
        let mut messages = batch.messages().await.map_err(|e| fault(FOLLOWING, e))?;
        // A silent end is followed by a new request, which a lost consumer answers with an error; it is an
        // answer of the server too.
        while let Ok(next) = tokio::time::timeout(PATIENCE + DELAY, messages.next()).await {
            last_word.again();
            let Some(message) = next else { break };
            let entry = entry_of(bucket, &message.map_err(|e| fault(FOLLOWING, e))?)?;
            head = head.max(entry.revision);
            copy.apply(entry);
            applied.send_replace(Some(head));
        }
    }
}

/// Everything that is there now: pages until one comes back empty.
async fn load_all(bucket: &Bucket, consumer: &Consumer<Config>) -> Result<Vec<Entry>, VaultError> {
    const LOADING: &str = "loading a bucket";
    let mut entries = Vec::new();
    loop {
        let before = entries.len();
        let page = consumer.fetch().max_messages(PAGE);
        let mut messages = page.messages().await.map_err(|e| fault(LOADING, e))?;
        while let Some(message) = tokio::time::timeout(PATIENCE + DELAY, messages.next())
            .await
            .map_err(|elapsed| fault(LOADING, elapsed))?
        {
            entries.push(entry_of(bucket, &message.map_err(|e| fault(LOADING, e))?)?);
        }
        if entries.len() == before {
            return Ok(entries);
        }
    }
}

fn entry_of(bucket: &Bucket, message: &Message) -> Result<Entry, VaultError> {
    let foreign = || VaultError::Misconfigured("a bucket holds a message of another subject".to_owned());
    let key = bucket.key_of(&message.subject).ok_or_else(foreign)?.to_owned();
    let info = message.info().map_err(|error| fault("following a bucket", error))?;
    let is_deleted = message.headers.as_ref().is_some_and(is_deletion);
    let value = (!is_deleted).then(|| message.payload.to_vec());
    Ok(Entry { key, revision: info.stream_sequence, value })
}
