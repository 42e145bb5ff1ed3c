//! The API page: reads the service's own `OpenAPI` document and lets one try an operation. Works
//! offline; no script, style or font comes from elsewhere.

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::Redirect;
use axum::routing::get;

const PAGE: &str = include_str!("api_page/page.html");
const SCRIPT: &str = include_str!("api_page/page.js");
const STYLE: &str = include_str!("api_page/page.css");

/// Nothing inline, nothing foreign.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page of one `OpenAPI` document.
#[derive(Debug, Clone)]
pub struct ApiPage {
    document: Bytes,
}

impl ApiPage {
    /// The page of `document`, an `OpenAPI` 3.1 document in JSON.
    #[must_use]
    pub fn new(document: impl Into<Bytes>) -> Self {
        Self { document: document.into() }
    }

    /// `/openapi.json`, `/docs` with its script and style, and `/` which leads there.
    pub fn routes(self) -> Router {
        let document = self.document;
        let json = [(header::CONTENT_TYPE, "application/json")];
        let html = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        let script = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
        let style = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
        Router::new()
            .route("/", get(async || Redirect::temporary("/docs")))
            .route("/openapi.json", get(async move || (json, document)))
            .route("/docs", get(async move || (html, PAGE)))
            .route("/docs/page.js", get(async move || (script, SCRIPT)))
            .route("/docs/page.css", get(async move || (style, STYLE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{body_text, send};

    #[tokio::test]
    async fn the_page_and_its_parts_are_served() {
        let router = ApiPage::new("{\"openapi\":\"3.1.0\"}").routes();
        for (path, content_type) in [
            ("/docs", "text/html; charset=utf-8"),
            ("/docs/page.js", "text/javascript; charset=utf-8"),
            ("/docs/page.css", "text/css; charset=utf-8"),
            ("/openapi.json", "application/json"),
        ] {
            let response = send(&router, path).await;
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(response.headers()["content-type"], content_type);
        }
        assert_eq!(send(&router, "/").await.headers()["location"], "/docs");
        assert_eq!(body_text(send(&router, "/openapi.json").await).await, "{\"openapi\":\"3.1.0\"}");
    }

    #[tokio::test]
    async fn the_page_holds_its_own_security_policy() {
        let response = send(&ApiPage::new("{}").routes(), "/docs").await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        for text in [PAGE, SCRIPT, STYLE] {
            for foreign in ["http://", "https://", " style=", "onclick", "innerHTML", "localStorage"] {
                assert!(!text.contains(foreign), "{foreign}");
            }
        }
    }
}
