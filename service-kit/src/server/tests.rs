//! The server over real sockets.

use std::path::PathBuf;

use axum::routing::get;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::*;

/// A bound for what hangs, not for what is slow.
const PATIENCE: Duration = Duration::from_mins(2);
const CLOSE: &str = "GET /fast HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

struct Running {
    address: std::net::SocketAddr,
    shutdown: CancellationToken,
    /// A request to `/slow` has arrived.
    arrived: Arc<Notify>,
    /// Lets `/slow` answer.
    release: Arc<Notify>,
    server: JoinHandle<io::Result<()>>,
}

async fn start(settings: ServerSettings) -> Running {
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (at_slow, until) = (Arc::clone(&arrived), Arc::clone(&release));
    let slow = async move || {
        at_slow.notify_one();
        until.notified().await;
        "slow"
    };
    let router = Router::new().route("/fast", get(async || "fast")).route("/slow", get(slow));
    let router = router.route("/deaf", axum::routing::post(async || "deaf"));
    let reserve = Router::new().route("/probe", get(async || "probe")).fallback(no_room);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let server = serve(listener, Served { routes: router, reserve }, settings, shutdown.clone());
    let server = tokio::spawn(server);
    Running { address, shutdown, arrived, release, server }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stopped(self) -> io::Result<()> {
        tokio::time::timeout(PATIENCE, self.server).await.expect("the server stops in time").unwrap()
    }
}

async fn read_all(mut stream: impl AsyncRead + Unpin) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer));
    // A server that closes by force may reset the connection: what was read still counts.
    let _ = read.await.expect("the server answers and closes in time");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn ask_slow(running: &Running) -> TcpStream {
    let mut stream = running.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    running.arrived.notified().await;
    stream
}

#[tokio::test]
async fn a_request_in_flight_is_finished_and_an_idle_connection_closed() {
    let running = start(ServerSettings::default()).await;
    let idle = running.connect().await;
    let slow = ask_slow(&running).await;

    running.shutdown.cancel();
    assert_eq!(read_all(idle).await, "");
    running.release.notify_one();
    assert!(read_all(slow).await.ends_with("slow"));
    running.stopped().await.unwrap();
}

#[tokio::test]
async fn after_the_grace_what_is_open_is_closed() {
    let grace = Duration::from_millis(50);
    let running = start(ServerSettings { grace, ..ServerSettings::default() }).await;
    let slow = ask_slow(&running).await;

    running.shutdown.cancel();
    assert_eq!(read_all(slow).await, "");
    running.stopped().await.unwrap();
}

#[tokio::test]
async fn nobody_is_taken_after_the_shutdown() {
    let running = start(ServerSettings::default()).await;
    let address = running.address;
    running.shutdown.cancel();
    running.stopped().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_slow_head_is_cut_off() {
    let header_timeout = Duration::from_millis(50);
    let running = start(ServerSettings { header_timeout, ..ServerSettings::default() }).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /fast HT").await.unwrap();
    assert!(!read_all(stream).await.contains("200 OK"));
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let header_timeout = Duration::from_millis(50);
    let running = start(ServerSettings { header_timeout, ..ServerSettings::default() }).await;
    assert_eq!(read_all(running.connect().await).await, "");

    // Long enough for a slow machine to send the request.
    let header_timeout = Duration::from_secs(3);
    let running = start(ServerSettings { header_timeout, ..ServerSettings::default() }).await;
    let mut after_a_request = running.connect().await;
    after_a_request.write_all(b"GET /fast HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert!(read_all(after_a_request).await.ends_with("fast"));
}

#[tokio::test]
async fn where_all_are_at_work_probes_are_answered_and_nothing_else() {
    let running = start(ServerSettings { connections: 1, ..ServerSettings::default() }).await;
    let mut slow = ask_slow(&running).await;
    for (path, status) in [("/probe", "200 OK"), ("/fast", "503 Service Unavailable")] {
        let mut beyond = running.connect().await;
        beyond.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await.unwrap();
        let answer = read_all(beyond).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    running.release.notify_one();
    let mut answer = Vec::new();
    while !answer.ends_with(b"slow") {
        answer.push(slow.read_u8().await.unwrap());
    }
    let mut after = running.connect().await;
    after.write_all(CLOSE.as_bytes()).await.unwrap();
    assert!(read_all(after).await.ends_with("fast"));
}

#[tokio::test]
async fn one_that_is_idle_leaves_for_one_that_comes() {
    let running = start(ServerSettings { connections: 1, ..ServerSettings::default() }).await;
    let idle = running.connect().await;
    let mut next = running.connect().await;
    next.write_all(CLOSE.as_bytes()).await.unwrap();
    assert!(read_all(next).await.ends_with("fast"));
    assert_eq!(read_all(idle).await, "");
}

/// Sends a request whose body nobody reads, and another one behind it.
async fn send_unread(running: &Running, length: usize, sent: usize, header: &str) -> String {
    let mut stream = running.connect().await;
    let head = format!("POST /deaf HTTP/1.1\r\nhost: localhost\r\n{header}content-length: {length}\r\n\r\n");
    let request = head + &"x".repeat(sent) + CLOSE;
    // It may close before it has read everything.
    let _ = stream.write_all(request.as_bytes()).await;
    read_all(stream).await
}

#[tokio::test]
async fn a_connection_outlives_a_body_that_nobody_reads_or_says_that_it_ends() {
    let running = start(ServerSettings::default()).await;
    for length in [1, 700_000] {
        let answer = send_unread(&running, length, length, "").await;
        let (deaf, fast) = answer.split_once("deaf").unwrap_or_else(|| panic!("{answer}"));
        assert!(!deaf.contains("connection: close") && fast.ends_with("fast"), "{answer}");
    }
    for (length, header) in [(1 << 40, ""), (10, "expect: 100-continue\r\n")] {
        let answer = send_unread(&running, length, 0, header).await;
        assert!(answer.contains("connection: close") && answer.ends_with("deaf"), "{answer}");
    }
}

#[tokio::test]
async fn no_answer_is_guessed_to_be_something_else() {
    let running = start(ServerSettings::default()).await;
    for path in ["/fast", "/nowhere"] {
        let mut stream = running.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read_all(stream).await;
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
}

/// A self-signed certificate that nobody trusts but these tests.
fn test_certificate() -> TlsFiles {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/testdata");
    TlsFiles { certificates: folder.join("localhost.cert.pem"), key: folder.join("localhost.key.pem") }
}

async fn connect_tls(running: &Running, protocol: &str) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(test_certificate().certificates).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, running.connect().await).await.unwrap()
}

#[tokio::test]
async fn tls_serves_http_1_and_http_2() {
    let running = start(ServerSettings { tls: Some(test_certificate()), ..ServerSettings::default() }).await;

    let mut http1 = connect_tls(&running, "http/1.1").await;
    http1.write_all(CLOSE.as_bytes()).await.unwrap();
    assert!(read_all(http1).await.ends_with("fast"));

    let mut http2 = connect_tls(&running, "h2").await;
    assert_eq!(http2.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    // The preface and an empty SETTINGS frame; the server's first frame is SETTINGS (type 4).
    http2.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    http2.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4);
}

#[tokio::test]
async fn tls_files_that_cannot_be_used_are_named() {
    let good = test_certificate();
    let missing = TlsFiles { key: "no-such-key.pem".into(), ..good.clone() };
    assert!(missing.load().unwrap_err().to_string().contains("no-such-key.pem"));
    let swapped = TlsFiles { certificates: good.key.clone(), key: good.key };
    assert!(matches!(swapped.load(), Err(crate::TlsError::NoCertificate(_))));
}
