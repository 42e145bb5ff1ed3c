//! The head of every answer: position, validator, media type.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use itam_service_kit::{EntityTag, Problem, Representation};
use serde::Serialize;

use crate::inquiry::Inquiry;

/// The position of the log that an answer shows.
pub(crate) const ITAM_POSITION: HeaderName = HeaderName::from_static("itam-position");

/// What every answer says of itself.
pub(crate) struct Head {
    pub(crate) position: u64,
    pub(crate) tag: Option<EntityTag>,
}

impl Head {
    /// The answer with a body.
    pub(crate) fn answer(&self, form: Representation, body: impl Into<Body>) -> Response {
        let mut response = Response::new(body.into());
        let media_type = HeaderValue::from_static(match form {
            Representation::Csv => "text/csv; charset=utf-8; header=present",
            other => other.media_type(),
        });
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        self.write(&mut response);
        response
    }

    /// The answer to a client that has it already.
    pub(crate) fn not_modified(&self) -> Response {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        self.write(&mut response);
        response
    }

    fn write(&self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(ITAM_POSITION, HeaderValue::from(self.position));
        // Answers depend on who asks, and are worth asking again.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept, authorization"));
        if let Some(tag) = &self.tag {
            headers.insert(header::ETAG, tag.to_header());
        }
    }
}

/// One thing as JSON; 304 if the client has it already.
pub(crate) fn one(
    inquiry: &Inquiry,
    position: u64,
    tag: EntityTag,
    row: &impl Serialize,
) -> Result<Response, Problem> {
    let form = inquiry.representation(&[Representation::Json])?;
    let is_current = inquiry.has_current(&tag)?;
    let head = Head { position, tag: Some(tag) };
    if is_current {
        return Ok(head.not_modified());
    }
    Ok(head.answer(form, to_json(row)?))
}

/// The JSON bytes of a row.
pub(crate) fn to_json(row: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(row).map_err(|error| Problem::internal(&error))
}

/// A refusal that says as of which position it holds.
pub(crate) fn as_of(problem: Problem, position: u64) -> Problem {
    problem.with_header(ITAM_POSITION, HeaderValue::from(position))
}
