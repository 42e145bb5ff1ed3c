//! Folded aggregates and keys that were seen lately.
//!
//! What is written is checked by the log at every append, so a stale entry costs a retry and never
//! a wrong decision. What is only read (a person, a location, a model) is held by the append to the
//! fence of the references: nobody ended one since the fence was read. So an entry serves for that
//! if it was read after the fence; and only for a short time, since other things about it may change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use itam_domain::{AggregateRef, UniqueKey};
use itam_event_log::Fence;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::history::{History, KeyHistory};

/// How long an entry may serve without having been checked against the log.
const REFERENCE_AGE: Duration = Duration::from_secs(2);

/// So many events count as much as one aggregate.
const EVENTS_OF_WEIGHT: usize = 16;

/// A bounded cache; safe to share.
pub(crate) struct HistoryCache {
    aggregates: Cache<AggregateRef, Entry, Length>,
    keys: Cache<UniqueKey, Arc<KeyHistory>>,
    fence: Mutex<Option<Arc<Fence>>>,
}

#[derive(Clone)]
struct Entry {
    history: Arc<History>,
    checked_at: Instant,
    /// Where the fence stood before the entry was read.
    fenced_at: u64,
    /// What it counts for, since what is kept of a long history is longer.
    weight: u64,
}

/// Entries count by the length of their history when they were kept.
#[derive(Clone)]
struct Length;

impl Weighter<AggregateRef, Entry> for Length {
    fn weight(&self, _aggregate: &AggregateRef, entry: &Entry) -> u64 {
        entry.weight
    }
}

/// A cached aggregate, and whether it was checked against the log just now.
pub(crate) struct Cached {
    pub(crate) history: Arc<History>,
    pub(crate) is_recent: bool,
}

impl HistoryCache {
    /// A cache of so many aggregates, fewer if they have long histories, and as many keys.
    pub(crate) fn new(capacity: usize) -> Self {
        let aggregates = Cache::with_weighter(capacity, capacity as u64, Length);
        Self { aggregates, keys: Cache::new(capacity), fence: Mutex::new(None) }
    }

    /// What is kept of an aggregate, for a view whose fence stands at `fenced_at`.
    pub(crate) fn find(&self, aggregate: AggregateRef, fenced_at: u64) -> Option<Cached> {
        let entry = self.aggregates.get(&aggregate)?;
        let is_recent = entry.checked_at.elapsed() < REFERENCE_AGE && entry.fenced_at >= fenced_at;
        Some(Cached { history: entry.history, is_recent })
    }

    /// The fence as it was last read.
    pub(crate) fn fence(&self) -> Option<Arc<Fence>> {
        self.lock().clone()
    }

    /// Keeps the fence, unless a later one is known; gives the later one.
    pub(crate) fn keep_fence(&self, fence: Arc<Fence>) -> Arc<Fence> {
        let mut kept = self.lock();
        let latest = kept.take().filter(|kept| kept.first > fence.first).unwrap_or(fence);
        Arc::clone(kept.insert(latest))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Fence>>> {
        self.fence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn find_key(&self, key: &UniqueKey) -> Option<Arc<KeyHistory>> {
        self.keys.get(key)
    }

    /// Keeps what was just read or stored after the fence was seen at `fenced_at`, unless a later
    /// state is there: of two commands that were stored one after the other, the first may come here
    /// last.
    pub(crate) fn keep(&self, aggregate: AggregateRef, history: Arc<History>, fenced_at: u64) {
        let is_outdated = |entry: Entry| entry.history.last_position > history.last_position;
        if self.aggregates.peek(&aggregate).is_some_and(is_outdated) {
            return;
        }
        let weight = 1 + (history.length() / EVENTS_OF_WEIGHT) as u64;
        self.aggregates.insert(aggregate, Entry { history, checked_at: Instant::now(), fenced_at, weight });
    }

    pub(crate) fn keep_key(&self, key: UniqueKey, history: Arc<KeyHistory>) {
        let is_outdated = |kept: Arc<KeyHistory>| kept.last_position > history.last_position;
        if self.keys.peek(&key).is_some_and(is_outdated) {
            return;
        }
        self.keys.insert(key, history);
    }

    pub(crate) fn forget(&self, aggregate: AggregateRef) {
        self.aggregates.remove(&aggregate);
    }

    pub(crate) fn forget_key(&self, key: &UniqueKey) {
        self.keys.remove(key);
    }
}
