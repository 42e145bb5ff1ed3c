//! Metrics in the Prometheus way.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode, header};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};

/// What every metric's name starts with.
const PREFIX: &str = "itam";

/// The metrics of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    http: Arc<HttpMetrics>,
}

struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RequestLabels {
    route: RouteLabels,
    status: u16,
}

/// Counts a request as in flight until it is dropped.
pub(crate) struct InFlight(Gauge);

impl Metrics {
    /// Metrics with those of HTTP only.
    #[must_use]
    pub fn new() -> Self {
        let http = HttpMetrics {
            requests: Family::default(),
            durations: Family::new_with_constructor(duration_histogram),
            in_flight: Gauge::default(),
        };
        let metrics =
            Self { registry: Arc::new(Mutex::new(Registry::with_prefix(PREFIX))), http: Arc::new(http) };
        metrics.register("http_requests", "HTTP requests answered", metrics.http.requests.clone());
        metrics.register(
            "http_request_duration_seconds",
            "Time from the request's head to the answer's head",
            metrics.http.durations.clone(),
        );
        metrics.register(
            "http_requests_in_flight",
            "HTTP requests not yet answered",
            metrics.http.in_flight.clone(),
        );
        metrics
    }

    /// Registers a metric of the service's own as `itam_<name>`; counters get `_total` appended.
    ///
    /// # Panics
    /// If the name has the prefix already: a bug of the caller.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        assert!(!name.starts_with(PREFIX), "{name} would be called {PREFIX}_{name}");
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).register(name, help, metric);
    }

    /// A new registered gauge.
    #[must_use]
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        self.register(name, help, gauge.clone());
        gauge
    }

    /// A new registered counter.
    #[must_use]
    pub fn counter(&self, name: &str, help: &str) -> Counter<u64, AtomicU64> {
        let counter = Counter::default();
        self.register(name, help, counter.clone());
        counter
    }

    /// A new registered histogram of durations in seconds: 100 µs to 26 s in steps of four.
    #[must_use]
    pub fn durations(&self, name: &str, help: &str) -> Histogram {
        let histogram = duration_histogram();
        self.register(name, help, histogram.clone());
        histogram
    }

    /// Everything in the `OpenMetrics` text format.
    ///
    /// # Panics
    /// Never: writing to a string does not fail.
    #[must_use]
    pub fn render(&self) -> String {
        let mut page = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        text::encode(&mut page, &registry).expect("writing to a string does not fail");
        page
    }

    /// `GET /metrics`.
    pub fn routes(&self) -> Router {
        const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        let metrics = self.clone();
        let handler = async move || ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.render());
        Router::new().route("/metrics", get(handler))
    }

    pub(crate) fn request_started(&self) -> InFlight {
        self.http.in_flight.inc();
        InFlight(self.http.in_flight.clone())
    }

    /// `route` is the template, never the path, so that the number of series stays bounded.
    pub(crate) fn request_answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        duration: Duration,
    ) {
        let route = RouteLabels { method: method_label(method), route: route.to_owned() };
        self.http.durations.get_or_create(&route).observe(duration.as_secs_f64());
        let labels = RequestLabels { route, status: status.as_u16() };
        self.http.requests.get_or_create(&labels).inc();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl EncodeLabelSet for RouteLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        [("method", self.method), ("route", self.route.as_str())].encode(encoder)
    }
}

impl EncodeLabelSet for RequestLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        self.route.encode(encoder)?;
        [("status", u32::from(self.status))].encode(encoder)
    }
}

/// 100 µs to 26 s in steps of four: from a cached read to a bounded wait.
fn duration_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 4.0, 10))
}

/// A client may send any word as a method; only the known ones become series.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{body_text, send};

    #[tokio::test]
    async fn what_is_registered_and_counted_is_on_the_page() {
        let metrics = Metrics::new();
        metrics.gauge("lag", "Positions behind").set(7);
        metrics.counter("parked", "Events parked").inc();
        metrics.request_answered(&Method::GET, "/v1/x/{id}", StatusCode::OK, Duration::from_millis(3));
        let in_flight = metrics.request_started();

        let page = body_text(send(&metrics.routes(), "/metrics").await).await;
        for line in [
            "itam_lag 7",
            "itam_parked_total 1",
            "itam_http_requests_in_flight 1",
            "itam_http_requests_total{method=\"GET\",route=\"/v1/x/{id}\",status=\"200\"} 1",
            "itam_http_request_duration_seconds_count{method=\"GET\",route=\"/v1/x/{id}\"} 1",
            "# EOF",
        ] {
            assert!(page.contains(line), "{line} is not in:\n{page}");
        }

        drop(in_flight);
        assert!(metrics.render().contains("itam_http_requests_in_flight 0"));
    }

    #[test]
    fn an_invented_method_makes_no_new_series() {
        assert_eq!(method_label(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
