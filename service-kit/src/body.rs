//! Reading a JSON body.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::{Problem, ProblemCode, parse_json};

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
        parse_json(&body).map(Self)
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

/// Refuses a body whose `Content-Type` is none of `supported`; parameters do not matter. A body
/// without a type is taken as it is: many clients leave it out.
///
/// # Errors
/// `unsupported-media-type`, naming what is supported.
pub fn require_media_type(headers: &HeaderMap, supported: &[&str]) -> Result<(), Problem> {
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let text = content_type.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    if supported.iter().any(|known| known.eq_ignore_ascii_case(essence)) {
        return Ok(());
    }
    let detail = format!("Send the body as {}.", supported.join(" or "));
    Err(Problem::new(ProblemCode::UnsupportedMediaType, detail).with("supported", supported.to_vec()))
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
    async fn each_wrong_body_gets_its_own_problem() {
        let json = Some("application/json");
        assert_eq!(sent(Some("text/plain"), r#"{"tag":"A1"}"#).await["code"], "unsupported-media-type");
        assert_eq!(sent(json, r#"{"tag":"more than twenty bytes"}"#).await["code"], "payload-too-large");
        assert_eq!(sent(json, "{").await["code"], "malformed-json");
        assert_eq!(sent(json, r#"{"tag":1}"#).await["errors"][0]["pointer"], "/tag");
    }
}
