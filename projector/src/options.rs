//! How the projector works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::release::Releases;

/// How the projector works. The defaults fit a machine with 2 GiB to spare.
#[derive(Clone)]
pub struct ProjectorOptions {
    /// Tells the time, for the status.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// About how many messages are read at a time.
    pub page: usize,
    /// After how many messages rows are written while catching up. Each keeps about 1 KiB in
    /// memory until then.
    pub catch_up_batch: usize,
    /// The same while building anew, where larger batches pay more.
    pub rebuild_batch: usize,
    /// How long readers wait at most for what was applied while catching up.
    pub flush_interval: Duration,
    /// The least time from one showing of live events to the next: those that come meanwhile share
    /// the next. A lone event is shown at once.
    pub show_interval: Duration,
    /// How long what readers see may be missing on the disk, where no other process reads it.
    pub settle_interval: Duration,
    /// How long one wait for news from the log lasts.
    pub tail_patience: Duration,
    /// The first pause after the log could not be read; it doubles up to `longest_pause`.
    pub first_pause: Duration,
    /// The longest pause between two attempts to read the log.
    pub longest_pause: Duration,
    /// Is told how long each piece of work on the read model took: applying a page, with its
    /// commit if there was one.
    pub on_applied: Arc<dyn Fn(Duration) + Send + Sync>,
    /// The parked events that somebody has released; none by default.
    pub releases: Arc<Releases>,
}

impl ProjectorOptions {
    /// The usual options with the caller's clock.
    pub fn new(clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            page: 5_000,
            catch_up_batch: 50_000,
            rebuild_batch: 250_000,
            flush_interval: Duration::from_secs(2),
            show_interval: Duration::from_millis(1),
            settle_interval: Duration::from_secs(1),
            tail_patience: Duration::from_secs(5),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(2),
            on_applied: Arc::new(|_| {}),
            releases: Arc::default(),
        }
    }
}

impl fmt::Debug for ProjectorOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProjectorOptions")
            .field("page", &self.page)
            .field("catch_up_batch", &self.catch_up_batch)
            .field("rebuild_batch", &self.rebuild_batch)
            .finish_non_exhaustive()
    }
}
