//! Sending requests to a router without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use serde_json::Value;
use tower::ServiceExt as _;

pub(crate) async fn send(router: &Router, path: &str) -> Response {
    send_with(router, path, &[]).await
}

pub(crate) async fn send_with(router: &Router, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send_request(router, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn send_request(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

pub(crate) async fn body_text(response: Response) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

pub(crate) async fn body_json(response: Response) -> Value {
    serde_json::from_str(&body_text(response).await).unwrap()
}
