//! What a server does around every request, whatever answers it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt as _};

use super::connections::Connection;

/// How much of a body that nobody wanted is read, so that the connection can be kept, in bytes.
const DRAINED_BYTES: u64 = 1024 * 1024;
/// For how long.
const DRAINED_FOR: Duration = Duration::from_secs(1);

/// Middleware, outside of all others: the connection is at work, no browser guesses what an answer is, and
/// a connection that cannot go on says so.
///
/// An answer that is ready before its request was read to the end, such as that of load shedding, leaves the
/// rest in the way of the next request. So the rest is read and forgotten, if it comes soon and is no more
/// than a body may have; else the answer says `Connection: close`.
pub(super) async fn attend(request: Request, next: Next) -> Response {
    let _work = request.extensions().get::<Connection>().map(Connection::work);
    let (request, rest) = watch_body(request);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(rest) = rest
        && !rest.drain().await
    {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What is left of a request's body.
struct Rest {
    left: Arc<Mutex<Left>>,
    /// Whether the body is too long to be read for nothing, or was not sent yet.
    is_unwelcome: bool,
}

enum Left {
    /// Somebody reads it, or has read it.
    Nothing,
    /// It was let go of before its end.
    Body(BodyDataStream),
}

/// Puts the body of a request under watch, unless it has none, or a connection that does not mind.
fn watch_body(request: Request) -> (Request, Option<Rest>) {
    if request.version() >= Version::HTTP_2 || request.body().is_end_stream() {
        return (request, None);
    }
    let is_long = request.body().size_hint().exact().is_some_and(|bytes| bytes > DRAINED_BYTES);
    let is_unwelcome = is_long || expects_a_word(request.headers());
    let left = Arc::new(Mutex::new(Left::Nothing));
    let rest = Rest { left: Arc::clone(&left), is_unwelcome };
    let watched = |body: Body| Body::from_stream(Watched { body: Some(body.into_data_stream()), left });
    (request.map(watched), Some(rest))
}

/// Whether the client waits to be told that its body is wanted (RFC 9110 section 10.1.1).
fn expects_a_word(headers: &HeaderMap) -> bool {
    headers.contains_key(header::EXPECT)
}

impl Rest {
    /// Whether nothing is in the way of the next request.
    async fn drain(self) -> bool {
        let left = std::mem::replace(&mut *lock(&self.left), Left::Nothing);
        let Left::Body(mut body) = left else { return true };
        if self.is_unwelcome {
            return false;
        }
        let reading = async {
            let mut bytes = 0;
            while let Some(chunk) = body.next().await {
                let Ok(chunk) = chunk else { return false };
                bytes += chunk.len() as u64;
                if bytes > DRAINED_BYTES {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(DRAINED_FOR, reading).await.unwrap_or(false)
    }
}

/// A body that is left behind if it is let go of before its end.
struct Watched {
    /// `None` at its end.
    body: Option<BodyDataStream>,
    left: Arc<Mutex<Left>>,
}

impl Stream for Watched {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let chunk = std::task::ready!(body.poll_next_unpin(context));
        if chunk.is_none() {
            self.body = None;
        }
        Poll::Ready(chunk)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // A body of which all was read may not have been asked for its end.
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            *lock(&self.left) = Left::Body(body);
        }
    }
}

fn lock(left: &Mutex<Left>) -> std::sync::MutexGuard<'_, Left> {
    left.lock().unwrap_or_else(PoisonError::into_inner)
}
