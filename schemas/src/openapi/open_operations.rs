//! The operations that need no token: health, metrics, documents.

use serde_json::{Map, Value, json};

use super::problem_responses::response;
use crate::problems::ProblemExample;

/// The paths that every service has.
pub(super) fn paths(problems: &[ProblemExample]) -> Map<String, Value> {
    let of_code =
        |code: &str| problems.iter().filter(|problem| problem.code.code() == code).collect::<Vec<_>>();
    let mut ready =
        operation("is-ready", "Whether the service takes requests", "text/plain", &json!("ready\n"));
    ready["responses"]["503"] = response(503, &of_code("not-ready"));
    let mut page = operation(
        "read-problem-page",
        "What a problem code means and what to do",
        "text/markdown",
        &json!("# There is nothing here\n"),
    );
    page["parameters"] = json!([{
        "name": "code", "in": "path", "required": true, "description": "The code.",
        "schema": {"enum": problems.iter().map(|problem| problem.code.code()).collect::<Vec<_>>()},
        "example": "not-found",
    }]);
    page["responses"]["404"] = response(404, &of_code("not-found"));
    let operations = [
        ("/livez", operation("is-alive", "Whether the process answers", "text/plain", &json!("ok\n"))),
        ("/readyz", ready),
        (
            "/metrics",
            operation(
                "read-metrics",
                "Metrics for Prometheus",
                "application/openmetrics-text",
                &json!("# HELP http_requests Requests answered.\n# TYPE http_requests counter\n# EOF\n"),
            ),
        ),
        (
            "/openapi.json",
            operation(
                "read-openapi",
                "This document",
                "application/json",
                &json!({"openapi": "3.1.0", "info": {"title": "itam"}}),
            ),
        ),
        (
            "/asyncapi.json",
            operation(
                "read-asyncapi",
                "The subjects on NATS: events, and commands by request and reply (AsyncAPI 3.0)",
                "application/json",
                &json!({"asyncapi": "3.0.0", "info": {"title": "itam on NATS"}}),
            ),
        ),
        (
            "/problems",
            operation(
                "list-problem-pages",
                "Every problem code",
                "text/markdown",
                &json!("# Problems\n\n- [not-found](/problems/not-found): There is nothing here\n"),
            ),
        ),
        ("/problems/{code}", page),
    ];
    operations.into_iter().map(|(path, operation)| (path.to_owned(), json!({ "get": operation }))).collect()
}

fn operation(id: &str, summary: &str, media_type: &str, example: &Value) -> Value {
    let schema = if example.is_string() { "string" } else { "object" };
    json!({
        "operationId": id,
        "tags": ["Service"],
        "summary": summary,
        "security": [],
        "responses": {"200": {
            "description": summary,
            "content": {media_type: {"schema": {"type": schema}, "example": example}},
        }},
    })
}
