//! The one place that makes ids.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Makes `UUIDv7`s, which sort by the time of their making.
pub trait IdSource: Send + Sync + 'static {
    /// A new id.
    fn next_id(&self) -> Uuid;
}

/// Ids from the clock and random numbers; within one process they ascend.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
    fn next_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The same ids on every run, ascending: for tests and the demo.
#[derive(Debug)]
pub struct SeededIds {
    seed: u32,
    count: AtomicU64,
}

impl SeededIds {
    /// A source whose ids depend on `seed` alone.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self { seed, count: AtomicU64::new(0) }
    }
}

impl IdSource for SeededIds {
    fn next_id(&self) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 10];
        random[..4].copy_from_slice(&self.seed.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(count, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_ids_are_version_7_and_ascend() {
        let ids: Vec<_> = (0..1000).map(|_| SystemIds.next_id()).collect();
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn seeded_ids_repeat_with_the_seed_and_differ_without_it() {
        let take = |seed| {
            let ids = SeededIds::new(seed);
            (0..100).map(|_| ids.next_id()).collect::<Vec<_>>()
        };
        assert_eq!(take(1), take(1));
        assert!(take(1).iter().all(|id| !take(2).contains(id) && id.get_version_num() == 7));
        assert!(take(1).is_sorted_by(|a, b| a < b));
    }
}
