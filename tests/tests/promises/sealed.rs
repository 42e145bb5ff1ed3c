//! Somebody who may do everything with the servers changes the history: one stored message, one that
//! is gone, an older state that goes on. The process that seals, the witness and the auditor's
//! verifier each find it out.

use std::path::Path;

use async_nats::{HeaderMap, header};
use itam_tests::nats::{NatsOptions, NatsServer};
use itam_tests::{Client, Service, admin_token, eventually, run_itam};
use serde_json::{Value, json};
use tempfile::TempDir;

/// So many vendors are defined before anything is changed; each is one event and one key.
const VENDORS: u32 = 12;

/// A stored message, as an administrator of the servers sees it.
struct Stored {
    subject: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Services on a nats-server, a witness somewhere else, and an auditor with a folder.
struct Scene {
    nats: NatsServer,
    data: TempDir,
    /// What the auditor and the witness have, and the operator has not.
    outside: TempDir,
    commands: Service,
    projector: Option<Service>,
    witness: Service,
    admin: String,
    log_key: String,
    witness_key: String,
}

impl Scene {
    /// A history that is sealed, countersigned, and whose checkpoint the auditor has.
    async fn new() -> Self {
        let nats = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
        let (data, outside) = (folder(), folder());
        let url = nats.url();
        let commands = Service::start("command-service", data.path(), &["--nats", &url]).await;
        let admin = admin_token(data.path()).await;
        define_vendors(&commands, &admin, "honest", VENDORS).await;
        // The log's key is made when something is sealed first, and handed over to the witness.
        let mut first = Service::start("projector", data.path(), &["--nats", &url]).await;
        checkpoint(&first, &admin).await;
        first.stop().await;
        let folder = data.path().display().to_string();
        let shown = run_itam(&["audit", "key", "show", "--data", &folder], &[]).await;
        let log_key = String::from_utf8(shown.stdout).expect("text").trim().to_owned();
        let known = ["--log-key", &log_key, "--name", "witness.example"];
        let witness = Service::start("witness", &outside.path().join("witness"), &known).await;
        let witness_key = Client::new(&witness.url, "").get("/key").await.text.trim().to_owned();
        let mut scene =
            Self { nats, data, outside, commands, projector: None, witness, admin, log_key, witness_key };
        scene.projector = Some(scene.start_projector().await);
        scene.countersigned(1).await;
        let note = checkpoint(scene.projector(), &scene.admin).await;
        std::fs::write(scene.outside("checkpoint"), note).expect("the auditor keeps it");
        scene
    }

    async fn start_projector(&self) -> Service {
        let args = self.projector_args();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        Service::start("projector", self.data.path(), &args).await
    }

    fn projector_args(&self) -> Vec<String> {
        let (nats, witness) = (self.nats.url(), self.witness.url.clone());
        let args = [
            ["--nats", &nats],
            ["--witness", &witness],
            ["--witness-key", &self.witness_key],
            ["--checkpoint-interval", "1s"],
            ["--scrub-interval", "1s"],
        ];
        args.concat().into_iter().map(str::to_owned).collect()
    }

    fn projector(&self) -> &Service {
        self.projector.as_ref().expect("it runs")
    }

    fn outside(&self, name: &str) -> std::path::PathBuf {
        self.outside.path().join(name)
    }

    /// Waits until so many witnesses have countersigned the newest checkpoint.
    async fn countersigned(&self, count: u64) {
        let client = Client::new(&self.projector().url, &self.admin);
        eventually("it is countersigned", || async {
            let status = client.fetch("/v1/sealer").await;
            (status["countersigned"] == json!(count) && status["checkpoint"] == status["sealed"])
                .then_some(())
        })
        .await;
    }

    /// Does to the stream what only an administrator of the servers can.
    async fn rewrite(&self, change: impl FnOnce(&mut Vec<Stored>)) {
        let nats = async_nats::connect(self.nats.url()).await.expect("a connection");
        let ask = async |verb: &str, body: String| -> Value {
            let answer = nats.request(format!("$JS.API.STREAM.{verb}.ITAM_main"), body.into()).await;
            serde_json::from_slice(&answer.expect("an answer").payload).expect("JSON")
        };
        let info = ask("INFO", String::new()).await;
        let jetstream = async_nats::jetstream::new(nats.clone());
        let stream = jetstream.get_stream("ITAM_main").await.expect("the stream");
        let mut messages = Vec::new();
        for position in 1..=info["state"]["last_seq"].as_u64().expect("a position") {
            let message = stream.get_raw_message(position).await.expect("a message");
            let (subject, headers) = (message.subject.to_string(), plain(&message.headers));
            messages.push(Stored { subject, headers, body: message.payload.to_vec() });
        }
        change(&mut messages);
        ask("DELETE", String::new()).await;
        let made = ask("CREATE", info["config"].to_string()).await;
        assert!(made["error"].is_null(), "{made}");
        for Stored { subject, headers, body } in messages {
            let stored = jetstream.publish_with_headers(subject, headers, body.into()).await;
            stored.expect("published").await.expect("stored");
        }
    }

    /// Removes all that would betray the operator, but for the key, which is needed to sign again.
    async fn cover_up(&self) {
        for name in ["merkle.redb", "checkpoints.redb"] {
            std::fs::remove_file(self.data.path().join(name)).expect("it can be removed");
        }
        std::fs::remove_dir_all(self.data.path().join("read-model")).expect("it can be removed");
        let nats = async_nats::connect(self.nats.url()).await.expect("a connection");
        let jetstream = async_nats::jetstream::new(nats);
        jetstream.delete_stream("ITAM_main_CHECKPOINTS").await.expect("it can be deleted");
    }

    /// The auditor compares what she is given now with the checkpoint that she kept.
    async fn verify(&self) -> (Option<i32>, String) {
        let queries = Service::start("query-service", self.data.path(), &["--nats", &self.nats.url()]).await;
        let export = Client::new(&queries.url, &self.admin).get("/v1/audit/export").await;
        assert_eq!(export.status, 200, "{}", export.text);
        std::fs::write(self.outside("export"), export.text).expect("written");
        let [kept, export] = ["checkpoint", "export"].map(|name| self.outside(name).display().to_string());
        let args = ["audit", "verify", &kept, &export, "--key", &self.log_key];
        let verified = run_itam(&args, &[]).await;
        (verified.status.code(), String::from_utf8_lossy(&verified.stderr).into_owned())
    }
}

/// What the headers say of the end of a commit, in the form in which a copy says it.
fn plain(headers: &HeaderMap) -> HeaderMap {
    let is_open =
        headers.get(header::NATS_BATCH_ID).is_some() && headers.get(header::NATS_BATCH_COMMIT).is_none();
    let mut plain = HeaderMap::new();
    plain.insert("Itam-Commit", if is_open { "open" } else { "end" });
    plain
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

async fn define_vendors(service: &Service, admin: &str, name: &str, count: u32) {
    let client = Client::new(&service.url, admin);
    for number in 0..count {
        client.done("define-vendor", json!({"name": format!("{name} {number}")})).await;
    }
}

/// Has a checkpoint signed.
async fn checkpoint(service: &Service, admin: &str) -> String {
    let client = Client::new(&service.url, admin);
    eventually("a checkpoint is signed", || async {
        let answer = client.send(client.request(reqwest::Method::POST, "/v1/sealer/checkpoint")).await;
        (answer.status == 200).then_some(answer.text)
    })
    .await
}

fn replace(body: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(body.clone()).expect("an event is text");
    assert!(text.contains(from), "{text}");
    *body = text.replace(from, to).into_bytes();
}

/// One letter of the third event.
fn alter(messages: &mut [Stored]) {
    let altered = messages.iter_mut().filter(|stored| stored.subject.contains(".event.vendor.")).nth(2);
    replace(&mut altered.expect("a third one").body, "honest 2", "honesT 2");
}

fn drop_one(messages: &mut Vec<Stored>) {
    messages.remove(6);
}

/// The state of an earlier day.
fn shorten(messages: &mut Vec<Stored>) {
    messages.truncate(messages.len() - 6);
}

#[tokio::test]
async fn a_message_that_is_altered_in_the_middle_is_noticed_while_the_services_run() {
    let mut scene = Scene::new().await;
    scene.rewrite(|messages| alter(messages)).await;
    let projector = scene.projector.as_mut().expect("it runs");
    eventually("the projector ends", || {
        let is_over = !projector.is_running();
        async move { is_over.then_some(()) }
    })
    .await;
    let log = projector.log();
    assert!(log.contains("the log's history was rewritten: position "), "{log}");
    assert!(log.contains("was sealed, where the log has another message now"), "{log}");
}

#[tokio::test]
async fn an_altered_stream_is_found_out_by_the_projector_the_witness_and_the_verifier() {
    every_one_finds_out(|messages| alter(messages), 0).await;
}

#[tokio::test]
async fn a_stream_without_one_event_is_found_out_by_the_projector_the_witness_and_the_verifier() {
    every_one_finds_out(drop_one, 3).await;
}

#[tokio::test]
async fn an_older_state_that_goes_on_is_found_out_by_the_projector_the_witness_and_the_verifier() {
    every_one_finds_out(shorten, 9).await;
}

async fn every_one_finds_out(fraud: fn(&mut Vec<Stored>), more: u32) {
    let mut scene = Scene::new().await;
    let (code, complaint) = scene.verify().await;
    assert_eq!((code, complaint.as_str()), (Some(0), ""), "the honest history is verified");
    scene.projector.take().expect("it runs").stop().await;
    scene.commands.stop().await;
    scene.rewrite(fraud).await;
    // The history goes on, so that its end says nothing.
    scene.commands.restart().await;
    define_vendors(&scene.commands, &scene.admin, "later", more).await;

    // Whoever seals does not start on it.
    let mut args = vec!["projector".to_owned(), "--listen".into(), "127.0.0.1:0".into()];
    args.extend(["--data".to_owned(), scene.data.path().display().to_string()]);
    args.extend(scene.projector_args());
    let refused = run_itam(&args, &[]).await;
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("the log's history was rewritten: "), "{complaint}");

    // Without its memory it does, and signs; the witness remembers.
    scene.cover_up().await;
    let before = seen(&scene.outside("witness"));
    scene.projector = Some(scene.start_projector().await);
    let client = Client::new(&scene.projector().url, &scene.admin);
    eventually("the witness refuses", || async {
        let status = client.fetch("/v1/sealer").await;
        (status["refusals"] != json!(0)).then_some(())
    })
    .await;
    let note = checkpoint(scene.projector(), &scene.admin).await;
    assert!(!note.contains("— witness.example "), "{note}");
    assert_eq!(seen(&scene.outside("witness")), before);

    // And so does the auditor, who kept one checkpoint.
    let (code, complaint) = scene.verify().await;
    assert_eq!(code, Some(1), "{complaint}");
}

/// What the witness remembers.
fn seen(witness: &Path) -> String {
    std::fs::read_to_string(witness.join("witness.json")).expect("a memory")
}
