//! `GET /v1/audit/checkpoint`: a signed checkpoint, as text.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use itam_proof::KeptCheckpoint;
use itam_service_kit::Problem;

use crate::answer::ITAM_POSITION;
use crate::desk::QueryDesk;
use crate::inquiry::{Inquiry, not_found};
use crate::permission::Query;
use crate::query_parameter::{POSITIONS, ParameterValues, QueryParameter};
use crate::seal::SealedLog;

/// Which checkpoint.
pub(crate) const SIZE: &[QueryParameter] = &[QueryParameter::new(
    "size",
    "The checkpoint of so many positions; the newest, if not said.",
    ParameterValues::Number(POSITIONS, 4711),
)];

/// Shows the newest checkpoint, or the one of `size` positions.
pub(crate) async fn show(State(desk): State<QueryDesk>, inquiry: Inquiry) -> Result<Response, Problem> {
    inquiry.require(Query::Proofs)?;
    inquiry.parameters.allow(&[SIZE])?;
    let kept = choose(&desk.sealed()?, &inquiry)?;
    let mut response = kept.note.into_response();
    let headers = response.headers_mut();
    headers.insert(ITAM_POSITION, HeaderValue::from(kept.size));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// The checkpoint that is asked for: the newest, unless `size` names one.
pub(super) fn choose(sealed: &SealedLog, inquiry: &Inquiry) -> Result<KeptCheckpoint, Problem> {
    match inquiry.parameters.number("size", POSITIONS)? {
        None => sealed.newest(),
        Some(size) => sealed.find(size)?.ok_or_else(|| not_found("checkpoint of size", &size.to_string())),
    }
}
