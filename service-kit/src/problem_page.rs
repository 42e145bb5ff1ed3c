//! The pages that problem types point to.

use std::fmt::Write as _;

use axum::Router;
use axum::http::{HeaderName, header};
use axum::routing::get;

use crate::ProblemCode;

const MARKDOWN: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];

/// `GET /problems/<code>` for every page given, as Markdown; `GET /problems` lists them.
pub fn problem_pages(pages: &'static [(ProblemCode, &'static str)]) -> Router {
    let mut index = String::from("# Problems\n\n");
    let mut router = Router::new();
    for (code, page) in pages {
        writeln!(index, "- [{}](/problems/{}): {}", code.code(), code.code(), code.title())
            .expect("writing to a string does not fail");
        router = router.route(code.type_reference(), get(async move || (MARKDOWN, *page)));
    }
    router.route("/problems", get(async move || (MARKDOWN, index)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{body_text, send};

    #[tokio::test]
    async fn a_problem_type_leads_to_its_page() {
        let router = problem_pages(&[(ProblemCode::NotFound, "# Not found\n")]);
        let page = send(&router, ProblemCode::NotFound.type_reference()).await;
        assert_eq!(page.headers()["content-type"], "text/markdown; charset=utf-8");
        assert_eq!(body_text(page).await, "# Not found\n");
        assert!(body_text(send(&router, "/problems").await).await.contains("(/problems/not-found)"));
    }
}
