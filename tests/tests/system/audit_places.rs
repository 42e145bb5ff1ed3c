//! Places outside that are given checkpoints: away, slow, refusing, or changed behind the sealer's
//! back. Sealing goes on, what could not be delivered is counted, and it is delivered later.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use itam_tests::nats::NatsServer;
use itam_tests::{Client, Service, admin_token, eventually, run_itam};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::audit_proof::text;

/// How somebody who is posted to behaves.
#[derive(Clone, Copy)]
enum Mood {
    /// Answers with this status.
    Answers(u16),
    /// Takes the request and never answers.
    Silent,
}

/// Somebody who is posted to.
#[derive(Clone)]
struct Receiver {
    url: String,
    state: Arc<Mutex<(Mood, Vec<u64>)>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("bound").port();
        let url = format!("http://127.0.0.1:{port}/checkpoints");
        let receiver = Self { url, state: Arc::new(Mutex::new((Mood::Answers(200), Vec::new()))) };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let receiver = serving.clone();
                tokio::spawn(async move { receiver.serve(connection).await });
            }
        });
        receiver
    }

    /// One request for each connection.
    async fn serve(self, mut connection: TcpStream) {
        let mut request = Vec::new();
        let note = loop {
            let Ok(1..) = connection.read_buf(&mut request).await else { return };
            let all = String::from_utf8_lossy(&request[..]).into_owned();
            let Some((head, body)) = all.split_once("\r\n\r\n") else { continue };
            if !head.starts_with("POST /checkpoints ") {
                // Who follows a redirection is told that all is well.
                break None;
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
            if body.len() >= length {
                break Some(body.to_owned());
            }
        };
        let mood = self.state.lock().unwrap_or_else(PoisonError::into_inner).0;
        let status = match (mood, &note) {
            (_, None) => 200,
            (Mood::Answers(status), _) => status,
            (Mood::Silent, _) => return std::future::pending().await,
        };
        if let Some(note) = note.filter(|_| status == 200) {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).1.push(size_of(&note));
        }
        let elsewhere = "location: /elsewhere\r\n";
        let answer =
            format!("HTTP/1.1 {status} -\r\n{elsewhere}content-length: 0\r\nconnection: close\r\n\r\n");
        // The sealer may have gone.
        let _ = connection.write_all(answer.as_bytes()).await;
    }

    fn set(&self, mood: Mood) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 = mood;
    }

    /// Waits until it was given these.
    async fn has(&self, sizes: &[u64]) {
        eventually("it is given what it missed", || async {
            let given = self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
            sizes.iter().all(|size| given.contains(size)).then_some(())
        })
        .await;
    }
}

fn size_of(note: &str) -> u64 {
    note.lines().nth(1).and_then(|size| size.parse().ok()).expect("a size")
}

/// Signs a checkpoint of something new, and gives its size.
async fn sign(client: &Client, name: &str) -> u64 {
    client.done("define-vendor", json!({"name": name})).await;
    let answer = client.send(client.request(Method::POST, "/v1/sealer/checkpoint")).await;
    assert_eq!(answer.status, 200, "sealing goes on: {}", answer.text);
    size_of(&answer.text)
}

/// Waits until more deliveries have failed than so many, by the status and by the metric.
async fn failed_beyond(client: &Client, before: u64) -> u64 {
    let failures = eventually("a failure is counted", || async {
        client.fetch("/v1/sealer").await["delivery_failures"].as_u64().filter(|count| *count > before)
    })
    .await;
    eventually("the metric counts it", || async {
        let metrics = client.get("/metrics").await.text;
        let name = "itam_checkpoint_delivery_failures_total ";
        let counted = metrics.lines().find_map(|line| line.strip_prefix(name)?.parse::<u64>().ok());
        counted.filter(|counted| *counted >= failures)
    })
    .await;
    failures
}

/// The sizes of a file's lines.
fn sizes(file: &Path) -> Vec<u64> {
    let lines = fs::read_to_string(file).unwrap_or_default();
    let size = |line| serde_json::from_str::<Value>(line).ok()?["size"].as_u64();
    lines.lines().map(|line| size(line).unwrap_or(0)).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test]
async fn a_webhook_that_fails_is_given_later_what_it_missed_and_holds_up_nobody() {
    let (data, outside, hook) = (folder(), folder(), Receiver::start().await);
    let file = outside.path().join("checkpoints.ndjson");
    let places = ["--checkpoint-webhook", &hook.url, "--checkpoint-file", text(&file)];
    let often = ["--checkpoint-every", "1", "--checkpoint-interval", "1s"];
    let itam = Service::start("up", data.path(), &[&places[..], &often].concat()).await;
    let client = Client::new(&itam.url, &admin_token(data.path()).await);
    let mut signed = vec![sign(&client, "before").await];
    hook.has(&signed).await;
    let mut failures = 0;
    for (name, mood) in [
        ("failing", Mood::Answers(500)),
        // A redirection of what is posted is followed by a question that says nothing.
        ("redirecting", Mood::Answers(302)),
        ("silent", Mood::Silent),
    ] {
        hook.set(mood);
        for number in 0..3 {
            signed.push(sign(&client, &format!("{name} {number}")).await);
        }
        failures = failed_beyond(&client, failures).await;
        eventually("the file has all", || async {
            signed.iter().all(|size| sizes(&file).contains(size)).then_some(())
        })
        .await;
        hook.set(Mood::Answers(200));
        hook.has(&signed).await;
    }
}

#[tokio::test]
async fn a_file_that_was_shortened_behind_the_sealers_back_is_made_whole_again() {
    let (data, outside) = (folder(), folder());
    let file = outside.path().join("checkpoints.ndjson");
    let places = ["--checkpoint-file", text(&file), "--checkpoint-interval", "1h"];
    let itam = Service::start("up", data.path(), &places).await;
    let client = Client::new(&itam.url, &admin_token(data.path()).await);
    let mut signed = Vec::new();
    for number in 0..4 {
        signed.push(sign(&client, &format!("vendor {number}")).await);
        let wanted = signed.last().copied();
        eventually("the file has it", || async { (sizes(&file).last().copied() == wanted).then_some(()) })
            .await;
    }
    let (before, whole) = (sizes(&file), fs::read_to_string(&file).expect("written"));
    fs::write(&file, &whole[..whole.len() / 2]).expect("shortened");
    let added = sign(&client, "after").await;
    failed_beyond(&client, 0).await;
    eventually("it is whole again", || async {
        (sizes(&file) == [&before[..], &[added]].concat()).then_some(())
    })
    .await;
    assert!(fs::read_to_string(&file).expect("written").starts_with(&whole));
}

#[tokio::test]
async fn nothing_is_signed_before_a_file_can_be_asked_what_it_has() {
    let (data, outside) = (folder(), folder());
    let file = outside.path().join("checkpoints.ndjson");
    fs::create_dir(&file).expect("in the way");
    let itam = Service::start("up", data.path(), &["--checkpoint-file", text(&file)]).await;
    let client = Client::new(&itam.url, &admin_token(data.path()).await);
    client.done("define-vendor", json!({"name": "Northwind"})).await;
    let answer = client.send(client.request(Method::POST, "/v1/sealer/checkpoint")).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("cannot be asked what was signed before"), "{}", answer.text);
    assert!(client.fetch("/v1/sealer").await["trouble"].is_string());
    fs::remove_dir(&file).expect("out of the way");
    let size = sign(&client, "Southwind").await;
    eventually("the file has it", || async { (sizes(&file) == [size]).then_some(()) }).await;
}

#[tokio::test]
async fn a_witness_that_was_away_catches_up_from_the_size_that_it_knows() {
    let (data, outside) = (folder(), folder());
    let mut itam = Service::start("up", data.path(), &[]).await;
    let admin = admin_token(data.path()).await;
    let note = sign(&Client::new(&itam.url, &admin), "Northwind").await;
    assert!(note > 0);
    let key = crate::audit_proof::done(&["key", "show", "--data", text(data.path())], None).await;
    itam.stop().await;
    let known = ["--name", "witness.example", "--log-key", key.trim()];
    let mut witness = Service::start("witness", outside.path(), &known).await;
    let witness_key = Client::new(&witness.url, "").get("/key").await.text;
    let args = ["--witness", &witness.url, "--witness-key", witness_key.trim()];
    let mut itam = Service::start("up", data.path(), &args).await;
    let client = Client::new(&itam.url, &admin);
    let countersigned = async |client: &Client, size: u64| {
        eventually("it is countersigned", || async {
            let status = client.fetch("/v1/sealer").await;
            (status["countersigned"] == json!(1) && status["checkpoint"] == json!(size)).then_some(())
        })
        .await;
    };
    countersigned(&client, note).await;
    witness.stop().await;
    let mut size = 0;
    for number in 0..3 {
        size = sign(&client, &format!("unwitnessed {number}")).await;
    }
    failed_beyond(&client, 0).await;
    witness.restart().await;
    countersigned(&client, size).await;
    // A sealer that has just started does not know what the witness knows, and is told.
    itam.kill();
    itam.restart().await;
    let client = Client::new(&itam.url, &admin);
    countersigned(&client, size).await;
    let size = sign(&client, "Eastwind").await;
    countersigned(&client, size).await;
    assert_eq!(client.fetch("/v1/sealer").await["refusals"], json!(0));
}

#[tokio::test]
async fn the_sealers_user_of_the_servers_writes_checkpoints_and_nothing_of_the_log() {
    let nats = NatsServer::start_as_shipped().await.expect("a nats-server");
    let (url, data, own) = (nats.url(), folder(), folder());
    let user = |name| {
        [
            "--nats",
            url.as_str(),
            "--nats-api-prefix",
            "ITAM.API",
            "--nats-user",
            name,
            "--nats-password",
            name,
        ]
    };
    let commands = user("itam-command");
    let commands = Service::start("command-service", data.path(), &commands).await;
    let admin = admin_token(data.path()).await;
    Client::new(&commands.url, &admin).done("define-vendor", json!({"name": "Northwind"})).await;
    // In a directory of its own, with nobody's rights but its own.
    let sealer = user("itam-sealer");
    let sealer = Service::start("sealer", own.path(), &sealer).await;
    sealer.ready().await;
    let client = Client::new(&sealer.url, &admin);
    let answer = client.send(client.request(Method::POST, "/v1/sealer/checkpoint")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);

    let connect = async |name: &str| {
        let options = async_nats::ConnectOptions::with_user_and_password(name.to_owned(), name.to_owned());
        let options = options.custom_inbox_prefix(format!("_INBOX_{name}"));
        let options = options.request_timeout(Some(std::time::Duration::from_secs(2)));
        options.connect(&url).await.expect("a connection")
    };
    let keeper = connect("itam-admin").await;
    let stored = async |stream: &str| {
        let asked = keeper.request(format!("$JS.API.STREAM.INFO.{stream}"), "".into()).await;
        let info: Value = serde_json::from_slice(&asked.expect("an answer").payload).expect("JSON");
        info["state"]["messages"].as_u64().unwrap_or(0)
    };
    eventually("the checkpoint is in its stream", || async {
        (stored("ITAM_main_CHECKPOINTS").await == 1).then_some(())
    })
    .await;
    let before = stored("ITAM_main").await;
    let (sealer, other) = (connect("itam-sealer").await, connect("itam-command").await);
    for (user, subject) in [
        (&sealer, "itam.main.event.vendor.forged"),
        (&sealer, "itam.main.key.forged"),
        (&sealer, "$JS.API.STREAM.DELETE.ITAM_main"),
        (&sealer, "ITAM.API.STREAM.DELETE.ITAM_main"),
        (&sealer, "$JS.API.STREAM.DELETE.ITAM_main_CHECKPOINTS"),
        (&sealer, "$JS.API.STREAM.PURGE.ITAM_main_CHECKPOINTS"),
        (&other, "itam.main.checkpoint"),
        (&other, "$JS.API.STREAM.DELETE.ITAM_main_CHECKPOINTS"),
    ] {
        let answer = user.request(subject.to_owned(), "{}".into()).await;
        assert!(answer.is_err(), "{subject}: {answer:?}");
    }
    assert_eq!((stored("ITAM_main").await, stored("ITAM_main_CHECKPOINTS").await), (before, 1));

    // An auditor without the sealer's directory finds them there, and what does not belong there.
    let size = size_of(&answer.text);
    let reader = user("itam-reader");
    assert_eq!(audited(&reader).await, (Some(0), json!(size), json!([])));
    keeper.request("itam.main.checkpoint", "not a note".into()).await.expect("stored");
    let finding = json!({"position": 2, "finding":
                         "the stream ITAM_main_CHECKPOINTS holds something else than a checkpoint"});
    let forged = audited(&reader).await;
    assert_eq!(forged, (Some(3), json!(size), json!([finding])));
    let (code, _, complaint) = audit(&user("itam-command")).await;
    assert!(code == Some(1) && complaint.contains("the stream ITAM_main_CHECKPOINTS"), "{complaint}");
}

/// A report on a log of servers by somebody who has no data directory.
async fn audit(user: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let nowhere = folder().path().join("nowhere");
    let args = ["audit", "report", "--no-replay", "--data", text(&nowhere)];
    let output = run_itam(&[&args[..], user].concat(), &[]).await;
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Of such a report: the exit code, the size of the last checkpoint, and the findings.
async fn audited(user: &[&str]) -> (Option<i32>, Value, Value) {
    let (code, written, complaint) = audit(user).await;
    let report: Value = serde_json::from_slice(&written).unwrap_or_else(|_| panic!("{complaint}"));
    (code, report["report"]["checkpoint_size"].clone(), report["sections"]["findings"]["rows"].clone())
}
