//! The security journal: what was refused, by every door, and which tokens were made and revoked.

use itam_tests::{Client, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem};
use crate::organization::{Organization, laptop};

const PATH: &str = "/v1/audit/security-journal";

/// What the journal tells of refusals: code, action, and whether somebody is named.
fn refusals(page: &Value) -> Vec<(String, String, bool)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let items = page["items"].as_array().unwrap_or_else(|| panic!("no items in {page}"));
    let refused = items.iter().filter(|entry| entry["event"] == "refused");
    refused.map(|entry| (text(entry, "code"), text(entry, "action"), entry["actor"].is_string())).collect()
}

async fn wait_for(client: &Client, code: &str, action: &str, is_named: bool) {
    let wanted = (code.to_owned(), action.to_owned(), is_named);
    eventually("the refusal is in the journal", || async {
        refusals(&client.fetch(&format!("{PATH}?limit=1000")).await).contains(&wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn every_refusal_and_every_change_of_tokens_is_told_to_auditors_alone() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    itam.commands.done("register-asset", laptop(&org.laptop, "LT-1")).await;
    let auditor = itam.colleague("auditor", None).await;
    assert_problem(&auditor.command("erase-person", json!({"person": org.ada})).await, 403, "forbidden");
    let again = itam.commands.command("register-asset", laptop(&org.laptop, "LT-1")).await;
    assert_problem(&again, 409, "already-held");
    let stranger = Client::new(&itam.services[0].url, "itam_not-a-token");
    assert_problem(&stranger.get("/v1/assets/LT-1").await, 401, "unauthenticated");
    let lines = "{\"command\":\"return-asset\",\"data\":{\"asset\":\"LT-1\"}}\n{\"command\":\"nonsense\"}\n";
    let batch = itam.commands.request(Method::POST, "/v1/commands").body(lines);
    let batch = itam.commands.send(batch.header("content-type", "application/x-ndjson")).await;
    assert_eq!(batch.text.lines().count(), 2, "{}", batch.text);
    let code = batch.text.lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok());
    let code = code.expect("a line")["problem"]["code"].as_str().expect("a refusal").to_owned();

    wait_for(&auditor, "forbidden", "erase-person", true).await;
    wait_for(&auditor, "already-held", "register-asset", true).await;
    wait_for(&auditor, "unauthenticated", "GET /v1/assets/{name}", false).await;
    wait_for(&auditor, &code, "return-asset", true).await;
    let analyst = itam.colleague("asset-analyst", None).await;
    assert_problem(&analyst.get(PATH).await, 403, "forbidden");
    let only = auditor.fetch(&format!("{PATH}?code=already-held")).await;
    assert_eq!(refusals(&only).len(), 1, "{only}");

    let listed = itam.tool(&["token", "list"]).await;
    let id = listed.lines().find(|line| line.contains("asset-analyst")).expect("the token");
    let id = id.split_whitespace().next().expect("an id").to_owned();
    itam.tool(&["token", "revoke", &id]).await;
    let changes = auditor.fetch(&format!("{PATH}?event=token-created,token-revoked")).await;
    let events: Vec<_> = changes["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|entry| (entry["event"].as_str().expect("an event"), entry["role"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        events,
        [
            ("token-created", "administrator"),
            ("token-created", "auditor"),
            ("token-created", "asset-analyst"),
            ("token-revoked", "-")
        ]
    );
    let kept: String = std::fs::read_dir(itam.folder().join("security-journal"))
        .expect("the journal")
        .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("a segment"))
        .collect();
    for secret in ["not-a-token", "LT-1", "Ada", itam.admin.as_str()] {
        assert!(!kept.contains(secret), "{secret} is in the journal");
    }
}

#[tokio::test]
async fn commands_over_nats_are_noted_too() {
    let itam = Installation::up_on_nats().await;
    let nats = itam.nats.as_ref().expect("a nats-server");
    let client = async_nats::connect(nats.url()).await.expect("a connection");
    let subject = "itam.main.command.define-vendor";
    client.request(subject, "{}".into()).await.expect("answered");
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Authorization", format!("Bearer {}", itam.admin));
    client.request_with_headers(subject, headers, "{}".into()).await.expect("answered");
    wait_for(&itam.commands, "unauthenticated", "define-vendor", false).await;
    wait_for(&itam.commands, "invalid-value", "define-vendor", true).await;
}
