//! The stack of layers around a service's routes, in the right order.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

use crate::authentication::{Authentication, authenticate};
use crate::journal::note_refusals;
use crate::limits::{Limiter, limit};
use crate::observe::observe;
use crate::rate::limit_rate;
use crate::{Authenticator, Limits, Metrics, Rates, SecurityJournal};

/// Wraps routes into the standard stack. From the outside: observation and problems for all;
/// limits, then authentication, then the identity's rate, for the protected routes only, so that
/// probes answer under load.
#[derive(Clone)]
pub struct HttpKit {
    metrics: Metrics,
    authenticator: Arc<dyn Authenticator>,
    limits: Limits,
    rates: Rates,
    journal: Option<SecurityJournal>,
}

impl HttpKit {
    /// A kit with the default limits, and none on the rate of an identity.
    #[must_use]
    pub fn new(metrics: Metrics, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { metrics, authenticator, limits: Limits::default(), rates: Rates::default(), journal: None }
    }

    /// Sets the rates, which other doors may share.
    #[must_use]
    pub fn rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
        self
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Notes refusals in a journal.
    #[must_use]
    pub fn journal(mut self, journal: SecurityJournal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// The whole service: `protected` routes need a token, `open` ones do not.
    pub fn wrap(&self, protected: Router, open: Router) -> Router {
        self.protect(protected)
            .merge(open)
            .layer(DefaultBodyLimit::max(self.limits.body_bytes))
            .layer(from_fn_with_state(self.metrics.clone(), observe))
    }

    fn protect(&self, protected: Router) -> Router {
        // A router without routes has nothing to protect, and axum refuses to layer it.
        if !protected.has_routes() {
            return protected;
        }
        let limiter = Arc::new(Limiter::new(self.limits));
        let authentication =
            Authentication::new(Arc::clone(&self.authenticator), self.rates.clone(), self.journal.clone());
        let protected = protected
            .route_layer(from_fn_with_state(self.rates.clone(), limit_rate))
            .route_layer(from_fn_with_state(authentication, authenticate))
            .route_layer(from_fn_with_state(limiter, limit));
        match &self.journal {
            Some(journal) => protected.route_layer(from_fn_with_state(journal.clone(), note_refusals)),
            None => protected,
        }
    }
}

impl fmt::Debug for HttpKit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpKit").field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use axum::extract::Path;
    use axum::http::Request;
    use axum::routing::{get, post};
    use serde_json::Value;

    use super::*;
    use crate::testing::{body_json, send, send_request, send_with};
    use crate::{ActorKind, Caller, Identity, PROBLEM_JSON, Role};

    const TOKEN: (&str, &str) = ("authorization", "Bearer good");

    fn service() -> (Router, Metrics) {
        let metrics = Metrics::new();
        let administrator = |bearer: &str| {
            (bearer == "good").then(|| Identity {
                actor: "a".into(),
                actor_kind: ActorKind::Person,
                name: "Ada".into(),
                role: Role::Administrator,
            })
        };
        let protected = Router::new()
            .route("/v1/who", get(async |caller: Caller| caller.0.actor.clone()))
            .route("/v1/number/{number}", get(async |Path(number): Path<u32>| number.to_string()))
            .route("/v1/echo", post(async |body: Bytes| body))
            .route("/v1/bug", get(async || -> () { panic!("the bug's own words") }));
        let open = Router::new().route("/open", get(async || "open")).merge(metrics.routes());
        let kit = HttpKit::new(metrics.clone(), Arc::new(administrator))
            .limits(Limits { body_bytes: 8, ..Limits::default() });
        (kit.wrap(protected, open), metrics)
    }

    async fn problem(path: &str) -> Value {
        let response = send_with(&service().0, path, &[TOKEN]).await;
        assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
        let trace_id = response.headers()["itam-trace-id"].to_str().unwrap().to_owned();
        let problem = body_json(response).await;
        assert_eq!(problem["trace_id"], trace_id);
        problem
    }

    #[tokio::test]
    async fn open_routes_need_no_token_and_protected_ones_do() {
        let (router, _) = service();
        assert_eq!(send(&router, "/open").await.status(), 200);
        assert_eq!(send(&router, "/v1/who").await.status(), 401);
        assert_eq!(send_with(&router, "/v1/who", &[TOKEN]).await.status(), 200);
    }

    #[tokio::test]
    async fn no_route_and_no_method_are_problems() {
        assert_eq!(problem("/v2").await["code"], "not-found");
        let response = send_with(&service().0, "/v1/echo", &[TOKEN]).await;
        assert_eq!(response.headers()["allow"], "POST");
        assert_eq!(body_json(response).await["code"], "method-not-allowed");
    }

    #[tokio::test]
    async fn a_refusal_of_the_framework_is_a_problem_that_keeps_its_words() {
        let problem = problem("/v1/number/seven").await;
        assert_eq!(problem["code"], "malformed-request");
        assert!(problem["detail"].as_str().unwrap().contains("seven"), "{problem}");
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_does_not_tell() {
        let problem = problem("/v1/bug").await;
        assert_eq!(problem["status"], 500);
        assert!(!problem.to_string().contains("own words"));
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_a_413() {
        let (router, _) = service();
        for (body, status) in [("12345678", 200), ("123456789", 413)] {
            let request = Request::post("/v1/echo").header(TOKEN.0, TOKEN.1).body(Body::from(body)).unwrap();
            assert_eq!(send_request(&router, request).await.status(), status);
        }
    }

    #[tokio::test]
    async fn the_trace_id_of_the_caller_is_kept() {
        let traceparent = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        let response = send_with(&service().0, "/open", &[traceparent]).await;
        assert_eq!(response.headers()["itam-trace-id"], "0af7651916cd43dd8448eb211c80319c");
    }

    #[tokio::test]
    async fn requests_are_counted_by_template_and_status() {
        let (router, metrics) = service();
        for path in ["/v1/number/1", "/v1/number/2", "/wp-login.php"] {
            send_with(&router, path, &[TOKEN]).await;
        }
        let page = metrics.render();
        assert!(page.contains("route=\"/v1/number/{number}\",status=\"200\"} 2"), "{page}");
        assert!(page.contains("route=\"none\",status=\"404\"} 1"), "{page}");
        assert!(!page.contains("wp-login"), "{page}");
    }
}
