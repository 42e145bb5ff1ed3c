//! Keeping a copy of a bucket in memory.
//!
//! The loop asks for what comes behind what it has, again and again, and loads everything anew upon
//! any error. It needs no consumer: whoever may make one may have it deliver anywhere.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use itam_nats::NotPermitted;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::bucket::{Bucket, BucketEntry};
use crate::VaultError;
use crate::error::fault;

/// How long to wait between two looks, unless something was written here.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long to wait for a replica that has not yet what the leader has.
const LAG_PAUSE: Duration = Duration::from_millis(5);

/// How long replicas may lag before that counts as an error.
const MOST_LAG: Duration = Duration::from_secs(5);

/// How long to wait after an error.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the first load may take.
const FIRST_LOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a write waits to be seen here. It is durable before.
const OWN_WRITE_TIMEOUT: Duration = Duration::from_secs(2);

const LOADING: &str = "loading a bucket";
const FOLLOWING: &str = "following a bucket";

/// A copy in memory of what is in a bucket.
pub(super) trait BucketCopy: Send + 'static {
    /// Replaces everything. The same key may come twice; the later one counts.
    fn reload(&mut self, entries: Vec<BucketEntry>);

    /// Applies one change.
    fn apply(&mut self, entry: BucketEntry);
}

/// Follows a bucket until it is dropped.
#[derive(Debug)]
pub(super) struct Follower {
    /// The last revision applied; `None` before the first load.
    applied: watch::Receiver<Option<u64>>,
    heard: Heard,
    /// Has it look at once.
    nudge: Arc<Notify>,
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

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Starts to follow, and returns when the first load is done.
    pub(super) async fn start(bucket: Bucket, copy: impl BucketCopy) -> Result<Self, VaultError> {
        let (sender, mut applied) = watch::channel(None);
        let (failed, failure) = watch::channel(None);
        let (nudge, heard) = (Arc::new(Notify::new()), Heard::now());
        let task = tokio::spawn(run(bucket, copy, sender, failed, Arc::clone(&nudge), heard.clone()));
        let first = async {
            tokio::select! {
                loaded = applied.wait_for(Option::is_some) => loaded.map(drop).map_err(|gone| fault(LOADING, gone)),
                // Waiting does not give the right.
                denial = denial(failure) => Err(VaultError::NotPermitted { operation: LOADING, denial }),
            }
        };
        let loaded = tokio::time::timeout(FIRST_LOAD_TIMEOUT, first).await;
        let outcome = loaded.map_err(|elapsed| fault(LOADING, elapsed)).flatten();
        // The task ends with the follower, whatever came of the first load.
        let follower = Self { applied, heard, nudge, task };
        outcome.map(|()| follower)
    }

    /// For how long the server has not answered: how old the copy may be.
    pub(super) fn silent_for(&self) -> Duration {
        self.heard.last().elapsed()
    }

    /// Waits until the copy has a revision, but not for ever: it will follow in any case.
    pub(super) async fn wait_for(&self, revision: u64) {
        let mut applied = self.applied.clone();
        self.nudge.notify_one();
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

async fn denial(mut failure: watch::Receiver<Option<NotPermitted>>) -> NotPermitted {
    loop {
        let told = failure.borrow_and_update().clone();
        if let Some(denial) = told {
            return denial;
        }
        if failure.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn run(
    bucket: Bucket,
    mut copy: impl BucketCopy,
    applied: watch::Sender<Option<u64>>,
    denied: watch::Sender<Option<NotPermitted>>,
    nudge: Arc<Notify>,
    heard: Heard,
) {
    let mut said: Option<Instant> = None;
    // Ends with the task: a server that is away comes back at some time.
    loop {
        let Err(error) = follow(&bucket, &mut copy, &applied, &nudge, &heard).await;
        // Once for each time that it is lost, not for each attempt.
        if said.is_none_or(|said| said < heard.last()) {
            tracing::warn!(error = &error as &dyn std::error::Error, "lost a bucket; loading it again");
            said = Some(Instant::now());
        }
        if let VaultError::NotPermitted { denial, .. } = error {
            denied.send_replace(Some(denial));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(
    bucket: &Bucket,
    copy: &mut impl BucketCopy,
    applied: &watch::Sender<Option<u64>>,
    nudge: &Notify,
    last_word: &Heard,
) -> Result<Infallible, VaultError> {
    let last = bucket.last_revision().await?;
    // A server that was cut off may be behind: what is known stays.
    if applied.borrow().is_some_and(|known| last < known) {
        return Err(fault(FOLLOWING, std::io::Error::other("the server is behind what was seen before")));
    }
    let mut entries = BTreeMap::new();
    let mut seen = catch_up(bucket, 0, last, |entry| {
        entries.insert(entry.key.clone(), entry);
    })
    .await?;
    copy.reload(entries.into_values().collect());
    if applied.send_replace(Some(seen)).is_some() {
        tracing::info!(revision = seen, "the bucket is followed again");
    }
    last_word.again();

    // Ends with the first error.
    loop {
        // Whoever has just written is seen after one round instead of the next.
        let _ = tokio::time::timeout(LOOK_EVERY, nudge.notified()).await;
        let last = bucket.last_revision().await?;
        if last < seen {
            return Err(fault(FOLLOWING, std::io::Error::other("the server is behind what was seen before")));
        }
        seen = catch_up(bucket, seen, last, |entry| copy.apply(entry)).await?;
        applied.send_replace(Some(seen));
        last_word.again();
    }
}

/// Takes the changes behind a revision until nothing up to `last` can be missing, and says how far
/// that is. What was shredded leaves gaps, so the last revision itself may never come.
async fn catch_up(
    bucket: &Bucket,
    from: u64,
    last: u64,
    mut take: impl FnMut(BucketEntry),
) -> Result<u64, VaultError> {
    let mut seen = from;
    let begun = Instant::now();
    while seen < last {
        let changes = bucket.changes(seen).await?;
        if changes.entries.is_empty() {
            if !bucket.is_there_beyond(seen).await? {
                return Ok(last);
            }
            if begun.elapsed() > MOST_LAG {
                return Err(fault(
                    FOLLOWING,
                    std::io::Error::other("the replicas are far behind the leader"),
                ));
            }
            tokio::time::sleep(LAG_PAUSE).await;
        }
        seen = changes.up_to;
        changes.entries.into_iter().for_each(&mut take);
    }
    Ok(seen)
}
