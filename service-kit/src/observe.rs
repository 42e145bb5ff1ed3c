//! What happens around every request: a trace id, a span, metrics, an access log at debug, and
//! the promise that every error leaves as a problem, even a panic.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::body::{HttpBody as _, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use crate::trace::{self, TraceId};
use crate::{Metrics, PROBLEM_JSON, Problem, ProblemCode};

/// The header that tells the client its trace id, on success too.
pub const TRACE_ID_HEADER: &str = "itam-trace-id";

/// The longest text of a framework's refusal that is repeated in a problem.
const REFUSAL_TEXT_BYTES: usize = 1024;

/// Middleware, the outermost. Headers are never logged, `Authorization` least of all, nor is the
/// query, which may name people.
pub(crate) async fn observe(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let _in_flight = metrics.request_started();
    let trace_id = TraceId::of_request(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", %trace_id, http.method = %method, http.route = route);

    let answer = async {
        let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => as_problem(response).await,
            Err(panic) => panicked(panic.as_ref()).into_response(),
        };
        let duration = started.elapsed();
        metrics.request_answered(&method, route, response.status(), duration);
        tracing::debug!(
            http.status = response.status().as_u16(),
            duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
        response
    };
    let mut response = trace::scope(trace_id, answer).instrument(span).await;
    let value = HeaderValue::from_str(&trace_id.to_string()).expect("hexadecimal digits are a header value");
    response.headers_mut().insert(TRACE_ID_HEADER, value);
    response
}

fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    tracing::error!(panic = message, "a handler panicked: this is a bug");
    Problem::new(ProblemCode::Internal, "The fault is in the service's log under this trace id.")
}

/// Turns an error that the framework answered in plain text (no such route, a path or query that
/// cannot be read) into a problem. Its other headers, such as `Allow`, stay.
async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v == PROBLEM_JSON) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let small = body.size_hint().upper().is_some_and(|size| size <= REFUSAL_TEXT_BYTES as u64);
    let text =
        if small { to_bytes(body, REFUSAL_TEXT_BYTES).await.unwrap_or_default() } else { Vec::new().into() };
    let text = String::from_utf8_lossy(&text);

    let code = code_of(status);
    let detail = if text.is_empty() || code == ProblemCode::Internal { default_detail(code) } else { &text };
    let problem = Problem::new(code, detail).into_response();
    parts.status = problem.status();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(problem.headers().clone());
    Response::from_parts(parts, problem.into_body())
}

fn code_of(status: StatusCode) -> ProblemCode {
    match status {
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::PayloadTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMediaType,
        StatusCode::UNPROCESSABLE_ENTITY => ProblemCode::InvalidValue,
        status if status.is_client_error() => ProblemCode::MalformedRequest,
        _ => ProblemCode::Internal,
    }
}

fn default_detail(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::NotFound => "No operation has this path; see /openapi.json.",
        ProblemCode::MethodNotAllowed => "The header Allow names the methods of this path.",
        _ => code.title(),
    }
}
