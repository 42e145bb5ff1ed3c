//! Metrics of a sealer: how far it is, until it ends.

use std::time::Duration;

use itam_sealer::{SealerHandle, SealerStatus};
use itam_service_kit::{Clock, Metrics, SystemClock};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

/// How often ages are told while nothing else changes.
const TICK: Duration = Duration::from_secs(1);

struct Gauges {
    sealed: Gauge,
    checkpoint: Gauge,
    checkpoint_age_seconds: Gauge,
    scrubbed: Gauge,
    scrubs: Counter,
    scrub_age_seconds: Gauge,
    countersigned: Gauge,
    delivery_failures: Counter,
    refusals: Counter,
}

impl Gauges {
    fn register(metrics: &Metrics) -> Self {
        Self {
            sealed: metrics.gauge("sealed_position", "The last position in the Merkle tree"),
            checkpoint: metrics.gauge("checkpoint_position", "The last position of the newest checkpoint"),
            checkpoint_age_seconds: metrics.gauge(
                "checkpoint_age_seconds",
                "For how long something has been sealed that no checkpoint covers, by the newest checkpoint's age",
            ),
            scrubbed: metrics
                .gauge("scrubbed_position", "The last position that was compared with what was sealed"),
            scrubs: metrics.counter("scrubs", "Comparisons of the whole log with what was sealed"),
            scrub_age_seconds: metrics
                .gauge("scrub_age_seconds", "How long ago the last comparison of the whole log ended"),
            countersigned: metrics
                .gauge("checkpoint_countersignatures", "Witnesses that countersigned the newest checkpoint"),
            delivery_failures: metrics.counter(
                "checkpoint_delivery_failures",
                "Checkpoints that a witness or an outside place could not be given",
            ),
            refusals: metrics.counter("witness_refusals", "Checkpoints that a witness did not countersign"),
        }
    }

    fn set(&self, status: &SealerStatus, started: chrono::DateTime<chrono::Utc>) {
        let now = SystemClock.now();
        let age =
            |at: Option<chrono::DateTime<chrono::Utc>>| (now - at.unwrap_or(started)).num_seconds().max(0);
        self.sealed.set(signed(status.sealed));
        self.checkpoint.set(signed(status.checkpoint));
        let is_covered = status.checkpoint >= status.sealed;
        self.checkpoint_age_seconds.set(if is_covered { 0 } else { age(status.checkpoint_at) });
        self.scrubbed.set(signed(status.scrubbed));
        self.scrub_age_seconds.set(age(status.scrubbed_at));
        self.countersigned.set(i64::try_from(status.countersigned).unwrap_or(i64::MAX));
        raise(&self.scrubs, status.scrubs);
        raise(&self.delivery_failures, status.delivery_failures);
        raise(&self.refusals, status.refusals);
    }
}

/// Brings a counter to a count that only grows.
fn raise(counter: &Counter, count: u64) {
    counter.inc_by(count.saturating_sub(counter.get()));
}

/// Keeps the metrics of a sealer up to date until it ends.
pub(crate) fn observe_sealer(handle: &SealerHandle, metrics: &Metrics) {
    let gauges = Gauges::register(metrics);
    let mut changes = handle.subscribe();
    let started = SystemClock.now();
    tokio::spawn(async move {
        loop {
            let status = changes.borrow_and_update().clone();
            gauges.set(&status, started);
            tokio::select! {
                news = changes.changed() => if news.is_err() { return },
                () = tokio::time::sleep(TICK) => {}
            }
        }
    });
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
