//! Events that a build cannot apply are listed, tried again and released, and never vanish.

use itam_tests::{Client, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::installation::{Installation, PROJECTOR, assert_problem};
use crate::organization::{Organization, laptop};

/// Appends an event that no build of ours knows, as a newer one might, and gives its position.
async fn append_unknown(itam: &Installation, number: u32) -> u64 {
    let nats = itam.nats.as_ref().expect("a nats-server");
    let client = async_nats::connect(nats.url()).await.expect("a connection");
    let id = format!("0195a0a5-0000-7000-8000-{number:012}");
    let event = json!({
        "specversion": "1.0", "id": id, "source": "/itam/main", "type": "asset.teleported",
        "subject": format!("asset/{id}"), "time": "2026-03-02T07:00:00Z", "data": {},
    });
    let subject = format!("itam.main.event.asset.{id}");
    let answer = client.request(subject, event.to_string().into()).await.expect("stored");
    let answer: Value = serde_json::from_slice(&answer.payload).expect("an acknowledgement");
    answer["seq"].as_u64().expect("a position")
}

async fn parked_and_released(projector: &Client, parked: u64, released: u64) {
    eventually(&format!("{parked} are parked and {released} released"), || async {
        let status = projector.fetch("/v1/projector").await;
        (status["parked"] == parked && status["released"] == released).then_some(())
    })
    .await;
}

#[tokio::test]
async fn parked_events_are_listed_and_released_for_good_and_a_rebuild_changes_neither() {
    let mut itam = Installation::three_processes().await;
    let org = Organization::define(&itam.commands).await;
    let first = append_unknown(&itam, 1).await;
    let second = append_unknown(&itam, 2).await;
    let asset = itam.commands.done("register-asset", laptop(&org.laptop, "LT-1")).await;
    let shown = itam.seen("/v1/assets/LT-1", asset["position"].as_u64().expect("a position")).await;
    assert_eq!(shown["id"], asset["id"], "what comes behind is applied");
    let url = itam.services[PROJECTOR].url.clone();
    let projector = Client::new(&url, &itam.admin);
    parked_and_released(&projector, 2, 0).await;

    let said = itam.tool(&["parked", "list", "--server", &url]).await;
    assert!(said.contains("asset.teleported") && said.contains(&first.to_string()), "{said}");
    let position = first.to_string();
    let release = ["parked", "release", "--server", &url, "--position", &position, "--reason", "a trial"];
    let said = itam.tool(&release).await;
    assert!(said.contains("released") && said.contains("a trial"), "{said}");
    parked_and_released(&projector, 1, 1).await;
    let listed = projector.fetch("/v1/projector/parked").await;
    assert_eq!(listed["items"][0]["release"]["reason"], json!("a trial"));
    assert_eq!(listed["items"][1]["release"], Value::Null);
    assert_eq!(listed["items"][1]["position"], json!(second));
    let metrics = Client::new(&url, "").get("/metrics").await.text;
    assert!(
        metrics.contains("itam_parked_events 1\n") && metrics.contains("itam_parked_released 1\n"),
        "{metrics}"
    );

    // Again, with another reason: the first release stays.
    let again = json!({"positions": [first], "reason": "another"});
    let again =
        projector.send(projector.request(Method::POST, "/v1/projector/parked/release").json(&again)).await;
    assert_eq!(again.json()["items"][0]["release"], listed["items"][0]["release"], "{}", again.text);

    // Who asks the query service, in another process, sees them apart too.
    let shown = &itam.queries.fetch("/v1/status").await["parked"];
    assert_eq!((&shown["count"], &shown["released"]), (&json!(2), &json!(1)), "{shown}");

    let said = itam.tool(&["parked", "retry", "--server", &url]).await;
    assert!(said.contains("2 were parked, 2 are"), "{said}");
    assert_eq!(projector.fetch("/v1/projector/parked").await, listed);
    assert!(itam.services[PROJECTOR].stop().await.success());
    assert!(!itam.services[PROJECTOR].log().contains("differs from the old one"));
    itam.services[PROJECTOR].restart().await;
    itam.services[PROJECTOR].ready().await;
    parked_and_released(&projector, 1, 1).await;
    assert_eq!(projector.fetch("/v1/projector/parked").await, listed);
}

#[tokio::test]
async fn wrong_releases_are_refused_and_release_nothing() {
    let itam = Installation::three_processes().await;
    let position = append_unknown(&itam, 1).await;
    let projector = Client::new(&itam.services[PROJECTOR].url, &itam.admin);
    parked_and_released(&projector, 1, 0).await;
    let post = |body: Value| {
        let request = projector.request(Method::POST, "/v1/projector/parked/release");
        projector.send(request.json(&body))
    };
    let none = position + 100;
    assert_problem(&post(json!({"positions": [position, none], "reason": "x"})).await, 404, "not-found");
    for body in [
        json!({"positions": [], "reason": "x"}),
        json!({"positions": [position], "reason": "  "}),
        json!({"positions": [position], "reason": "x\ny"}),
        json!({"positions": [position], "reason": "x".repeat(501)}),
        json!({"positions": vec![position; 1001], "reason": "x"}),
    ] {
        assert_problem(&post(body).await, 422, "invalid-value");
    }
    assert_eq!(post(json!({"positions": [position]})).await.status, 422);
    assert_eq!(post(json!({"positions": [position], "reason": "x", "who": "me"})).await.status, 422);
    let listing = projector.get("/v1/projector/parked?limit=0").await;
    assert_problem(&listing, 400, "malformed-request");

    let auditor = itam.token("auditor", "auditor", None).await;
    let auditor = Client::new(&itam.services[PROJECTOR].url, &auditor);
    let listed = auditor.get("/v1/projector/parked").await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    for path in ["/v1/projector/parked/release", "/v1/projector/parked/retry"] {
        let request = auditor.request(Method::POST, path);
        let answer = auditor.send(request.json(&json!({"positions": [position], "reason": "x"}))).await;
        assert_problem(&answer, 403, "forbidden");
    }
    parked_and_released(&projector, 1, 0).await;
    let server = &itam.services[PROJECTOR].url;
    let refused =
        itam.try_tool(&["parked", "release", "--server", server, "--position", "0", "--reason", "x"]).await;
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("No event is parked at position 0"),
        "{refused:?}"
    );
}
