//! The same commands by request and reply over NATS.

use async_nats::HeaderMap;
use itam_tests::eventually;
use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem, id_of, position_of};
use crate::organization::{define_laptop, laptop};

const REGISTER: &str = "itam.main.command.register-asset";

#[tokio::test]
async fn a_command_by_nats_and_its_repetition_by_http_are_one() {
    let itam = Installation::up_on_nats().await;
    let model = define_laptop(&itam.commands).await;
    let nats = connect(&itam).await;
    let (key, fields) = ("laptop-of-ada", laptop(&model, "LT-1"));

    let reply = request(&nats, REGISTER, &itam.admin, key, &fields).await;
    let done = body(&reply);
    let shown = itam.seen("/v1/assets/LT-1", position_of(&done)).await;
    assert_eq!((id_of(&shown), &shown["state"]), (id_of(&done), &json!("in_stock")));

    let again = itam.commands.command_once(key, "register-asset", fields.clone()).await;
    assert_eq!(again.status, 201, "{}", again.text);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), done);
    assert_eq!(body(&request(&nats, REGISTER, &itam.admin, key, &fields).await), done);
    let other = itam.commands.command_once(key, "register-asset", laptop(&model, "LT-2")).await;
    assert_problem(&other, 422, "idempotency-key-reused");
    assert_eq!(itam.summary().await["assets"], 1);
}

#[tokio::test]
async fn the_nats_door_refuses_as_the_http_door_does() {
    let itam = Installation::up_on_nats().await;
    let model = define_laptop(&itam.commands).await;
    let nats = connect(&itam).await;
    let auditor = itam.token("auditor", "auditor", None).await;
    let fields = laptop(&model, "LT-1");

    let unknown_field = json!({"model_id": model, "color": "red"});
    for (token, fields, status, code) in [
        ("nobody", &fields, "401", "unauthenticated"),
        (auditor.as_str(), &fields, "403", "forbidden"),
        (itam.admin.as_str(), &unknown_field, "422", "unknown-field"),
    ] {
        let reply = request(&nats, REGISTER, token, "key", fields).await;
        let headers = reply.headers.as_ref().expect("a refusal has headers");
        let header = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        assert_eq!(header("Nats-Service-Error-Code").as_deref(), Some(status));
        assert_eq!(header("Nats-Service-Error").as_deref(), Some(code));
        assert_eq!(body(&reply)["code"], code);
    }
    assert_eq!(itam.summary().await["assets"], 0);
}

#[tokio::test]
async fn the_commands_can_be_discovered_as_a_nats_service() {
    let itam = Installation::up_on_nats().await;
    let nats = connect(&itam).await;
    let info = eventually("the service answers", || async {
        nats.request("$SRV.INFO.itam-command-service", "".into()).await.ok()
    })
    .await;
    let info = body(&info);
    let endpoints = info["endpoints"].as_array().expect("endpoints");
    let subjects: Vec<&str> = endpoints.iter().filter_map(|endpoint| endpoint["subject"].as_str()).collect();
    for command in ["register-asset", "deploy-asset", "receive-delivery", "erase-person"] {
        let subject = format!("itam.main.command.{command}");
        assert!(subjects.contains(&subject.as_str()), "{subject} is not in {subjects:?}");
    }
}

async fn connect(itam: &Installation) -> async_nats::Client {
    let nats = itam.nats.as_ref().expect("there is a nats-server");
    async_nats::connect(nats.url()).await.expect("a connection")
}

async fn request(
    nats: &async_nats::Client,
    subject: &str,
    token: &str,
    key: &str,
    fields: &Value,
) -> async_nats::Message {
    let mut headers = HeaderMap::new();
    headers.insert("Authorization", format!("Bearer {token}").as_str());
    headers.insert("Idempotency-Key", key);
    let sent = nats.request_with_headers(subject.to_owned(), headers, fields.to_string().into());
    sent.await.expect("a reply")
}

fn body(message: &async_nats::Message) -> Value {
    serde_json::from_slice(&message.payload).expect("a reply is JSON")
}
