//! A stranger writes straight to the stream what nobody can read: shown, proven, and believed by nobody.

use itam_tests::{Client, eventually, run_itam};
use serde_json::{Value, json};

use crate::installation::{Installation, id_of, position_of};
use crate::organization::{Organization, laptop};

/// Publishes to the stream itself, and gives the position.
async fn publish(itam: &Installation, subject: &str, body: String) -> u64 {
    let client = async_nats::connect(itam.nats.as_ref().expect("a nats-server").url()).await;
    let answer = client.expect("a connection").request(subject.to_owned(), body.into()).await;
    let answer: Value = serde_json::from_slice(&answer.expect("stored").payload).expect("JSON");
    answer["seq"].as_u64().unwrap_or_else(|| panic!("not stored: {answer}"))
}

/// Strangers' messages on an asset's subject: text, a command's answer, and another asset's event.
async fn write_to(itam: &Installation, asset: &str) -> Vec<u64> {
    let event = include_str!("../../../schemas/samples/events/asset.voided.v1.json");
    let answer = json!({"id": asset, "version": 1, "position": 7, "events": []}).to_string();
    let subject = format!("itam.main.event.asset.{asset}");
    let mut positions = Vec::new();
    for body in ["garbage".to_owned(), answer, event.to_owned()] {
        positions.push(publish(itam, &subject, body).await);
    }
    positions
}

#[tokio::test]
async fn an_asset_that_strangers_wrote_to_is_deployed_shown_rebuilt_and_proven() {
    let itam = Installation::up_on_nats().await;
    let org = Organization::define(&itam.commands).await;
    let asset = id_of(&itam.commands.done("register-asset", laptop(&org.laptop, "LT-1")).await);
    let aliens = write_to(&itam, &asset).await;

    let deploy = json!({"asset": "LT-1", "custodian": {"person": org.ada}});
    let deployed = itam.commands.done("deploy-asset", deploy).await;
    assert_eq!(deployed["version"], 2, "{deployed}");
    let shown = itam.seen("/v1/assets/LT-1", position_of(&deployed)).await;
    assert_eq!((&shown["state"], &shown["version"]), (&json!("deployed"), &json!(2)), "{shown}");
    is_shown_as_alien(&itam, &aliens).await;

    // Built anew, it is the same; and so it is after a restart.
    let server = itam.services[0].url.clone();
    let said = itam.tool(&["parked", "retry", "--server", &server]).await;
    assert!(said.contains("3 were parked, 3 are"), "{said}");
    assert!(!itam.services[0].log().contains("differs from the old one"));
    let shown_again = itam.seen("/v1/assets/LT-1", position_of(&deployed)).await;
    assert_eq!(shown_again["state"], "deployed");

    is_proven(&itam, &aliens).await;
    let nats = itam.nats.as_ref().expect("a nats-server");
    let (url, monitoring) = (nats.url(), nats.monitoring_url());
    let check = ["log", "check", "--deep", "--nats", &url, "--nats-monitoring", &monitoring];
    let output = run_itam(&check, &[]).await;
    let said = String::from_utf8_lossy(&output.stdout);
    for position in &aliens {
        assert!(said.contains(&format!("position {position} cannot be read: it is alien to")), "{said}");
    }
    assert!(!said.contains("has version"), "the numbers of the events run on: {said}");
}

async fn is_shown_as_alien(itam: &Installation, aliens: &[u64]) {
    let history = itam.queries.fetch("/v1/assets/LT-1/history").await;
    let items = history["items"].as_array().expect("a list");
    let is_alien = |item: &&Value| item["unreadable"].as_str().is_some_and(|why| why.starts_with("alien"));
    let named: Vec<u64> =
        items.iter().filter(is_alien).filter_map(|item| item["position"].as_u64()).collect();
    assert_eq!(named, aliens, "{history}");
    assert_eq!(items.len(), aliens.len() + 2, "{history}");
    let parked = itam.queries.fetch("/v1/projector/parked").await;
    let parked = parked["items"].as_array().expect("a list");
    assert_eq!(parked.len(), aliens.len(), "{parked:?}");
    let metrics = Client::new(&itam.services[0].url, "").get("/metrics").await.text;
    assert!(metrics.contains("itam_parked_events 3\n"), "{metrics}");
}

async fn is_proven(itam: &Installation, aliens: &[u64]) {
    let signed = itam.commands.request(reqwest::Method::POST, "/v1/sealer/checkpoint");
    assert_eq!(itam.commands.send(signed).await.status, 200);
    let nats = itam.nats.as_ref().expect("a nats-server").url();
    let key = itam.tool(&["audit", "key", "show"]).await.trim().to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (evidence, export) = (path("evidence.json"), path("export.ndjson"));
    let server = itam.services[0].url.clone();
    itam.tool(&["audit", "evidence", "LT-1", "--out", &evidence, "--server", &server]).await;
    let data = itam.folder().to_str().expect("UTF-8").to_owned();
    let exported =
        run_itam(&["audit", "export", "--data", &data, "--nats", &nats, "--out", &export], &[]).await;
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let said = itam.tool(&["audit", "verify", &evidence, &export, "--key", &key]).await;
    assert!(said.contains("2 events of asset/") && said.contains("are whole and unaltered"), "{said}");
    let (first, last) = (aliens[0], aliens[aliens.len() - 1]);
    assert!(said.contains(&format!("believed by nobody: {first}–{last}")), "{said}");
}

#[tokio::test]
async fn an_asset_that_strangers_wrote_to_is_not_lost_when_every_process_starts_anew() {
    let mut itam = Installation::three_processes().await;
    let org = Organization::define(&itam.commands).await;
    let asset = id_of(&itam.commands.done("register-asset", laptop(&org.laptop, "LT-1")).await);
    write_to(&itam, &asset).await;
    for service in &mut itam.services {
        service.kill();
        service.restart().await;
        service.ready().await;
    }
    let deploy = json!({"asset": "LT-1", "custodian": {"person": org.ada}});
    let deployed = eventually("the asset is deployed", || async {
        let answer = itam.commands.command("deploy-asset", deploy.clone()).await;
        assert_ne!(answer.status, 409, "{}", answer.text);
        (answer.status == 201).then(|| answer.json())
    })
    .await;
    assert_eq!(deployed["version"], 2, "{deployed}");
}
