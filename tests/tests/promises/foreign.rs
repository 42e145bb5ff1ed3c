//! Somebody else publishes straight to the stream what no build of ours would.

use itam_tests::eventually;
use itam_tests::stand::{PROJECTOR, Stand};
use itam_tests::trial::Trial;
use serde_json::{Value, json};

#[tokio::test]
async fn what_nobody_can_read_is_parked_counted_shown_and_stops_nothing() {
    let mut trial = Trial::begin(Stand::on_nats().await.expect("a server"), 1).await;
    trial.work(50).await;
    let (nats, _) = trial.stand.sender.nats.clone().expect("a connection");
    let asset = "019a0000-0000-7000-8000-0000000000";
    let document = |number: u32, name: &str, version: u32| {
        let schema = format!("https://schemas.itam.dev/events/{name}.v{version}.json");
        json!({"specversion": "1.0", "id": format!("{asset}f{number}"), "source": "/itam/main", "type": name,
               "datacontenttype": "application/json", "dataschema": schema,
               "subject": format!("asset/{asset}a{number}"), "time": "2026-03-02T09:30:00.250Z",
               "tenant": "main", "effectivetime": "2026-03-02T08:00:00.000Z", "actor": "somebody",
               "actorkind": "service", "commandid": format!("{asset}c{number}"),
               "commanddigest": "q0Jv1qvQy5jVbqJ3JQ4wqf1n", "aggregateversion": 1, "data": {}})
        .to_string()
    };
    let bodies = [
        document(0, "asset.teleported", 1),
        document(1, "asset.retired", 99),
        "{\"specversion\": \"1.0\", \"type\": ".to_owned(),
        format!("{{\"type\": \"asset.registered\", \"data\": \"{}\"}}", "x".repeat(900_000)),
        document(4, "asset.registered", 1).replace("asset/", "location/"),
    ];
    for (number, body) in bodies.iter().enumerate() {
        let subject = format!("itam.main.event.asset.{asset}a{number}");
        let stored = nats.request(subject, body.clone().into()).await.expect("it is answered");
        let stored: Value = serde_json::from_slice(&stored.payload).expect("an answer is JSON");
        assert!(stored["seq"].is_u64() && stored["error"].is_null(), "{stored}");
    }
    trial.recovered().await;
    all_are_shown(&trial, &bodies).await;

    trial.stand.services[PROJECTOR].kill();
    trial.stand.services[PROJECTOR].restart().await;
    trial.recovered().await;
    all_are_shown(&trial, &bodies).await;
    trial.work(50).await;
    trial.recovered().await;
}

async fn all_are_shown(trial: &Trial, bodies: &[String]) {
    let queries = &trial.stand.sender.queries;
    eventually("all are parked", || async {
        let status = queries.fetch("/v1/status").await;
        assert!(status["parked"]["count"].as_u64() <= Some(bodies.len() as u64), "{status}");
        (status["parked"]["count"] == bodies.len()).then_some(())
    })
    .await;
    let export = queries.get("/v1/events").await;
    for body in bodies.iter().filter(|body| body.ends_with('}')) {
        assert!(export.text.contains(body.as_str()), "the export leaves out {body:.80}");
    }
    assert!(export.text.contains("\"base64\""), "broken JSON is exported too");
}
