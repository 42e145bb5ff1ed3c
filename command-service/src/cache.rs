//! Folded aggregates and keys that were seen lately.
//!
//! What is written is checked by the log at every append, so a stale entry costs a retry and never
//! a wrong decision. What is only read (a person, a location, a model) is not checked by the
//! append, so an entry serves for that only for a short time after it was read from the log.

use std::sync::Arc;
use std::time::Duration;

use itam_domain::{AggregateRef, UniqueKey};
use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::history::{History, KeyHistory};

/// How long an entry may serve without having been checked against the log.
const REFERENCE_AGE: Duration = Duration::from_secs(2);

/// A bounded cache; safe to share.
pub(crate) struct HistoryCache {
    aggregates: Cache<AggregateRef, Entry>,
    keys: Cache<UniqueKey, Arc<KeyHistory>>,
}

#[derive(Clone)]
struct Entry {
    history: Arc<History>,
    checked_at: Instant,
}

/// A cached aggregate, and whether it was checked against the log just now.
pub(crate) struct Cached {
    pub(crate) history: Arc<History>,
    pub(crate) is_recent: bool,
}

impl HistoryCache {
    /// A cache of so many aggregates, and as many keys.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { aggregates: Cache::new(capacity), keys: Cache::new(capacity) }
    }

    pub(crate) fn find(&self, aggregate: AggregateRef) -> Option<Cached> {
        let Entry { history, checked_at } = self.aggregates.get(&aggregate)?;
        Some(Cached { history, is_recent: checked_at.elapsed() < REFERENCE_AGE })
    }

    pub(crate) fn find_key(&self, key: &UniqueKey) -> Option<Arc<KeyHistory>> {
        self.keys.get(key)
    }

    /// Keeps what was just read or stored, unless a later state is there: of two commands that
    /// were stored one after the other, the first may come here last.
    pub(crate) fn keep(&self, aggregate: AggregateRef, history: Arc<History>) {
        let is_outdated = |entry: Entry| entry.history.last_position > history.last_position;
        if self.aggregates.peek(&aggregate).is_some_and(is_outdated) {
            return;
        }
        self.aggregates.insert(aggregate, Entry { history, checked_at: Instant::now() });
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
