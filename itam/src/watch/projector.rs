//! Metrics of a projector: how far it is, until it ends.

use std::time::Duration;

use itam_projector::{Phase, ProjectorHandle, ProjectorStatus};
use itam_service_kit::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::Instant;

/// How often the age is told while nothing else changes.
const TICK: Duration = Duration::from_secs(1);

struct Gauges {
    applied: Gauge,
    head: Gauge,
    lag: Gauge,
    parked: Gauge,
    released: Gauge,
    age_seconds: Gauge,
    rebuilding: Gauge,
    rebuilds: Counter,
    following: Family<[(&'static str, &'static str); 1], Gauge>,
}

impl Gauges {
    fn register(metrics: &Metrics) -> Self {
        let following = Family::default();
        let help = "1 while a projection is written along with the register, 0 while it is built from it";
        metrics.register("projection_following", help, following.clone());
        Self {
            following,
            applied: metrics.gauge("applied_position", "The last position in the read model"),
            head: metrics.gauge("head_position", "The last position in the log, as last seen"),
            lag: metrics.gauge("lag", "Positions yet to be applied"),
            parked: metrics.gauge("parked_events", "Events that could not be applied, not released"),
            released: metrics.gauge("parked_released", "Events that could not be applied, released"),
            age_seconds: metrics
                .gauge("read_model_age_seconds", "For how long the read model has not been seen at the head"),
            rebuilding: metrics.gauge("rebuild_running", "1 while the read model is built anew"),
            rebuilds: metrics.counter("rebuilds", "Rebuilds of the read model that were begun"),
        }
    }

    fn set(&self, status: &ProjectorStatus) {
        self.applied.set(signed(status.progress.applied));
        self.head.set(signed(status.progress.head));
        self.lag.set(signed(status.progress.lag()));
        self.parked.set(signed(status.parked));
        self.released.set(signed(status.released));
        let is_rebuilding = status.rebuild.is_some();
        if is_rebuilding && self.rebuilding.get() == 0 {
            self.rebuilds.inc();
        }
        self.rebuilding.set(i64::from(is_rebuilding));
        for projection in &status.projections {
            let gauge = self.following.get_or_create(&[("projection", projection.name)]);
            gauge.set(i64::from(projection.is_following));
        }
    }
}

/// Keeps the metrics of a projector up to date until it ends.
pub(crate) fn observe(handle: &ProjectorHandle, metrics: &Metrics) {
    let gauges = Gauges::register(metrics);
    let mut changes = handle.subscribe();
    tokio::spawn(async move {
        let mut at_head = Instant::now();
        loop {
            let status = changes.borrow_and_update().clone();
            gauges.set(&status);
            if status.phase == Phase::Following {
                at_head = Instant::now();
            }
            gauges.age_seconds.set(signed(at_head.elapsed().as_secs()));
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
