//! Streams of several servers hold no compressed block: nats-server loses such streams when it is killed.

use std::path::Path;

use itam_tests::nats::{NatsCluster, NatsOptions, NatsServer};
use itam_tests::{Client, Service, admin_token, eventually, run_itam};
use serde_json::{Value, json};

use crate::organization::{define_laptop, laptop};

const LOG: &str = "ITAM_main";
const STREAMS: [&str; 4] = [LOG, "ITAM_main_CHECKPOINTS", "KV_ITAM_main_people", "KV_ITAM_main_tokens"];

/// Asks the servers' own interface, as their administrator.
async fn ask(nats: &async_nats::Client, verb: &str, stream: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = nats.request(format!("$JS.API.STREAM.{verb}.{stream}"), body.into()).await;
    let answer: Value = serde_json::from_slice(&answer.expect("an answer").payload).expect("JSON");
    assert!(answer["error"].is_null(), "{verb} {stream}: {answer}");
    answer
}

async fn config(nats: &async_nats::Client, stream: &str) -> Value {
    ask(nats, "INFO", stream, &Value::Null).await["config"].take()
}

/// Has the servers compress from now on, or no more, as an older build made the stream: without the mark.
async fn as_an_older_build(nats: &async_nats::Client, compression: &str) {
    let mut older = config(nats, LOG).await;
    older["compression"] = json!(compression);
    older["metadata"] = json!({});
    ask(nats, "UPDATE", LOG, &older).await;
}

/// Sets `itam up` up on servers, registers an asset, and stops when every stream is there.
async fn history(data: &Path, url: &str, place: &[&str]) -> u64 {
    let mut service = Service::start("up", data, place).await;
    service.ready().await;
    let client = Client::new(&service.url, &admin_token(data).await);
    let model = define_laptop(&client).await;
    let answer = client.command("register-asset", laptop(&model, "LT-1")).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let position = answer.json()["position"].as_u64().expect("a position");
    let nats = async_nats::connect(url).await.expect("a connection");
    let checkpoints = format!("$JS.API.STREAM.INFO.{}", STREAMS[1]);
    eventually("the stream of checkpoints is made", || async {
        let answer = nats.request(checkpoints.clone(), "".into()).await.ok()?;
        let answer: Value = serde_json::from_slice(&answer.payload).ok()?;
        answer["config"].is_object().then_some(())
    })
    .await;
    assert!(service.stop().await.success());
    position
}

async fn refused(place: &[&str], words: &str) {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().display().to_string();
    let output =
        run_itam(&[&["up", "--listen", "127.0.0.1:0", "--data", &folder], place].concat(), &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && complaint.contains(words), "{complaint}");
    assert!(
        complaint.contains("itam backup --nats") && complaint.contains("itam restore --nats"),
        "{complaint}"
    );
    let checked = run_itam(&[&["log", "check"], place].concat(), &[]).await;
    let findings = String::from_utf8_lossy(&checked.stdout).into_owned();
    let said = |line: &str| line.contains("durable") && line.contains("BROKEN") && line.contains(words);
    assert!(checked.status.code() == Some(10) && findings.lines().any(said), "{findings}");
}

async fn done(args: &[&str]) -> String {
    let output = run_itam(args, &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {complaint}");
    String::from_utf8(output.stdout).expect("a tool prints UTF-8")
}

#[tokio::test]
async fn a_replicated_stream_with_compressed_blocks_is_refused_and_the_way_out_works() {
    let cluster = NatsCluster::start(3).await.expect("a cluster");
    let url = cluster.url();
    let place = ["--nats", &url, "--nats-replicas", "3", "--nats-monitoring", &cluster.monitoring_url()];
    let data = tempfile::tempdir().expect("a folder");
    let position = history(data.path(), &cluster.servers[0].url(), &place).await;
    let nats = async_nats::connect(cluster.servers[0].url()).await.expect("a connection");
    for stream in STREAMS {
        let config = config(&nats, stream).await;
        assert_eq!(
            (&config["compression"], &config["num_replicas"]),
            (&json!("none"), &json!(3)),
            "{config}"
        );
    }
    assert_eq!(config(&nats, LOG).await["metadata"]["itam-blocks"], json!("plain"));
    as_an_older_build(&nats, "s2").await;
    refused(&place, "compression is \"s2\"").await;
    as_an_older_build(&nats, "none").await;
    refused(&place, "itam-blocks in metadata is null").await;

    let backups = data.path().display().to_string();
    done(&["backup", "--into", &backups, "--nats", &url]).await;
    let mut files =
        std::fs::read_dir(data.path()).expect("the folder").map(|entry| entry.expect("an entry").path());
    let backup = files.find(|path| path.extension().is_some_and(|end| end == "backup")).expect("a backup");
    for stream in [LOG, "KV_ITAM_main_people", "KV_ITAM_main_tokens"] {
        ask(&nats, "DELETE", stream, &Value::Null).await;
    }
    let backup = backup.display().to_string();
    done(&["restore", "--from", &backup, "--nats", &url, "--nats-replicas", "3"]).await;
    assert_eq!(config(&nats, LOG).await["metadata"]["itam-blocks"], json!("plain"));
    let service = Service::start("up", data.path(), &place).await;
    service.ready().await;
    let client = Client::new(&service.url, &admin_token(data.path()).await);
    let shown = client.get(&format!("/v1/assets/LT-1?min_position={position}")).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
}

#[tokio::test]
async fn a_compressed_stream_on_one_server_is_kept() {
    let server = NatsServer::start(NatsOptions::default()).await.expect("a nats-server");
    let url = server.url();
    let data = tempfile::tempdir().expect("a folder");
    history(data.path(), &url, &["--nats", &url]).await;
    let nats = async_nats::connect(&url).await.expect("a connection");
    as_an_older_build(&nats, "s2").await;
    let service = Service::start("up", data.path(), &["--nats", &url]).await;
    service.ready().await;
    let client = Client::new(&service.url, &admin_token(data.path()).await);
    let answer = client.command("define-vendor", json!({"name": "Northwind"})).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(config(&nats, LOG).await["compression"], json!("s2"));
}
