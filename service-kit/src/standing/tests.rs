//! What is revoked stops: whatever a handler does.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;
use futures_util::stream;
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::testing::{body_json, send_with};
use crate::{
    ActorKind, Admission, AuthenticationFault, Authenticator, HttpKit, Identity, Metrics, Role,
    ServerSettings, serve,
};

const TOKEN: (&str, &str) = ("authorization", "Bearer good");

/// What the store says of the one token.
const VALID: u8 = 0;
const REVOKED: u8 = 1;
const OTHER_ROLE: u8 = 2;
const AWAY: u8 = 3;
const EXPIRED: u8 = 4;

#[derive(Clone, Default)]
struct Store {
    word: Arc<AtomicU8>,
    /// Held by each flood.
    held: Arc<()>,
}

impl Store {
    fn becomes(&self, word: u8) {
        self.word.store(word, Ordering::SeqCst);
    }
}

#[async_trait]
impl Authenticator for Store {
    async fn authenticate(&self, _bearer: &str) -> Result<Admission, AuthenticationFault> {
        let role = match self.word.load(Ordering::SeqCst) {
            REVOKED => return Ok(Admission::Unknown),
            EXPIRED => return Ok(Admission::Expired(DateTime::UNIX_EPOCH)),
            AWAY => return Err(AuthenticationFault("the store is away".into())),
            OTHER_ROLE => Role::Requester,
            _ => Role::Auditor,
        };
        let (actor, name) = ("t-1".into(), "nightly audit".into());
        Ok(Admission::Granted(Identity { actor, actor_kind: ActorKind::Service, name, role }))
    }
}

fn endless(chunk: &'static str) -> Body {
    Body::from_stream(stream::once(async move { Ok::<_, Infallible>(chunk) }).chain(stream::pending()))
}

fn events() -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream")], endless("data: 1\n\n")).into_response()
}

/// Ends itself with a last line, as streams of commands do; or never, which it ought to.
fn lines(standing: TokenStanding, is_true_to_its_word: bool) -> Response {
    let last = async move {
        standing.withdrawn().await;
        if !is_true_to_its_word {
            std::future::pending::<()>().await;
        }
        Ok::<_, Infallible>("the last line\n")
    };
    let mut response = Response::new(Body::from_stream(stream::once(last)));
    TokenStanding::let_end_itself(&mut response);
    response
}

/// More than any buffer takes, for as long as the one who reads holds `held`.
fn flood(held: Arc<()>) -> Body {
    let chunks = stream::unfold(held, async |held| Some((Ok::<_, Infallible>(FLOOD), held)));
    Body::from_stream(chunks)
}

fn service(store: &Store) -> Router {
    let held = Arc::clone(&store.held);
    let protected = Router::new()
        .route("/events", get(async || events()))
        .route("/export", get(async || endless("half\n")))
        .route("/lines", get(async |standing: TokenStanding| lines(standing, true)))
        .route("/liar", get(async |standing: TokenStanding| lines(standing, false)))
        .route("/wait", get(async || std::future::pending::<()>().await))
        .route("/flood", get(async move || flood(held)));
    HttpKit::new(Metrics::new(), Arc::new(store.clone())).wrap(protected, Router::new())
}

static FLOOD: &[u8] = &[b'x'; 64 * 1024];

/// The chunks of an answer and whether it ended in order.
async fn read(response: Response) -> (String, bool) {
    let mut text = String::new();
    let mut body = response.into_body().into_data_stream();
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(bytes) => text.push_str(std::str::from_utf8(&bytes).expect("text")),
            Err(_) => return (text, false),
        }
    }
    (text, true)
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_token_is_revoked_or_gets_another_role() {
    for word in [REVOKED, OTHER_ROLE, EXPIRED] {
        for (path, begins, is_whole) in [
            ("/events", "data: 1\n\nevent: problem\ndata: {", true),
            ("/export", "half\n", false),
            ("/lines", "the last line\n", true),
            ("/liar", "", false),
        ] {
            let store = Store::default();
            let response = send_with(&service(&store), path, &[TOKEN]).await;
            assert_eq!(response.status(), 200);
            let started = tokio::time::Instant::now();
            store.becomes(word);
            let (text, was_whole) = read(response).await;
            assert!(text.starts_with(begins), "{path}: {text}");
            assert_eq!(was_whole, is_whole, "{path}");
            assert!(started.elapsed() < Duration::from_secs(2), "{path}: {:?}", started.elapsed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_an_answer_is_refused_it() {
    for (word, reason) in [(REVOKED, None), (EXPIRED, Some("expired"))] {
        let store = Store::default();
        let service = service(&store);
        let waiting = tokio::spawn(async move { send_with(&service, "/wait", &[TOKEN]).await });
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(!waiting.is_finished());
        store.becomes(word);
        let response = waiting.await.expect("no panic");
        assert_eq!(response.status(), 401);
        let problem = body_json(response).await;
        assert_eq!((problem["code"].as_str(), problem["reason"].as_str()), (Some("unauthenticated"), reason));
    }
}

#[tokio::test]
async fn an_expired_token_is_told_so_at_the_door_and_by_the_last_event() {
    let store = Store::default();
    let service = service(&store);
    let open = send_with(&service, "/events", &[TOKEN]).await;
    store.becomes(EXPIRED);
    let response = send_with(&service, "/events", &[TOKEN]).await;
    assert_eq!(response.status(), 401);
    let challenge = response.headers()["www-authenticate"].to_str().expect("text").to_owned();
    assert!(challenge.contains("error=\"invalid_token\"") && challenge.contains("expired"), "{challenge}");
    let problem = body_json(response).await;
    assert_eq!(
        (&problem["reason"], &problem["expired_at"]),
        (&"expired".into(), &"1970-01-01T00:00:00.000Z".into())
    );
    let (text, was_whole) = read(open).await;
    assert!(was_whole && text.contains("\"reason\":\"expired\""), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_a_store_that_is_away_for_a_moment_and_not_for_long() {
    let store = Store::default();
    let response = send_with(&service(&store), "/export", &[TOKEN]).await;
    let mut body = response.into_body().into_data_stream();
    assert!(body.next().await.is_some_and(|chunk| chunk.is_ok()));
    for word in [AWAY, VALID, AWAY, VALID] {
        store.becomes(word);
        let more = tokio::time::timeout(Duration::from_secs(20), body.next()).await;
        assert!(more.is_err(), "cut off");
    }
    store.becomes(AWAY);
    let end = tokio::time::timeout(Duration::from_secs(40), body.next()).await.expect("cut off");
    assert!(end.is_some_and(|chunk| chunk.is_err()));
}

#[tokio::test]
async fn a_connection_whose_answer_nobody_reads_is_closed() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let store = Store::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shutdown = CancellationToken::new();
    let service = service(&store);
    let before = Arc::strong_count(&store.held);
    let server = serve(listener, service, ServerSettings::default(), shutdown.clone());
    let server = tokio::spawn(server);
    let mut client = TcpStream::connect(address).await.expect("a connection");
    let request = b"GET /flood HTTP/1.1\r\nhost: x\r\nauthorization: Bearer good\r\n\r\n";
    client.write_all(request).await.expect("sent");
    let mut head = [0; 12];
    client.read_exact(&mut head).await.expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200");
    assert!(Arc::strong_count(&store.held) > before, "the flood goes on");

    store.becomes(REVOKED);
    // The client has read no more than the first bytes.
    let let_go = async {
        while Arc::strong_count(&store.held) > before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), let_go).await.expect("the flood ends");
    let rest = async {
        let mut bytes = Vec::new();
        // A reset is an end as well.
        let _ = client.read_to_end(&mut bytes).await;
        bytes
    };
    let rest = tokio::time::timeout(Duration::from_secs(20), rest).await.expect("the connection ends");
    assert!(!rest.ends_with(b"0\r\n\r\n"), "it looks whole");
    shutdown.cancel();
    server.await.expect("no panic").expect("served");
}
