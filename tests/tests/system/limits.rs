//! Every limit of the HTTP door, as whoever reaches it meets it.

use std::time::{Duration, Instant};

use itam_tests::{Client, Service, eventually, run_itam};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::abuse::hold_all;
use crate::installation::{Installation, assert_problem};

async fn connect(service: &Service) -> TcpStream {
    let address = service.url.trim_start_matches("http://");
    TcpStream::connect(address).await.expect("a connection")
}

/// What the server answers until it closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_mins(2), stream.read_to_end(&mut answer)).await;
    // A reset by the server is an end, too.
    let _ = read.expect("the server ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A command whose body never ends.
pub(crate) fn unfinished_command(token: &str) -> String {
    format!(
        "POST /v1/commands/define-vendor HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    )
}

#[tokio::test]
async fn an_identity_that_sends_too_much_gets_429_and_others_do_not() {
    let itam = Installation::embedded_with(&["--rate", "1", "--rate-burst", "5"]).await;
    let other = itam.token("other", "administrator", None).await;
    let other = Client::new(&itam.services[0].url, &other);
    let refused = eventually("more than the burst was sent", || async {
        let answer = itam.queries.get("/v1/vendors").await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    assert_problem(&refused, 429, "too-many-requests");
    let wait: u64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("a time");
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(other.get("/v1/vendors").await.status, 200);
    assert_eq!(Client::new(&itam.services[0].url, "").get("/readyz").await.status, 200);
    let metrics = other.get("/metrics").await.text;
    assert!(metrics.contains("itam_http_rate_limited_total 1"), "{metrics}");
    eventually("it may send again", || async {
        (itam.queries.get("/v1/vendors").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn streamed_lines_count_as_requests_and_are_slowed_instead_of_refused() {
    let itam = Installation::embedded_with(&["--rate", "20", "--rate-burst", "10"]).await;
    let line = |number: u32| json!({"command": "define-vendor", "data": {"name": format!("V{number}")}});
    let lines: Vec<String> = (0..40).map(|number| line(number).to_string()).collect();
    let body = lines.join("\n");
    let begun = Instant::now();
    let request = itam.commands.request(Method::POST, "/v1/commands");
    let answer = itam.commands.send(request.header("content-type", "application/x-ndjson").body(body)).await;
    let taken = begun.elapsed();
    let results: Vec<Value> =
        answer.text.lines().map(|line| serde_json::from_str(line).expect("a result")).collect();
    assert_eq!(results.len(), 40, "{}", answer.text);
    assert!(results.iter().all(|result| result["status"] == 201), "{}", answer.text);
    assert!(taken >= Duration::from_secs(1), "40 lines at 20 a second took {taken:?}");
}

#[tokio::test]
async fn bodies_heads_and_pauses_have_limits() {
    let limits =
        ["--max-body", "1KiB", "--max-headers", "16KiB", "--header-timeout", "3s", "--body-idle", "1s"];
    let itam = Installation::embedded_with(&limits).await;
    let service = &itam.services[0];
    let long = itam.commands.command("define-vendor", json!({"name": "x".repeat(2000)})).await;
    assert_problem(&long, 413, "payload-too-large");

    let mut large_head = connect(service).await;
    let padding = "x".repeat(20_000);
    let head = format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Padding: {padding}\r\n\r\n");
    // It may close before it has read everything.
    let _ = large_head.write_all(head.as_bytes()).await;
    let answer = rest(large_head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");

    let mut slow_head = connect(service).await;
    slow_head.write_all(b"GET /livez HTTP/1.1\r\nHost:").await.expect("sent");
    let answer = rest(slow_head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");

    let idle = connect(service).await;
    assert_eq!(rest(idle).await, "");

    let mut slow_body = connect(service).await;
    slow_body.write_all(unfinished_command(&itam.admin).as_bytes()).await.expect("sent");
    let answer = rest(slow_body).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("malformed-request"), "{answer}");
}

#[tokio::test]
async fn requests_in_progress_have_a_limit() {
    let patient = ["--request-timeout", "1h", "--body-idle", "1h", "--max-requests", "1"];
    let itam = Installation::embedded_with(&patient).await;
    let (held, refused) = hold_all(&itam, async || itam.queries.get("/v1/vendors").await).await;
    assert_problem(&refused, 503, "not-ready");
    assert_eq!(refused.header("retry-after"), Some("1"));
    drop(held);
    eventually("the place is free", || async {
        (itam.queries.get("/v1/vendors").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn time_and_connections_have_limits() {
    let itam = Installation::embedded_with(&["--request-timeout", "1s"]).await;
    let mut slow = connect(&itam.services[0]).await;
    slow.write_all(unfinished_command(&itam.admin).as_bytes()).await.expect("sent");
    let mut answer = vec![0; 2048];
    let length = slow.read(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 504") && answer.contains("timed-out"), "{answer}");
    drop(slow);

    let itam = Installation::embedded_with(&["--max-connections", "2", "--header-timeout", "2s"]).await;
    let held = [connect(&itam.services[0]).await, connect(&itam.services[0]).await];
    // Both places may be held by clients of the start for a while; then this one waits its turn.
    let answer = Client::new(&itam.services[0].url, "").get("/livez").await;
    assert_eq!(answer.status, 200);
    for stream in held {
        assert_eq!(rest(stream).await, "");
    }
}

#[tokio::test]
async fn wrong_limits_and_unreadable_tls_files_are_refused_before_anything_is_said() {
    let data = tempfile::tempdir().expect("a folder");
    let path = data.path().join("data");
    let path = path.to_str().expect("a path");
    let missing = data.path().join("missing.pem");
    let missing = missing.to_str().expect("a path");
    let garbage = data.path().join("garbage.pem");
    std::fs::write(&garbage, "no certificate").expect("written");
    let garbage = garbage.to_str().expect("a path");
    for (args, words) in [
        (vec!["--rate", "many"], "invalid value"),
        (vec!["--max-body", "1 stone"], "invalid value"),
        (vec!["--header-timeout", "soon"], "invalid value"),
        (vec!["--tls-cert", missing], "--tls-key"),
        (vec!["--tls-cert", missing, "--tls-key", missing], "missing.pem"),
        (vec!["--tls-cert", garbage, "--tls-key", garbage], "no certificate in"),
        (vec!["--nats", "tls://127.0.0.1:1", "--nats-ca", missing], "missing.pem"),
        (vec!["--nats", "tls://127.0.0.1:1", "--nats-ca", garbage], "garbage.pem"),
        (vec!["--nats", "tls://127.0.0.1:1", "--nats-cert", missing, "--nats-key", missing], "missing.pem"),
        (vec!["--nats", "nats://127.0.0.1:1", "--nats-creds", missing], "missing.pem"),
    ] {
        let all = [&["up", "--data", path, "--listen", "127.0.0.1:0"][..], &args].concat();
        let output = run_itam(&all, &[]).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && complaint.contains(words), "{args:?}: {complaint}");
        assert!(output.stdout.is_empty(), "{args:?} welcomes: {output:?}");
    }
}
