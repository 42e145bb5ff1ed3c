//! The services on servers that run the shipped files, each as the user that is meant for it.

use std::time::Duration;

use async_nats::HeaderMap;
use itam_tests::nats::NatsServer;
use itam_tests::{Client, Service, admin_token, eventually, run_itam};
use serde_json::{Value, json};

struct NatsAddresses {
    url: String,
    monitoring: String,
}

impl NatsAddresses {
    fn of(nats: &NatsServer) -> Self {
        Self { url: nats.url(), monitoring: nats.monitoring_url() }
    }

    /// The arguments of a service in production that runs as a user.
    fn args<'a>(&'a self, user: &'a str) -> Vec<&'a str> {
        vec![
            "--production",
            "--nats",
            &self.url,
            "--nats-monitoring",
            &self.monitoring,
            "--nats-api-prefix",
            "ITAM.API",
            "--nats-user",
            user,
            "--nats-password",
            user,
        ]
    }
}

const DOOR: [&str; 4] = ["--nats-door-user", "itam-door", "--nats-door-password", "itam-door"];

async fn sender(nats: &NatsServer) -> async_nats::Client {
    let user = "itam-sender".to_owned();
    let options = async_nats::ConnectOptions::with_user_and_password(user.clone(), user);
    options.custom_inbox_prefix("_INBOX_itam-sender").connect(nats.url()).await.expect("a connection")
}

async fn define_vendor(sender: &async_nats::Client, token: &str, name: &str) -> Value {
    let mut headers = HeaderMap::new();
    headers.insert("Authorization", format!("Bearer {token}").as_str());
    let body = json!({ "name": name }).to_string();
    let asked = sender.request_with_headers("itam.main.command.define-vendor", headers, body.into());
    let answer =
        tokio::time::timeout(Duration::from_secs(20), asked).await.expect("in time").expect("an answer");
    serde_json::from_slice(&answer.payload).expect("JSON")
}

async fn sealed(client: &Client) {
    eventually("a checkpoint is kept in its stream", || async {
        let status = client.fetch("/v1/sealer").await;
        (status["checkpoint"].as_u64() > Some(0)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn three_services_run_as_the_users_that_are_shipped_for_them() {
    let nats = NatsServer::start_as_shipped().await.expect("a nats-server");
    let (addresses, data) = (NatsAddresses::of(&nats), tempfile::tempdir().expect("a folder"));
    let command = [&addresses.args("itam-command")[..], &DOOR].concat();
    let commands = Service::start("command-service", data.path(), &command).await;
    let admin = admin_token(data.path()).await;
    let projector = Service::start("projector", data.path(), &addresses.args("itam-sealer")).await;
    let queries = Service::start("query-service", data.path(), &addresses.args("itam-reader")).await;
    for service in [&commands, &projector, &queries] {
        service.ready().await;
    }
    let by_http =
        Client::new(&commands.url, &admin).done("define-vendor", json!({"name": "Northwind"})).await;
    assert!(by_http["position"].is_u64(), "{by_http}");
    let sender = sender(&nats).await;
    let by_nats = define_vendor(&sender, &admin, "Eastwind").await;
    let path = format!("/v1/vendors?min_position={}", by_nats["position"]);
    let shown = Client::new(&queries.url, &admin).fetch(&path).await;
    assert_eq!(shown["items"].as_array().map(Vec::len), Some(2), "{by_nats}: {shown}");
    // As `nats micro list` asks.
    let found = sender.request("$SRV.PING", "".into()).await.expect("an answer");
    let found: Value = serde_json::from_slice(&found.payload).expect("JSON");
    assert_eq!(found["name"], json!("itam-command-service"));
    let projector = Client::new(&projector.url, &admin);
    let asked = projector.request(reqwest::Method::POST, "/v1/sealer/checkpoint");
    assert_eq!(projector.send(asked).await.status, 200);
    sealed(&projector).await;
}

#[tokio::test]
async fn up_appends_takes_commands_and_seals_as_the_one_user_that_may() {
    let nats = NatsServer::start_as_shipped().await.expect("a nats-server");
    let (addresses, data) = (NatsAddresses::of(&nats), tempfile::tempdir().expect("a folder"));
    let up = Service::start("up", data.path(), &[&addresses.args("itam-up")[..], &DOOR].concat()).await;
    up.ready().await;
    let admin = admin_token(data.path()).await;
    let client = Client::new(&up.url, &admin);
    define_vendor(&sender(&nats).await, &admin, "Northwind").await;
    let answer = client.send(client.request(reqwest::Method::POST, "/v1/sealer/checkpoint")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let args = ["audit", "report", "--no-replay", "--data", "/nonexistent/itam"];
    let stored = async || {
        let output = run_itam(&[&args[..], &addresses.args("itam-reader")[1..]].concat(), &[]).await;
        let report: Value = serde_json::from_slice(&output.stdout).ok()?;
        (report["report"]["checkpoint_size"].as_u64() > Some(0)).then_some(())
    };
    eventually("the checkpoint is in its stream", stored).await;
}

#[tokio::test]
async fn what_is_not_permitted_is_said_with_the_user_and_the_subject() {
    let nats = NatsServer::start_as_shipped().await.expect("a nats-server");
    let (addresses, data) = (NatsAddresses::of(&nats), tempfile::tempdir().expect("a folder"));
    let text = |path: &std::path::Path| path.to_str().expect("a path").to_owned();
    // Nobody has made the buckets and the stream, and a reader may not.
    let folder = text(&data.path().join("reader"));
    let args = ["up", "--listen", "127.0.0.1:0", "--data", &folder];
    let output = run_itam(&[&args[..], &addresses.args("itam-reader")].concat(), &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    let denied = "not permitted: user \"itam-reader\" may not publish to \
                  \"ITAM.API.STREAM.CREATE.KV_ITAM_main_people\"";
    assert!(complaint.contains(denied), "{complaint}");

    // A user that appends and may not seal: that is said, and commands are taken.
    let up = Service::start("up", data.path(), &addresses.args("itam-command")).await;
    up.ready().await;
    let client = Client::new(&up.url, &admin_token(data.path()).await);
    client.done("define-vendor", json!({"name": "Northwind"})).await;
    let denied = "not permitted: user \"itam-command\" may not publish to \
                  \"ITAM.API.STREAM.INFO.ITAM_main_CHECKPOINTS\"";
    eventually("it is said why nothing is sealed", || async { up.log().contains(denied).then_some(()) })
        .await;
    let shut = "commands are not taken over NATS";
    assert!(up.log().contains(shut), "without a user for it the door is shut in production: {}", up.log());

    // The log is there, and a reader may not write what `token create` writes.
    let args = ["token", "create", "--name", "a", "--role", "auditor", "--data", &folder];
    let output = run_itam(&[&args[..], &addresses.args("itam-reader")[1..]].concat(), &[]).await;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(0), "{complaint}");
    assert!(
        complaint
            .contains("not permitted: user \"itam-reader\" may not publish to \"$KV.ITAM_main_tokens.t."),
        "{complaint}"
    );
}
