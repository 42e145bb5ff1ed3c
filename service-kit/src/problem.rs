//! RFC 9457 problem answers: the only form in which an error leaves a service.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use itam_domain::show_hidden_characters;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::ProblemCode;
use crate::trace;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error answer. Boxed, so that a `Result` which carries one stays small.
///
/// The trace id is filled in from the request in whose scope the problem becomes a response, see
/// [`crate::trace`].
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

/// One offending place of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, hidden characters shown as `<U+202E>`; empty for the whole of it.
    pub pointer: String,
    /// What is wrong with it, in kebab case.
    pub code: String,
    /// The same in a sentence.
    pub detail: String,
}

#[derive(Debug, Clone)]
struct Inner {
    code: ProblemCode,
    detail: String,
    errors: Vec<FieldError>,
    extensions: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What was asked for, for the security journal only.
    action: Option<String>,
}

/// What a problem tells the security journal; also an extension of the answer that it becomes.
#[derive(Debug, Clone)]
pub(crate) struct RefusalDetails {
    pub(crate) code: ProblemCode,
    pub(crate) reason: Option<String>,
    pub(crate) action: Option<String>,
}

#[derive(Serialize)]
struct Wire<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    extensions: &'a Map<String, Value>,
}

/// The members RFC 9457 and this project define; an extension may not take their names.
const RESERVED: [&str; 7] = ["type", "title", "status", "detail", "code", "trace_id", "errors"];

impl Problem {
    /// A problem with a sentence that explains this occurrence. What it repeats of a request is shown with
    /// hidden characters as `<U+202E>`, here and in [`Problem::with_error`].
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: shown(detail),
            errors: Vec::new(),
            extensions: Map::new(),
            headers: Vec::new(),
            action: None,
        }))
    }

    /// The problem for a fault of the world: logs the chain of causes once, here at the edge,
    /// and tells the client no more than `detail`.
    #[must_use]
    pub fn fault(
        code: ProblemCode,
        detail: impl Into<String>,
        error: &(dyn std::error::Error + 'static),
    ) -> Self {
        let chain = error_chain(error);
        if code == ProblemCode::Internal {
            tracing::error!(problem.code = code.code(), error = %chain, "a request met a fault");
        } else {
            tracing::warn!(problem.code = code.code(), error = %chain, "a request met a fault");
        }
        Self::new(code, detail)
    }

    /// [`Problem::fault`] with [`ProblemCode::Internal`].
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::fault(ProblemCode::Internal, "The fault is in the service's log under this trace id.", error)
    }

    /// Adds an offending place.
    #[must_use]
    pub fn with_error(
        mut self,
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        self.0.errors.push(FieldError { pointer: shown(pointer), code: code.into(), detail: shown(detail) });
        self
    }

    /// Adds a fact as an extension member, such as `current_state`.
    ///
    /// # Panics
    /// If `name` is a member that every problem has already: a bug of the caller.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        assert!(!RESERVED.contains(&name), "{name:?} is a member of every problem");
        self.0.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// Adds `Retry-After`, in whole seconds, at least one.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Says which action met the problem, such as a command's name: for the security journal, not for
    /// the answer.
    #[must_use]
    pub fn in_action(mut self, action: &str) -> Self {
        self.0.action = Some(action.to_owned());
        self
    }

    pub(crate) fn refused(&self) -> RefusalDetails {
        let text = |name: &str| self.0.extensions.get(name).and_then(Value::as_str).map(str::to_owned);
        let action = self.0.action.clone().or_else(|| text("action"));
        RefusalDetails { code: self.0.code, reason: text("reason"), action }
    }

    /// What kind of problem it is.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.0.code
    }

    /// The sentence about this occurrence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The offending places.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The body as a JSON value, for answers inside a stream (one line of NDJSON) or over NATS.
    ///
    /// # Panics
    /// Never: a problem has only JSON values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self.wire()).expect("a problem has only JSON values")
    }

    fn wire(&self) -> Wire<'_> {
        let code = self.0.code;
        Wire {
            r#type: code.type_reference(),
            title: code.title(),
            status: code.status().as_u16(),
            detail: &self.0.detail,
            code: code.code(),
            trace_id: trace::current().map(|id| id.to_string()),
            errors: &self.0.errors,
            extensions: &self.0.extensions,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.wire()).expect("a problem has only JSON values");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.0.code.status();
        response.extensions_mut().insert(self.refused());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.0.headers {
            headers.insert(name, value);
        }
        response
    }
}

/// An error and its sources on one line, joined by colons.
#[must_use]
pub fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

fn shown(text: impl Into<String>) -> String {
    let text = text.into();
    match show_hidden_characters(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::body_json;

    #[tokio::test]
    async fn a_refusal_carries_its_facts_and_offending_places() {
        let problem = Problem::new(ProblemCode::RejectedByRule, "The asset is retired.")
            .with("current_state", "retired")
            .with_error("/quantity", "too-small", "must be positive");
        let response = problem.into_response();
        assert_eq!(response.status(), 409);
        assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
        assert_eq!(
            body_json(response).await,
            json!({
                "type": "/problems/rejected-by-rule", "title": "A rule refuses this", "status": 409,
                "detail": "The asset is retired.", "code": "rejected-by-rule",
                "current_state": "retired",
                "errors": [{"pointer": "/quantity", "code": "too-small", "detail": "must be positive"}],
            })
        );
    }

    #[test]
    fn retry_after_rounds_up_to_whole_seconds() {
        for (wait_ms, seconds) in [(0, "1"), (1000, "1"), (1001, "2"), (30_000, "30")] {
            let problem =
                Problem::new(ProblemCode::Contended, "busy").retry_after(Duration::from_millis(wait_ms));
            assert_eq!(problem.into_response().headers()["retry-after"], seconds);
        }
    }

    #[tokio::test]
    async fn the_trace_id_of_the_request_is_in_the_problem() {
        let id = trace::TraceId::random();
        let value = trace::scope(id, async { Problem::new(ProblemCode::NotFound, "no").to_value() }).await;
        assert_eq!(value["trace_id"], id.to_string());
    }

    #[test]
    fn the_chain_of_causes_is_one_line() {
        let inner = std::io::Error::other("disk on fire");
        let error = std::io::Error::other(inner);
        assert!(error_chain(&error).contains("disk on fire"));
    }

    #[test]
    #[should_panic(expected = "member of every problem")]
    fn a_fact_cannot_overwrite_a_defined_member() {
        let _ = Problem::new(ProblemCode::NotFound, "no").with("status", 200);
    }
}
