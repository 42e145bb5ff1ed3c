//! The API page: reads the service's own `OpenAPI` document and lets one try an operation; the
//! `AsyncAPI` document stands beside it. Works offline; no script, style or font comes from elsewhere.

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

/// The page of one `OpenAPI` document, and the `AsyncAPI` document beside it.
#[derive(Debug, Clone)]
pub struct ApiPage {
    openapi: Bytes,
    asyncapi: Bytes,
}

impl ApiPage {
    /// The page of `openapi`, an `OpenAPI` 3.1 document in JSON; `asyncapi` is an `AsyncAPI` 3.0 document.
    #[must_use]
    pub fn new(openapi: impl Into<Bytes>, asyncapi: impl Into<Bytes>) -> Self {
        Self { openapi: openapi.into(), asyncapi: asyncapi.into() }
    }

    /// `/openapi.json`, `/asyncapi.json`, `/docs` with its script and style, and `/` which leads there.
    pub fn routes(self) -> Router {
        let Self { openapi, asyncapi } = self;
        let json =
            |document: Bytes| get(async move || ([(header::CONTENT_TYPE, "application/json")], document));
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
            .route("/openapi.json", json(openapi))
            .route("/asyncapi.json", json(asyncapi))
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
        let router = ApiPage::new("{\"openapi\":\"3.1.0\"}", "{\"asyncapi\":\"3.0.0\"}").routes();
        for (path, content_type) in [
            ("/docs", "text/html; charset=utf-8"),
            ("/docs/page.js", "text/javascript; charset=utf-8"),
            ("/docs/page.css", "text/css; charset=utf-8"),
            ("/openapi.json", "application/json"),
            ("/asyncapi.json", "application/json"),
        ] {
            let response = send(&router, path).await;
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(response.headers()["content-type"], content_type);
        }
        assert_eq!(send(&router, "/").await.headers()["location"], "/docs");
        assert_eq!(body_text(send(&router, "/openapi.json").await).await, "{\"openapi\":\"3.1.0\"}");
        assert_eq!(body_text(send(&router, "/asyncapi.json").await).await, "{\"asyncapi\":\"3.0.0\"}");
    }

    #[test]
    fn the_page_leads_to_both_documents() {
        for document in ["/openapi.json", "/asyncapi.json"] {
            assert!(PAGE.contains(&format!("href=\"{document}\"")), "{document}");
        }
    }

    #[tokio::test]
    async fn the_page_holds_its_own_security_policy() {
        let response = send(&ApiPage::new("{}", "{}").routes(), "/docs").await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        for text in [PAGE, SCRIPT, STYLE] {
            for foreign in ["http://", "https://", " style=", "onclick", "innerHTML", "localStorage"] {
                assert!(!text.contains(foreign), "{foreign}");
            }
        }
    }
}
