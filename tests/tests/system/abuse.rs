//! What one client alone could do to all others: hold connections, be answered more than it sends, say two
//! things at once.

use std::cell::RefCell;
use std::process::Stdio;

use itam_tests::ports::Port;
use itam_tests::{Answer, Client, Service, eventually, itam_binary};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::installation::{Installation, assert_problem};
use crate::limits::unfinished_command;

async fn connect(service: &Service) -> TcpStream {
    TcpStream::connect(service.url.trim_start_matches("http://")).await.expect("a connection")
}

/// A connection on which a request of the token is in progress, if it is not closed for another before that is
/// read.
async fn hold(service: &Service, token: &str) -> TcpStream {
    let mut stream = connect(service).await;
    let _ = stream.write_all(unfinished_command(token).as_bytes()).await;
    stream
}

/// Holds requests of the administrator in progress until another is refused: one more before each look, for a
/// look may have taken the place of one that was not read yet.
pub(crate) async fn hold_all(
    itam: &Installation,
    look: impl AsyncFn() -> Answer,
) -> (Vec<TcpStream>, Answer) {
    let held = RefCell::new(Vec::new());
    let refused = eventually("everything is taken", || async {
        let another = hold(&itam.services[0], &itam.admin).await;
        held.borrow_mut().push(another);
        let answer = look().await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    (held.into_inner(), refused)
}

async fn post_lines(client: &Client, body: String) -> Answer {
    let request = client.request(Method::POST, "/v1/commands").header("content-type", "application/x-ndjson");
    client.send(request.body(body)).await
}

fn results(answer: &Answer) -> Vec<Value> {
    answer.text.lines().map(|line| serde_json::from_str(line).expect("a result")).collect()
}

#[tokio::test]
async fn connections_that_say_nothing_hold_nobody_out() {
    let itam = Installation::embedded_with(&["--max-connections", "20", "--header-timeout", "1h"]).await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(connect(&itam.services[0]).await);
    }
    for _ in 0..3 {
        let client = Client::new(&itam.services[0].url, &itam.admin);
        assert_eq!(client.get("/v1/vendors").await.status, 200);
    }
}

#[tokio::test]
async fn probes_are_answered_when_everything_is_taken() {
    let limits = ["--max-connections", "8", "--request-timeout", "1h", "--body-idle", "1h"];
    let itam = Installation::embedded_with(&limits).await;
    let beyond = || Client::new(&itam.services[0].url, &itam.admin);
    let (held, refused) = hold_all(&itam, async || beyond().get("/v1/vendors").await).await;
    assert_problem(&refused, 503, "not-ready");
    assert_eq!((refused.header("retry-after"), refused.header("connection")), (Some("1"), Some("close")));
    for path in ["/livez", "/readyz"] {
        assert_eq!(beyond().get(path).await.status, 200, "{path}");
    }
    drop(held);
    eventually("there is room again", || async {
        (beyond().get("/v1/vendors").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_token_has_its_share_of_what_is_in_progress() {
    let limits = ["--max-requests-per-token", "3", "--request-timeout", "1h", "--body-idle", "1h"];
    let itam = Installation::embedded_with(&limits).await;
    let colleague = itam.colleague("administrator", None).await;
    let (held, refused) = hold_all(&itam, async || itam.commands.get("/v1/vendors").await).await;
    assert_problem(&refused, 429, "too-many-requests");
    assert_eq!(colleague.get("/v1/vendors").await.status, 200);
    drop(held);
    eventually("it may ask again", || async {
        (itam.commands.get("/v1/vendors").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_or_the_lack_of_it_told() {
    for (limit, is_enough) in [("ulimit -Sn 300", true), ("ulimit -n 700", false)] {
        let data = tempfile::tempdir().expect("a folder");
        let port = Port::take().expect("a port is free");
        let script = format!("{limit} && exec \"$0\" \"$@\"");
        let address = format!("127.0.0.1:{}", port.number());
        let mut command = tokio::process::Command::new("sh");
        command.args(["-c", &script]).arg(itam_binary()).args(["up", "--listen", &address, "--data"]);
        command.arg(data.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().expect("itam can be started");
        let client = Client::new(&format!("http://{address}"), "");
        eventually("it is alive", || async { client.is_alive().await.then_some(()) }).await;
        let id = child.id().expect("it runs");
        let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).expect("its limits");
        let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
        let soft: u64 = files.split_whitespace().nth(3).and_then(|text| text.parse().ok()).expect("a number");
        assert_eq!(soft >= 4096, is_enough, "{files}");
        child.start_kill().expect("it can be killed");
        let log = child.wait_with_output().await.expect("it ends").stderr;
        let log = String::from_utf8_lossy(&log);
        assert_eq!(!log.contains("--max-connections"), is_enough, "{log}");
    }
}

#[tokio::test]
async fn lines_that_are_no_commands_end_the_answer() {
    let itam = Installation::embedded().await;
    for line in
        ["", "{", "[]", r#"{"command":"no-such-command"}"#, r#"{"command":"define-vendor","data":{"x":1}}"#]
    {
        let body = format!("{line}\n").repeat(1_000_000 / (line.len() + 1));
        let answer = post_lines(&itam.commands, body).await;
        let results = results(&answer);
        assert_eq!((answer.status, results.len()), (200, 101), "{line:?}");
        let last = &results[100];
        assert_eq!(last["problem"]["code"], "too-many-bad-lines", "{last}");
        assert_eq!((&last["line"], &last["status"]), (&json!(101), &json!(400)), "{last}");
    }
    let good =
        |number: u32| json!({"command": "define-vendor", "data": {"name": format!("V{number}")}}).to_string();
    let mixed = |number: u32| format!("{}{}\n", "\n".repeat(99), good(number));
    let answer = post_lines(&itam.commands, (0..12).map(mixed).collect()).await;
    let results = results(&answer);
    // The thousandth bad one is the tenth behind the tenth good one.
    assert_eq!(results.len(), 10 * 100 + 10 + 1, "{}", answer.text.len());
    assert_eq!(results.iter().filter(|result| result["status"] == 201).count(), 10);
    assert_eq!(results.last().expect("a result")["problem"]["bad_lines"], 1000);
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused_by_every_door() {
    let itam = Installation::up_on_nats().await;
    let twice = r#"{"name":"A","contact":{"email":"a@b.example","email":"c@d.example"}}"#;
    let same = r#"{"name":"A","name":"A"}"#;
    let nats = itam.nats.as_ref().expect("a nats-server");
    let nats = async_nats::connect(nats.url()).await.expect("a connection");
    for body in [twice, same] {
        let request = itam.commands.request(Method::POST, "/v1/commands/define-vendor");
        let answer = itam.commands.send(request.header("content-type", "application/json").body(body)).await;
        assert_problem(&answer, 422, "duplicate-field");
        let line = format!("{{\"command\":\"define-vendor\",\"data\":{body}}}\n");
        let answer = post_lines(&itam.commands, line).await;
        assert_eq!(results(&answer)[0]["problem"]["code"], "duplicate-field", "{}", answer.text);
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Authorization", format!("Bearer {}", itam.admin));
        let subject = "itam.main.command.define-vendor";
        let reply = nats.request_with_headers(subject, headers.clone(), body.into()).await.expect("answered");
        let reply: Value = serde_json::from_slice(&reply.payload).expect("JSON");
        assert_eq!(reply["code"], "duplicate-field", "{reply}");
        headers.append("Authorization", format!("Bearer {}", itam.admin));
        let reply =
            nats.request_with_headers(subject, headers, r#"{"name":"B"}"#.into()).await.expect("answered");
        let reply: Value = serde_json::from_slice(&reply.payload).expect("JSON");
        assert_eq!(reply["code"], "malformed-request", "{reply}");
    }
    let vendor = |name: &str, value: &str| {
        let request = itam.commands.request(Method::POST, "/v1/commands/define-vendor");
        let request = request.header("content-type", "application/json").header(name, value);
        itam.commands.send(request.body(r#"{"name":"B"}"#))
    };
    let answer = vendor("content-encoding", "gzip").await;
    assert_problem(&answer, 415, "unsupported-encoding");
    assert_eq!(answer.header("accept-encoding"), Some("identity"));
    assert_problem(&vendor("authorization", "Bearer another").await, 400, "malformed-request");
    for content_type in ["application/json; charset=latin1", "application/json; charset"] {
        let request = itam.commands.request(Method::POST, "/v1/commands/define-vendor");
        let request = request.header("content-type", content_type).body(r#"{"name":"B"}"#);
        assert_problem(&itam.commands.send(request).await, 415, "unsupported-media-type");
    }
    let request = itam.commands.request(Method::POST, "/v1/commands");
    let request = request.header("content-type", "application/x-ndjson").header("content-encoding", "zstd");
    assert_problem(&itam.commands.send(request.body("\n")).await, 415, "unsupported-encoding");
    assert_eq!(itam.head().await, 0, "nothing happened");
}

#[tokio::test]
async fn no_answer_is_guessed_to_be_something_else() {
    let itam = Installation::embedded().await;
    let stranger = Client::new(&itam.services[0].url, "");
    for (client, path, status) in [
        (&stranger, "/livez", 200),
        (&stranger, "/metrics", 200),
        (&stranger, "/docs", 200),
        (&stranger, "/openapi.json", 200),
        (&stranger, "/asyncapi.json", 200),
        (&stranger, "/nowhere", 404),
        (&stranger, "/v1/vendors", 401),
        (&itam.commands, "/v1/vendors", 200),
        (&itam.commands, "/v1/commands/define-vendor", 405),
        (&itam.commands, "/v1/vendors?limit=x", 400),
    ] {
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status, answer.header("x-content-type-options")),
            (status, Some("nosniff")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn metrics_can_have_an_address_of_their_own() {
    let port = Port::take().expect("a port is free");
    let address = format!("127.0.0.1:{}", port.number());
    let itam = Installation::embedded_with(&["--metrics-listen", &address]).await;
    assert_problem(&itam.commands.get("/metrics").await, 404, "not-found");
    let apart = Client::new(&format!("http://{address}"), "");
    let page = apart.get("/metrics").await;
    assert!(page.status == 200 && page.text.contains("itam_http_requests_total"), "{}", page.text);
    for path in ["/v1/vendors", "/livez", "/docs"] {
        assert_problem(&apart.get(path).await, 404, "not-found");
    }
}

#[tokio::test]
async fn requests_that_are_refused_for_lack_of_room_lose_no_answer() {
    let limits = ["--max-requests", "1", "--request-timeout", "1h", "--body-idle", "1h"];
    let itam = Installation::embedded_with(&limits).await;
    let (_held, refused) = hold_all(&itam, async || itam.commands.get("/v1/vendors").await).await;
    assert_problem(&refused, 503, "not-ready");
    let body = json!({"name": "x".repeat(100_000)}).to_string();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (client, body) = (itam.commands.clone(), body.clone());
        senders.spawn(async move {
            for _ in 0..20 {
                let request = client.request(Method::POST, "/v1/commands/define-vendor");
                let request = request.header("content-type", "application/json").body(body.clone());
                let answer = client.try_send(request).await.expect("an answer, and no broken pipe");
                assert_problem(&answer, 503, "not-ready");
            }
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender.expect("no sender failed");
    }
}

#[tokio::test]
async fn what_nobody_would_see_is_refused_in_every_field() {
    let itam = Installation::embedded().await;
    for (command, fields, pointer) in [
        ("define-vendor", json!({"name": "Lenovo\u{202E}"}), "/name"),
        ("define-vendor", json!({"name": "Grö\u{200D}ße"}), "/name"),
        ("define-vendor", json!({"name": "Lenovo\u{2800}"}), "/name"),
        ("define-vendor", json!({"name": "Lenovo", "reason": "\u{200B}x"}), "/reason"),
        ("add-person", json!({"display_name": "Ada\u{2066} Lovelace"}), "/display_name"),
        ("deploy-asset", json!({"asset": "LT-\u{AD}1", "custodian": {"person": "x"}}), "/asset"),
        ("define-model", json!({"name": "T14", "attributes": [{"a/b": "\u{E0041}"}]}), "/attributes/0/a~1b"),
    ] {
        let answer = itam.commands.command(command, fields).await;
        assert_problem(&answer, 422, "invalid-value");
        let error = &answer.json()["errors"][0];
        assert_eq!(
            (&error["code"], &error["pointer"]),
            (&json!("hidden-character"), &json!(pointer)),
            "{error}"
        );
        assert!(error["detail"].as_str().is_some_and(|text| text.contains("U+")), "{error}");
    }
    let answer = itam.commands.command("define-vendor", json!({"a\u{202E}b": "x"})).await;
    assert_problem(&answer, 422, "unknown-field");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/a<U+202E>b", "{}", answer.text);
    assert!(!answer.text.contains('\u{202E}'), "{}", answer.text);
    let line = json!({"command": "define-vendor", "data": {"name": "A\u{FEFF}"}});
    let answer = post_lines(&itam.commands, line.to_string()).await;
    assert_eq!(results(&answer)[0]["problem"]["errors"][0]["code"], "hidden-character", "{}", answer.text);
    let seen = "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}\u{627}\u{647}\u{645}";
    itam.commands.done("define-vendor", json!({"name": seen})).await;
}
