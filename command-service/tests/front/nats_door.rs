//! The same commands by NATS request and reply, on a real server.

use std::num::NonZeroU32;
use std::time::Duration;

use async_nats::{Client, HeaderMap, Message};
use futures_util::StreamExt;
use itam_command_service::{NatsDoor, ReplySubjects};
use itam_service_kit::{Metrics, Rate, Rates};
use itam_tests::nats::{NatsOptions, NatsServer};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::test_server::{TestServer, authenticator};

pub(super) struct Scene {
    pub(super) server: TestServer,
    _nats: NatsServer,
    pub(super) client: Client,
    door: NatsDoor,
    shutdown: CancellationToken,
}

pub(super) async fn scene() -> Scene {
    scene_with(Rates::default()).await
}

async fn scene_with(rates: Rates) -> Scene {
    // The harness asks the server over HTTP. Fails only if another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = TestServer::open().await;
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let service = async_nats::connect(nats.url()).await.unwrap();
    let shutdown = CancellationToken::new();
    let replies = ReplySubjects::default_inboxes();
    let door =
        NatsDoor::open(service.clone(), server.desk(), authenticator(), rates, replies, shutdown.clone());
    let door = door.await.unwrap();
    service.flush().await.unwrap();
    let client = async_nats::connect(nats.url()).await.unwrap();
    Scene { server, _nats: nats, client, door, shutdown }
}

pub(super) async fn request(
    client: &Client,
    command: &str,
    headers: &[(&str, &str)],
    fields: &Value,
) -> Message {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, *value);
    }
    let subject = format!("itam.main.command.{command}");
    let request = client.request_with_headers(subject, map, fields.to_string().into());
    request.await.unwrap()
}

pub(super) fn body(message: &Message) -> Value {
    serde_json::from_slice(&message.payload).unwrap()
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let value = message.headers.as_ref()?.get(name)?;
    Some(value.as_str())
}

const ADMINISTRATOR: (&str, &str) = ("Authorization", "Bearer administrator");

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_answered_once_and_problems_marked() {
    let scene = scene().await;
    let http = scene.server.api();
    let it = http.furnish().await;
    let headers = [ADMINISTRATOR, ("Idempotency-Key", "a")];
    let first = request(&scene.client, "register-asset", &headers, &it.laptop("LT-1")).await;
    let again = request(&scene.client, "register-asset", &headers, &it.laptop("LT-1")).await;
    assert_eq!(body(&first)["events"][0]["type"], "asset.registered");
    assert_eq!(body(&first), body(&again));
    assert_eq!(header(&first, "Idempotency-Replayed"), None);
    assert_eq!(header(&again, "Idempotency-Replayed"), Some("true"));
    // Both doors know each other's commands.
    let by_http = http.send("register-asset", "a", it.laptop("LT-1")).await;
    assert_eq!((by_http.is_replayed(), by_http.body), (true, body(&first)));

    let deploy = it.to_person("LT-1");
    for (command, headers, fields, status, code) in [
        ("deploy-asset", &[][..], &deploy, "401", "unauthenticated"),
        ("deploy-asset", &[("Authorization", "Bearer auditor")], &deploy, "403", "forbidden"),
        ("deploy-asset", &[ADMINISTRATOR, ("If-Match", "7")], &deploy, "412", "version-differs"),
        ("return-asset", &[ADMINISTRATOR], &json!({"asset": "LT-1"}), "409", "rejected-by-rule"),
        ("return-asset", &[ADMINISTRATOR], &json!({"asset": "LT-1", "x": 1}), "422", "unknown-field"),
    ] {
        let problem = request(&scene.client, command, headers, fields).await;
        assert_eq!(header(&problem, "Nats-Service-Error-Code"), Some(status), "{code}");
        assert_eq!(header(&problem, "Nats-Service-Error"), Some(code));
        assert_eq!(body(&problem)["code"], code);
        assert!(body(&problem)["trace_id"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_found_by_the_tools_that_list_services() {
    let scene = scene().await;
    let ping = scene.client.request("$SRV.PING", "".into()).await.unwrap();
    assert_eq!(body(&ping)["name"], "itam-command-service");
    let info = scene.client.request("$SRV.INFO.itam-command-service", "".into()).await.unwrap();
    let info = body(&info);
    let endpoints = info["endpoints"].as_array().unwrap();
    assert_eq!(endpoints.len(), itam_domain::Command::NAMES.len());
    let deploy = endpoints.iter().find(|endpoint| endpoint["name"] == "deploy-asset").unwrap();
    assert_eq!(deploy["subject"], "itam.main.command.deploy-asset");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_answers_everything_that_was_taken() {
    const REQUESTS: usize = 500;
    let Scene { server, _nats, client, door, shutdown } = scene().await;
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.unwrap();
    for n in 0..REQUESTS {
        let mut headers = HeaderMap::new();
        headers.insert(ADMINISTRATOR.0, ADMINISTRATOR.1);
        let fields = json!({"name": format!("Vendor {n}")}).to_string();
        let subject = "itam.main.command.define-vendor";
        client.publish_with_reply_and_headers(subject, inbox.clone(), headers, fields.into()).await.unwrap();
    }
    client.flush().await.unwrap();
    answers.next().await.unwrap();
    shutdown.cancel();
    tokio::time::timeout(Duration::from_mins(2), door.closed()).await.unwrap();
    // Two messages for each vendor that was defined: what was taken was answered.
    let taken = usize::try_from(server.head().await / 2).unwrap();
    for _ in 1..taken {
        let answer = tokio::time::timeout(Duration::from_mins(2), answers.next()).await;
        assert!(answer.unwrap().is_some());
    }
    let gone = client.request("itam.main.command.define-vendor", "{}".into()).await;
    assert!(gone.is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_too_fast_is_refused_with_the_problem_of_http() {
    let one = NonZeroU32::MIN;
    let burst = NonZeroU32::new(3).unwrap();
    let scene = scene_with(Rates::new(Some(Rate { per_second: one, burst }), &Metrics::new())).await;
    let mut refused = Vec::new();
    for number in 0..8 {
        let vendor = json!({"name": format!("Northwind {number}")});
        let reply = request(&scene.client, "define-vendor", &[ADMINISTRATOR], &vendor).await;
        refused.extend(header(&reply, "Nats-Service-Error-Code").map(str::to_owned));
        if header(&reply, "Nats-Service-Error").is_some() {
            assert_eq!(body(&reply)["code"], "too-many-requests", "{:?}", body(&reply));
        }
    }
    assert!(!refused.is_empty() && refused.iter().all(|status| status == "429"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_wants_its_answer_where_none_belongs_is_dropped_before_anything_is_done() {
    let scene = scene().await;
    let mut overheard = scene.client.subscribe(">").await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(ADMINISTRATOR.0, ADMINISTRATOR.1);
    let subject = "itam.main.command.define-vendor";
    let wrong = [
        "itam.main.event.asset.a",
        "itam.main.checkpoint",
        "itam.main.command.define-vendor",
        "$KV.ITAM_main_tokens.t.a",
        "$JS.API.STREAM.DELETE.ITAM_main",
        "$SRV.PING",
        "_INBOX_itam.a",
        "_INBOX",
    ];
    for reply in wrong {
        let fields = json!({"name": reply}).to_string();
        let (headers, reply) = (headers.clone(), reply.to_owned());
        let sent =
            scene.client.publish_with_reply_and_headers(subject, reply.clone(), headers, fields.into());
        sent.await.unwrap();
        for question in ["$SRV.PING", "$SRV.INFO.itam-command-service", "$SRV.STATS"] {
            scene.client.publish_with_reply(question, reply.clone(), "".into()).await.unwrap();
        }
    }
    // What comes behind them is carried out, and nothing of theirs before it.
    let vendor = json!({"name": "Northwind"});
    let answer = request(&scene.client, "define-vendor", &[ADMINISTRATOR], &vendor).await;
    assert_eq!(body(&answer)["position"], 2, "key and event of the one that was carried out");
    let ping = scene.client.request("$SRV.PING", "".into()).await.unwrap();
    assert_eq!(body(&ping)["name"], "itam-command-service");
    let mut sent = 0;
    while let Ok(Some(message)) = tokio::time::timeout(Duration::ZERO, overheard.next()).await {
        if wrong.contains(&message.subject.as_str()) {
            sent += 1;
            let asked = message.reply.is_some();
            assert!(asked, "an answer went to {}: {message:?}", message.subject);
        }
    }
    assert!(sent > 0, "what was sent is overheard");
    // Whoever wants no answer gets none, and is served.
    let vendor = json!({"name": "Eastwind"}).to_string();
    scene.client.publish_with_headers(subject, headers, vendor.into()).await.unwrap();
    itam_tests::eventually("it is stored", || async { (scene.server.head().await == 4).then_some(()) }).await;
}
