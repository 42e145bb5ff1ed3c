//! How many requests an identity may send: a bucket of tokens for each, and a share of what is in progress.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use prometheus_client::metrics::counter::Counter;

use crate::share::{SharePermit, Shares};
use crate::{Caller, Metrics, Problem, ProblemCode};

/// How many requests, and lines of streamed commands, an identity may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many a second in the long run.
    pub per_second: NonZeroU32,
    /// How many at once after a rest.
    pub burst: NonZeroU32,
}

/// The buckets. There are as many as there are tokens that are used.
#[derive(Debug)]
struct Buckets {
    rate: Rate,
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    refused: Counter,
}

impl Buckets {
    fn new(rate: Rate, metrics: &Metrics) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let refused = metrics.counter("http_rate_limited", "Requests refused for their identity's rate");
        Self { rate, limiter: RateLimiter::keyed(quota), clock: DefaultClock::default(), refused }
    }

    /// Takes a token, or says how long until there is one.
    fn take(&self, identity: &String) -> Result<(), Duration> {
        self.limiter.check_key(identity).map_err(|not_yet| not_yet.wait_time_from(self.clock.now()))
    }
}

/// The rates at which identities send to one process, by HTTP and NATS together, and how many of their requests are
/// in progress at once. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    buckets: Option<Arc<Buckets>>,
    in_progress: Option<Shares>,
}

impl Rates {
    /// Holds each identity to `rate`, or none if there is none.
    #[must_use]
    pub fn new(rate: Option<Rate>, metrics: &Metrics) -> Self {
        Self { buckets: rate.map(|rate| Arc::new(Buckets::new(rate, metrics))), in_progress: None }
    }

    /// Holds each identity to so many requests in progress, streamed answers among them.
    #[must_use]
    pub fn in_progress(self, limit: NonZeroUsize) -> Self {
        Self { in_progress: Some(Shares::new(limit)), ..self }
    }

    /// A place for a request of a caller, to be kept until it is answered whole.
    ///
    /// # Errors
    /// `too-many-requests` if the caller has as many places as it may.
    pub fn begin(&self, caller: &Caller) -> Result<Option<SharePermit>, Problem> {
        let Some(shares) = &self.in_progress else { return Ok(None) };
        let place = shares.take(&caller.0.actor).ok_or_else(|| {
            let limit = shares.limit();
            let detail =
                format!("This token has {limit} requests in progress, which is all that it may have.");
            Problem::new(ProblemCode::TooManyRequests, detail).retry_after(Duration::from_secs(1))
        })?;
        Ok(Some(place))
    }

    /// Counts a request of a caller, and gives what it may take beyond that.
    ///
    /// # Errors
    /// `too-many-requests`, with the time after which there is room again.
    pub fn admit(&self, caller: &Caller) -> Result<Allowance, Problem> {
        let Some(buckets) = &self.buckets else {
            return Ok(Allowance::default());
        };
        let identity = caller.0.actor.clone();
        if let Err(wait) = buckets.take(&identity) {
            buckets.refused.inc();
            let Rate { per_second, burst } = buckets.rate;
            let detail = format!(
                "This token may send {per_second} requests a second, and {burst} at once after a rest."
            );
            return Err(Problem::new(ProblemCode::TooManyRequests, detail).retry_after(wait));
        }
        Ok(Allowance(Some((Arc::clone(buckets), identity))))
    }
}

/// What the sender of a request may still send: for handlers that take many things in one request.
#[derive(Debug, Clone, Default)]
pub struct Allowance(Option<(Arc<Buckets>, String)>);

impl Allowance {
    /// Takes one more, waiting until the rate allows it: whoever streams is slowed, not refused.
    pub async fn take(&self) {
        let Some((buckets, identity)) = &self.0 else {
            return;
        };
        // Ends: each wait is as long as the bucket needs, and others with this identity share it.
        while let Err(wait) = buckets.take(identity) {
            tokio::time::sleep(wait).await;
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Allowance {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Middleware behind authentication: refuses a request whose identity has sent too many.
pub(crate) async fn limit_rate(
    State(rates): State<Rates>,
    caller: Caller,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let allowance = rates.admit(&caller)?;
    request.extensions_mut().insert(allowance);
    Ok(next.run(request).await)
}
