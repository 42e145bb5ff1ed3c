//! Whether replicas have been behind for so long that the leader should be asked instead.

use std::time::{Duration, Instant};

/// How long a replica may lag behind the leader before the leader is asked instead.
pub(super) const MOST_LAG: Duration = Duration::from_secs(1);
/// How long to wait before a replica that is behind, or not ready, is asked again.
pub(super) const LAG_PAUSE: Duration = Duration::from_millis(2);

/// How far a reading got, and since when the replicas have given nothing more.
pub(super) struct ReadProgress {
    next: u64,
    since: Instant,
}

impl ReadProgress {
    pub(super) fn from(next: u64) -> Self {
        Self { next, since: Instant::now() }
    }

    /// Notes that a replica was asked, and `next` comes next. Whether they have been behind for so
    /// long that the leader should be asked; pauses when they are behind, but not for long.
    pub(super) async fn is_behind(&mut self, next: u64) -> bool {
        if next > self.next {
            *self = Self::from(next);
            return false;
        }
        if self.since.elapsed() > MOST_LAG {
            return true;
        }
        tokio::time::sleep(LAG_PAUSE).await;
        false
    }

    /// Notes that the leader gave what comes before `next`: the replicas are still behind.
    pub(super) fn led_to(&mut self, next: u64) {
        self.next = next;
    }
}
