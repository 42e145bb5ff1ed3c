//! The headers of every answer: position, validator, media type.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use itam_domain::format_instant;
use itam_service_kit::{EntityTag, Problem, Representation};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::inquiry::Inquiry;
use crate::moment::AnswerMoment;
use crate::view::AnswerView;

/// The position of the log that an answer shows.
pub(crate) const ITAM_POSITION: HeaderName = HeaderName::from_static("itam-position");
/// The instant that an answer is about, if it is not the present.
const ITAM_AS_OF: HeaderName = HeaderName::from_static("itam-as-of");
/// The position up to which such an answer considers the log.
const ITAM_KNOWN_AT: HeaderName = HeaderName::from_static("itam-known-at");

/// `Cache-Control` of an answer that may be another the next time: it depends on who asks, and when.
const CHANGING: &str = "private, no-cache";
/// `Cache-Control` of an answer about a moment: what was true then, as far as was known, does not change.
/// A day, since a later build may show more of it.
const LASTING: &str = "private, max-age=86400, immutable";

/// What every answer says of itself.
pub(crate) struct AnswerHead {
    position: u64,
    tag: Option<EntityTag>,
    then: Option<AnswerMoment>,
    is_lasting: bool,
}

impl AnswerHead {
    /// Of what may be another answer the next time.
    pub(crate) fn new(view: &AnswerView, tag: Option<EntityTag>) -> Self {
        Self { position: view.position(), tag, then: view.then, is_lasting: false }
    }

    /// Of what is made of the log alone.
    pub(crate) fn of_position(position: u64) -> Self {
        Self { position, tag: None, then: None, is_lasting: false }
    }

    /// Of a body that is there: at a moment its validator is made of it, and it lasts if the moment
    /// is fixed and it names nobody, since names can be erased at any time.
    fn of_body(view: &AnswerView, tag: EntityTag, body: &[u8]) -> Self {
        let tag = if view.then.is_some() { content_tag(body) } else { tag };
        let is_fixed = view.then.is_some_and(|then| then.is_fixed);
        Self { is_lasting: is_fixed && !view.has_asked_for_people(), ..Self::new(view, Some(tag)) }
    }

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
        let caching = if self.is_lasting { LASTING } else { CHANGING };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(header::VARY, HeaderValue::from_static("accept, authorization"));
        if let Some(tag) = &self.tag {
            headers.insert(header::ETAG, tag.to_header());
        }
        for (name, value) in self.then.iter().flat_map(moment_headers) {
            headers.insert(name, value);
        }
    }
}

/// One thing as JSON; 304 if the client has it already. `tag` is its validator in the present.
pub(crate) fn one(
    inquiry: &Inquiry,
    view: &AnswerView,
    tag: EntityTag,
    row: &impl Serialize,
) -> Result<Response, Problem> {
    inquiry.representation(&[Representation::Json])?;
    json(inquiry, view, tag, to_json(row)?)
}

/// A JSON body; 304 if the client has it already. `tag` is its validator in the present.
pub(crate) fn json(
    inquiry: &Inquiry,
    view: &AnswerView,
    tag: EntityTag,
    body: Vec<u8>,
) -> Result<Response, Problem> {
    let head = AnswerHead::of_body(view, tag, &body);
    match &head.tag {
        Some(tag) if inquiry.has_current(tag)? => Ok(head.not_modified()),
        _ => Ok(head.answer(Representation::Json, body)),
    }
}

/// The validator of what is shown.
pub(crate) fn content_tag(body: &[u8]) -> EntityTag {
    EntityTag::weak(data_encoding::HEXLOWER.encode(&Sha256::digest(body)[..8]))
}

/// The JSON bytes of a row.
pub(crate) fn to_json(row: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(row).map_err(|error| Problem::internal(&error))
}

/// A refusal that says as of which position, and of which moment, it holds.
pub(crate) fn as_of(problem: Problem, view: &AnswerView) -> Problem {
    let problem = problem.with_header(ITAM_POSITION, HeaderValue::from(view.position()));
    let headers = view.then.iter().flat_map(moment_headers);
    headers.fold(problem, |problem, (name, value)| problem.with_header(name, value))
}

fn moment_headers(then: &AnswerMoment) -> [(HeaderName, HeaderValue); 2] {
    let as_of = HeaderValue::from_str(&format_instant(then.as_of));
    let as_of = as_of.expect("an instant is digits and signs");
    [(ITAM_AS_OF, as_of), (ITAM_KNOWN_AT, HeaderValue::from(then.moment.known_at))]
}
