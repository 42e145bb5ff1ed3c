//! Every bad input that a command can have: each gets its own answer, and nothing is stored.

use serde_json::{Value, json};

use super::test_server::{Api, BODY_BYTES, Furniture, Reply, TestServer};

const ADMINISTRATOR: (&str, &str) = ("authorization", "Bearer administrator");

async fn scene() -> (TestServer, Api, Furniture) {
    let server = TestServer::open().await;
    let api = server.api();
    let furniture = api.furnish().await;
    (server, api, furniture)
}

async fn post(api: &Api, command: &str, body: impl Into<String>) -> Reply {
    api.post(&format!("/v1/commands/{command}"), &[ADMINISTRATOR], body.into()).await
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_place() {
    let (server, api, it) = scene().await;
    let before = server.head().await;
    let register = async |body: Value| post(&api, "register-asset", body.to_string()).await;

    let malformed = post(&api, "register-asset", "{\"model_id\": ").await;
    malformed.is_problem(400, "malformed-json");
    assert_eq!(malformed.body["line"], 1);
    post(&api, "register-asset", "[]").await.is_problem(422, "invalid-value");
    let unknown = post(&api, "paint-asset", "{}").await;
    unknown.is_problem(404, "unknown-command");
    assert!(unknown.body["commands"].as_array().unwrap().contains(&json!("deploy-asset")));

    let colored = json!({"model_id": it.model, "colour": "red"});
    register(colored).await.is_problem(422, "unknown-field").points_to("/colour");
    let nested =
        json!({"model_id": it.model, "costs": {"price": {"amount": "1", "currency": "EUR"}, "tip": 1}});
    register(nested).await.is_problem(422, "unknown-field").points_to("/costs/tip");
    let no_model = register(json!({"tag": "A"})).await;
    no_model.is_problem(422, "invalid-value").points_to("/model_id");
    let number = register(json!({"model_id": it.model, "tag": 7})).await;
    number.is_problem(422, "invalid-value").points_to("/tag");
    let uuid = register(json!({"model_id": "12-34"})).await;
    uuid.is_problem(422, "invalid-value").points_to("/model_id");
    let no_date = register(json!({"model_id": it.model, "acquired_on": "2026-02-30"})).await;
    no_date.is_problem(422, "invalid-value").points_to("/acquired_on");
    let reason = post(&api, "void-asset", json!({"asset": "A", "reason": 3}).to_string()).await;
    reason.is_problem(422, "invalid-value").points_to("/reason");
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn money_is_exact_known_and_not_negative() {
    let (server, api, it) = scene().await;
    let before = server.head().await;
    for (amount, currency) in
        [("-1", "EUR"), ("1.005", "EUR"), ("1.5", "JPY"), ("1", "XXX"), ("1", "eur"), ("1,50", "EUR")]
    {
        let price = json!({"amount": amount, "currency": currency});
        let fields = json!({"model_id": it.model, "costs": {"price": price}});
        let reply = post(&api, "register-asset", fields.to_string()).await;
        reply.is_problem(422, "invalid-value");
        let pointer = reply.body["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with("/costs/price"), "{amount} {currency}: {}", reply.body);
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn what_does_not_exist_or_belongs_to_another_is_named() {
    let (server, api, it) = scene().await;
    let mut first = it.laptop("LT-1");
    first["serial"] = json!("SN-1");
    let holder = api.did("register-asset", "first", first).await;
    let before = server.head().await;

    let by_tag = api.send("return-asset", "a", json!({"asset": "LT-404"})).await;
    by_tag.is_problem(404, "not-found").points_to("/asset");
    let by_id = api.send("return-asset", "b", json!({"asset": it.model})).await;
    by_id.is_problem(404, "not-found").points_to("/asset");
    let nobody = json!({"asset": "LT-1", "custodian": {"person": it.model}});
    api.send("deploy-asset", "c", nobody)
        .await
        .is_problem(422, "unknown-reference")
        .points_to("/custodian/person");

    let tag = api.send("register-asset", "d", it.laptop(" lt-1 ")).await;
    tag.is_problem(409, "already-held");
    assert_eq!((&tag.body["reason"], &tag.body["holder"]), (&json!("tag-held"), &json!(holder)));
    let serial = json!({"model_id": it.model, "serial": "sn-1"});
    let serial = api.send("register-asset", "e", serial).await;
    serial.is_problem(409, "already-held");
    assert_eq!(serial.body["reason"], "serial-held");
    let username = json!({"name": "Ada", "username": "ada"});
    api.did("add-person", "f", username).await;
    let twin = json!({"name": "Eve", "username": "ADA"});
    let twin = api.send("add-person", "g", twin).await;
    twin.is_problem(409, "already-held").points_to("/username");
    assert_eq!(server.head().await, before + 1);
}

#[tokio::test]
async fn a_step_that_the_state_does_not_take_is_answered_with_those_it_takes() {
    let (server, api, it) = scene().await;
    api.did("register-asset", "a", it.laptop("LT-1")).await;
    let before = server.head().await;
    let early = api.send("return-asset", "b", json!({"asset": "LT-1"})).await;
    early.is_problem(409, "rejected-by-rule");
    assert_eq!(early.body["current_state"], "in_stock");
    assert!(early.body["allowed_commands"].as_array().unwrap().contains(&json!("deploy-asset")));

    let mut tomorrow = it.to_person("LT-1");
    tomorrow["effective_time"] = json!("2026-03-03T08:00:00Z");
    let future = api.send("deploy-asset", "c", tomorrow).await;
    future.is_problem(422, "invalid-value").points_to("/effective_time");
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn only_who_is_known_and_permitted_gets_in() {
    let (server, api, it) = scene().await;
    let before = server.head().await;
    let path = "/v1/commands/register-asset";
    let body = it.laptop("LT-1").to_string();
    for headers in
        [&[][..], &[("authorization", "Bearer nobody")], &[("authorization", "Basic administrator")]]
    {
        api.post(path, headers, body.clone()).await.is_problem(401, "unauthenticated");
        api.post("/v1/commands", headers, body.clone()).await.is_problem(401, "unauthenticated");
    }
    for role in ["auditor", "requester", "financial-analyst"] {
        let bearer = format!("Bearer {role}");
        let reply = api.post(path, &[("authorization", bearer.as_str())], body.clone()).await;
        reply.is_problem(403, "forbidden");
        assert_eq!(reply.body["role"], role);
    }
    assert_eq!(server.head().await, before);
    let analyst = [("authorization", "Bearer asset-analyst")];
    assert_eq!(api.post(path, &analyst, body).await.status, 201);
}

#[tokio::test]
async fn limits_and_headers_are_held_to() {
    let (server, api, it) = scene().await;
    let before = server.head().await;
    let path = "/v1/commands/register-asset";
    let large = json!({"model_id": it.model, "notes": "x".repeat(BODY_BYTES)}).to_string();
    api.post(path, &[ADMINISTRATOR], large).await.is_problem(413, "payload-too-large");
    let body = it.laptop("LT-1").to_string();
    for headers in [
        ("content-type", "text/csv"),
        ("if-match", "3"),
        ("if-match", "*"),
        ("if-match", "\"1\", \"2\""),
        ("idempotency-key", ""),
        ("idempotency-key", &"k".repeat(256)),
    ] {
        let reply = api.post(path, &[ADMINISTRATOR, headers], body.clone()).await;
        let status = if headers.0 == "content-type" { 415 } else { 400 };
        assert_eq!(reply.status, status, "{headers:?}: {}", reply.body);
    }
    let odd = api.post("/v1/commands/%ff", &[ADMINISTRATOR], "{}").await;
    assert!((400..500).contains(&odd.status));
    assert_eq!(odd.header("content-type"), "application/problem+json");
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_stale_version_is_refused_before_any_rule() {
    let (server, api, it) = scene().await;
    let asset = api.did("register-asset", "a", it.laptop("LT-1")).await;
    let deploy = |version: &'static str, name: &str| {
        let (api, fields) = (api.clone(), it.to_person(name).to_string());
        async move { api.post("/v1/commands/deploy-asset", &[ADMINISTRATOR, ("if-match", version)], fields).await }
    };
    deploy("\"2\"", "LT-1").await.is_problem(412, "version-differs");
    assert_eq!(deploy("\"1\"", "LT-1").await.body["version"], 2);
    let before = server.head().await;
    for name in ["LT-1", &asset] {
        let stale = deploy("\"1\"", name).await;
        stale.is_problem(412, "version-differs");
        assert_eq!(stale.body["current_version"], 2);
    }
    deploy("\"1\"", "LT-404").await.is_problem(404, "not-found");
    assert_eq!(server.head().await, before);
}
