//! Limits on requests: how large, how long, how many at once.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;
use tower_http::timeout::TimeoutBody;

use crate::{Problem, ProblemCode};

/// The limits on what one service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest body that is read whole, in bytes. Streamed bodies are limited by line.
    pub body_bytes: usize,
    /// The longest time from a request's head to its answer's head. Streamed answers go on.
    pub request_timeout: Duration,
    /// How many requests may be worked on at once.
    pub concurrent_requests: usize,
    /// The longest pause within a body that is being sent.
    pub body_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            concurrent_requests: 1024,
            body_idle: Duration::from_mins(1),
        }
    }
}

/// The state of [`limit`].
#[derive(Debug)]
pub(crate) struct Limiter {
    timeout: Duration,
    body_idle: Duration,
    places: Semaphore,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            timeout: limits.request_timeout,
            body_idle: limits.body_idle,
            places: Semaphore::new(limits.concurrent_requests),
        }
    }
}

/// Middleware: refuses a request at once if too many are worked on, and gives up on a slow one.
pub(crate) async fn limit(
    State(limiter): State<Arc<Limiter>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Ok(_place) = limiter.places.try_acquire() else {
        return Err(Problem::new(ProblemCode::NotReady, "Too many requests are being worked on.")
            .retry_after(Duration::from_secs(1)));
    };
    let request = request.map(|body| Body::new(TimeoutBody::new(limiter.body_idle, body)));
    tokio::time::timeout(limiter.timeout, next.run(request)).await.map_err(|_elapsed| {
        let detail = format!(
            "No answer within {:?}. What was asked may still happen: repeat it with the same key.",
            limiter.timeout
        );
        Problem::new(ProblemCode::TimedOut, detail)
    })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tokio::sync::Notify;

    use super::*;
    use crate::testing::send;

    fn router(limits: Limits, release: &Arc<Notify>) -> Router {
        let release = Arc::clone(release);
        Router::new()
            .route("/slow", get(async move || release.notified().await))
            .route("/fast", get(async || "fast"))
            .layer(from_fn_with_state(Arc::new(Limiter::new(limits)), limit))
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_request_gets_504() {
        let router = router(Limits::default(), &Arc::default());
        assert_eq!(send(&router, "/slow").await.status(), 504);
    }

    #[tokio::test]
    async fn one_request_too_many_gets_503_and_later_ones_go_on() {
        let release = Arc::new(Notify::new());
        let router = router(Limits { concurrent_requests: 1, ..Limits::default() }, &release);
        let mut slow = Box::pin(send(&router, "/slow"));
        assert!(futures_util::poll!(&mut slow).is_pending());

        let refused = send(&router, "/fast").await;
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()["retry-after"], "1");

        release.notify_one();
        assert_eq!(slow.await.status(), 200);
        assert_eq!(send(&router, "/fast").await.status(), 200);
    }
}
