//! Reading a JSON body.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::{Problem, ProblemCode, parse_object};

/// Extracts a JSON body within the body limit; every way it can be wrong is a problem.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

/// Extracts the bytes of a JSON body, unread: for handlers that also digest or store them.
#[derive(Debug, Clone)]
pub struct JsonBytes(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonBytes(body) = JsonBytes::from_request(request, state).await?;
        parse_object(&body).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), &["application/json"])?;
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                return Problem::new(ProblemCode::PayloadTooLarge, "The body is over the limit.");
            }
            Problem::new(ProblemCode::MalformedRequest, rejection.body_text())
        })
    }
}

/// Refuses a body that says that it is something else than one of `supported`, in UTF-8 and unencoded. A
/// body without a type is taken as it is: many clients leave it out.
///
/// # Errors
/// `unsupported-media-type`, naming what is supported; `unsupported-encoding`, with `Accept-Encoding`.
pub fn require_media_type(headers: &HeaderMap, supported: &[&str]) -> Result<(), Problem> {
    require_no_encoding(headers)?;
    for content_type in headers.get_all(header::CONTENT_TYPE) {
        let text = content_type.to_str().unwrap_or_default();
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        if !supported.iter().any(|known| known.eq_ignore_ascii_case(essence.trim())) {
            let detail = format!("Send the body as {}.", supported.join(" or "));
            let problem = Problem::new(ProblemCode::UnsupportedMediaType, detail);
            return Err(problem.with("supported", supported.to_vec()));
        }
        require_utf_8(parameters)?;
    }
    Ok(())
}

/// RFC 9110 section 12.5.3: the answer says which encodings are taken.
fn require_no_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let text = value.to_str().unwrap_or("of no name");
        let is_encoded = |coding: &str| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity");
        if text.split(',').map(str::trim).any(is_encoded) {
            let detail = format!("The content encoding {text:?} is not taken: send the body as it is.");
            return Err(Problem::new(ProblemCode::UnsupportedEncoding, detail)
                .with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")));
        }
    }
    Ok(())
}

/// JSON is UTF-8 (RFC 8259 section 8.1); who says otherwise means other characters than we would read.
fn require_utf_8(parameters: &str) -> Result<(), Problem> {
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"');
        let is_fine = ["utf-8", "utf8", "us-ascii"].iter().any(|known| known.eq_ignore_ascii_case(value));
        if name.trim().eq_ignore_ascii_case("charset") && !is_fine {
            let detail = format!("The charset {value:?} is not taken: send the body in UTF-8.");
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail)
                .with("supported_charsets", vec!["utf-8"]));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::DefaultBodyLimit;
    use axum::routing::post;
    use serde::Deserialize;

    use super::*;
    use crate::testing::{body_json, send_request};

    #[derive(Deserialize)]
    struct Tag {
        tag: String,
    }

    async fn sent(content_type: Option<&str>, body: &'static str) -> serde_json::Value {
        let handler = async |JsonBody(tag): JsonBody<Tag>| serde_json::json!({ "tag": tag.tag }).to_string();
        let router = Router::new().route("/", post(handler)).layer(DefaultBodyLimit::max(20));
        let mut request = Request::post("/");
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        body_json(send_request(&router, request.body(Body::from(body)).unwrap()).await).await
    }

    #[tokio::test]
    async fn a_json_body_is_read_with_or_without_its_type() {
        for content_type in [None, Some("application/json"), Some("Application/JSON; charset=utf-8")] {
            assert_eq!(sent(content_type, r#"{"tag":"A1"}"#).await["tag"], "A1");
        }
    }

    #[tokio::test]
    async fn a_body_that_says_it_is_encoded_or_in_other_characters_is_refused() {
        for content_type in [
            "application/json; charset=ISO-8859-1",
            "application/json;v=1; Charset=\"utf-16\"",
            "application/json; charset",
            "application/json; charset=",
            "application/json; charset=utf-8; CHARSET ",
        ] {
            let problem = sent(Some(content_type), r#"{"tag":"A1"}"#).await;
            assert_eq!(
                (&problem["code"], &problem["supported_charsets"][0]),
                (&"unsupported-media-type".into(), &"utf-8".into())
            );
        }
        assert_eq!(sent(Some("application/json; charset=\"UTF-8\""), r#"{"tag":"A1"}"#).await["tag"], "A1");
        for (encoding, is_taken) in [("gzip", false), ("identity, br", false), ("Identity", true), ("", true)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
            let checked = require_media_type(&headers, &["application/json"]);
            assert_eq!(checked.is_ok(), is_taken, "{encoding}");
            if let Err(problem) = checked {
                let response = axum::response::IntoResponse::into_response(problem);
                assert_eq!(
                    (response.status(), &response.headers()["accept-encoding"]),
                    (StatusCode::UNSUPPORTED_MEDIA_TYPE, &HeaderValue::from_static("identity"))
                );
            }
        }
    }

    #[tokio::test]
    async fn each_wrong_body_gets_its_own_problem() {
        let json = Some("application/json");
        assert_eq!(sent(Some("text/plain"), r#"{"tag":"A1"}"#).await["code"], "unsupported-media-type");
        assert_eq!(sent(json, r#"{"tag":"more than twenty bytes"}"#).await["code"], "payload-too-large");
        assert_eq!(sent(json, "{").await["code"], "malformed-json");
        assert_eq!(sent(json, r#"{"tag":1}"#).await["errors"][0]["pointer"], "/tag");
    }
}
