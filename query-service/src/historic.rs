//! The register as of a past position: how every answer says so, and what is refused.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use chrono::{DateTime, Utc};
use itam_service_kit::{PROBLEM_JSON, Problem, ProblemCode};
use serde::Serialize;
use serde_json::Value;

use crate::row::instant::Instant;

/// The header that marks every answer from the past.
const ITAM_HISTORIC: HeaderName = HeaderName::from_static("itam-historic");
/// More than any problem holds.
const MAX_PROBLEM_BYTES: usize = 1024 * 1024;

/// Which past a register shows.
#[derive(Clone, Debug)]
pub struct Historic {
    /// The last position that is applied.
    pub position: u64,
    /// The instant that was asked for, or at which that position was stored; also what counts as
    /// now, so that what was overdue then is shown as overdue.
    pub until: DateTime<Utc>,
    /// The canonical hash of the whole register, in hexadecimal.
    pub hash: String,
    /// Whether there is a log to read the bodies of events from.
    pub has_log: bool,
}

/// The past that a register shows, where it shows no more.
#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct HistoricRow<'a> {
    /// Where it ends.
    position: u64,
    /// Of which moment it is.
    until: Instant,
    /// The canonical hash of every row, in hexadecimal.
    hash: &'a str,
}

impl Historic {
    /// Marks every answer of a service: with the header `Itam-Historic`, and problems with a member
    /// `historic`.
    pub fn mark(self, router: Router) -> Router {
        router.layer(from_fn_with_state(Arc::new(self), mark))
    }

    pub(crate) fn row(&self) -> HistoricRow<'_> {
        HistoricRow { position: self.position, until: Instant(self.until), hash: &self.hash }
    }

    /// The refusal of what only a register that goes on can answer.
    pub(crate) fn refuse(&self, why: &str) -> Problem {
        let until = itam_domain::format_instant(self.until);
        let detail = format!("{why} This register ends at position {}, of {until}.", self.position);
        Problem::new(ProblemCode::HistoricRegister, detail).with("applied_position", self.position)
    }

    fn header(&self) -> HeaderValue {
        let until = itam_domain::format_instant(self.until);
        let text = format!("position={}; until={until}", self.position);
        HeaderValue::from_str(&text).expect("digits and an instant are a header value")
    }
}

async fn mark(State(historic): State<Arc<Historic>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    let mut response = if is_problem { mark_problem(response, &historic).await } else { response };
    response.headers_mut().insert(ITAM_HISTORIC, historic.header());
    response
}

async fn mark_problem(response: Response, historic: &Historic) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_PROBLEM_BYTES).await.unwrap_or_default();
    let Ok(Value::Object(mut problem)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    problem.insert("historic".to_owned(), serde_json::json!(historic.row()));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Value::Object(problem).to_string()))
}
