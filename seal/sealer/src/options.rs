//! How the sealer works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// How the sealer works.
#[derive(Clone)]
pub struct SealerOptions {
    /// Tells the time, for the status and for signatures of witnesses.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// After how many new positions a checkpoint is signed, whatever the time.
    pub checkpoint_every: u64,
    /// After how long a checkpoint is signed if anything is new.
    pub checkpoint_interval: Duration,
    /// How many positions a second are compared with the tree again; 0 for none.
    pub scrub_rate: u64,
    /// The least time from the beginning of one such pass to the next: a small log is not read all
    /// the time.
    pub scrub_interval: Duration,
    /// How long live events gather before their leaves are written together.
    pub gather: Duration,
    /// How long one wait for news from the log lasts.
    pub tail_patience: Duration,
    /// How long a log may end before what was sealed until that is believed: a replica that was cut
    /// off knows less than its peers for some seconds.
    pub shortfall_patience: Duration,
    /// The first pause after a failure; it doubles up to `longest_pause`.
    pub first_pause: Duration,
    /// The longest pause between two attempts.
    pub longest_pause: Duration,
    /// How long a witness or an outside place may take.
    pub delivery_timeout: Duration,
}

impl SealerOptions {
    /// The usual options with the caller's clock.
    pub fn new(clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            checkpoint_every: 10_000,
            checkpoint_interval: Duration::from_mins(1),
            scrub_rate: 20_000,
            scrub_interval: Duration::from_secs(10),
            gather: Duration::from_secs(1),
            tail_patience: Duration::from_secs(5),
            shortfall_patience: Duration::from_secs(10),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(30),
            delivery_timeout: Duration::from_secs(10),
        }
    }
}

impl fmt::Debug for SealerOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SealerOptions")
            .field("checkpoint_every", &self.checkpoint_every)
            .field("checkpoint_interval", &self.checkpoint_interval)
            .field("scrub_rate", &self.scrub_rate)
            .finish_non_exhaustive()
    }
}
