//! Many commands in one body, one a line.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes, to_bytes};
use futures_util::{StreamExt, stream};
use itam_command_service::BatchSettings;
use serde_json::{Value, json};

use super::test_server::{Api, Furniture, TestServer};

const ADMINISTRATOR: (&str, &str) = ("authorization", "Bearer administrator");
const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

async fn results_of(api: &Api, headers: &[(&str, &str)], body: impl Into<Body>) -> Vec<Value> {
    let response = api.open("/v1/commands", headers, body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let results: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers = results.iter().map(|result| result["line"].as_u64().unwrap());
    assert!(numbers.eq(1..=results.len() as u64), "one result for each line, in order");
    results
}

fn line(command: &str, key: &str, data: &Value) -> String {
    json!({"command": command, "idempotency_key": key, "data": data}).to_string() + "\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_lines_that_build_on_each_other_all_succeed() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let before = server.head().await;
    let lines = (0..2500).map(move |n| {
        let tag = format!("LT-{n}");
        let deployment = it.to_person(&tag);
        line("register-asset", &tag, &it.laptop(&tag))
            + &line("deploy-asset", &format!("deploy {n}"), &deployment)
            + &line("return-asset", &format!("return {n}"), &json!({"asset": tag}))
            + &line("retire-asset", &format!("retire {n}"), &json!({"asset": tag, "cause": "surplus"}))
    });
    let chunks = lines.map(|lines| Ok::<_, std::io::Error>(Bytes::from(lines)));
    let body = Body::from_stream(stream::iter(chunks));
    let results = results_of(&api, &[ADMINISTRATOR, NDJSON], body).await;
    assert_eq!(results.len(), 10_000);
    let bad = results.iter().find(|result| result["status"] != 201);
    assert_eq!(bad, None);
    // Four events, the tag, and what is in an asset that is retired.
    assert_eq!(server.head().await, before + 15_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chassis_is_retired_behind_the_lines_that_empty_it() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    api.did("register-asset", "C-1", it.laptop("C-1")).await;
    let mut body = String::new();
    for n in 0..16 {
        let tag = format!("B-{n}");
        api.did("register-asset", &tag, it.laptop(&tag)).await;
        let put_in = json!({"asset": tag, "custodian": {"asset": "C-1"}});
        api.did("deploy-asset", &format!("put in {n}"), put_in).await;
        body += &line("return-asset", &format!("return {n}"), &json!({"asset": tag}));
    }
    body += &line("retire-asset", "retire", &json!({"asset": "C-1", "cause": "surplus"}));
    let results = results_of(&api, &[ADMINISTRATOR, NDJSON], body).await;
    assert_eq!(results.iter().find(|result| result["status"] != 201), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_may_be_named_by_id_on_one_line_and_by_tag_on_the_next() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let mut body = String::new();
    for n in 0..50 {
        let tag = format!("LT-{n}");
        let id = itam_domain::CommandId::from_key("main", &tag).created_id().to_string();
        body += &line("register-asset", &tag, &it.laptop(&tag));
        body += &line("deploy-asset", &format!("deploy {n}"), &it.to_person(&tag));
        body += &line("return-asset", &format!("return {n}"), &json!({"asset": id}));
        body += &line("retire-asset", &format!("retire {n}"), &json!({"asset": tag, "cause": "surplus"}));
    }
    let results = results_of(&api, &[ADMINISTRATOR], body).await;
    assert!(results.iter().all(|result| result["status"] == 201), "{results:?}");
}

#[tokio::test]
async fn labels_that_change_hands_within_a_body_do_so_in_order() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let asset = api.did("register-asset", "0", it.laptop("LT-0")).await;
    let mut body = String::new();
    for n in 1..50 {
        let free = json!({"asset": asset, "corrections": [{"tag": format!("LT-{n}")}]});
        body += &line("correct-asset", &format!("free {n}"), &free);
        let taken = format!("LT-{}", n - 1);
        body += &line("register-asset", &taken, &it.laptop(&taken));
    }
    let results = results_of(&api, &[ADMINISTRATOR], body).await;
    assert!(results.iter().all(|result| result["status"] == 201), "{results:?}");
}

#[tokio::test]
async fn each_bad_line_fails_alone() {
    let server = TestServer::open().await;
    let settings = BatchSettings { max_line_bytes: 400, ..BatchSettings::default() };
    let api = server.api_with(settings);
    let it = api.furnish().await;
    let body = good_and_bad(&it);
    let results = results_of(&api, &[ADMINISTRATOR], body).await;
    let outcomes: Vec<_> = results
        .iter()
        .map(|result| (result["status"].as_u64().unwrap(), result["problem"]["code"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        outcomes,
        [
            (201, "-"),
            (413, "line-too-long"),
            (400, "malformed-json"),
            (400, "malformed-json"),
            (201, "-"),
            (422, "unknown-field"),
            (422, "unknown-field"),
            (409, "already-held"),
            (412, "version-differs"),
            (201, "-"),
            (422, "invalid-value"),
            (201, "-"),
        ]
    );
    assert_eq!((&results[0]["replayed"], &results[9]["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(results[9]["events"], results[0]["events"]);
    assert_eq!(results[5]["problem"]["errors"][0]["pointer"], "/colour");
    let refused = results.iter().filter(|result| result["status"] != 201);
    assert!(refused.clone().all(|result| result["problem"]["trace_id"].is_string()), "{results:?}");
}

fn good_and_bad(it: &Furniture) -> String {
    let good = line("register-asset", "a", &it.laptop("LT-1"));
    let long = line("register-asset", "b", &json!({"model_id": it.model, "notes": "x".repeat(400)}));
    let windows = good.replace("\"a\"", "\"c\"").replace("LT-1", "LT-2").replace('\n', "\r\n");
    let unknown = line("register-asset", "d", &json!({"model_id": it.model, "colour": 1}));
    let strange = "{\"command\": \"register-asset\", \"colour\": 1}\n";
    let held = line("register-asset", "e", &it.laptop("LT-2"));
    let stale = "{\"command\": \"return-asset\", \"data\": {\"asset\": \"LT-1\"}, \"if_match\": 7}\n";
    let last = line("define-vendor", "f", &json!({"name": "Dell"}));
    // Its fields in their order, without their names.
    let array = json!(["register-asset", it.laptop("LT-3"), "g", null, null, null]).to_string() + "\n";
    [&good, &long, "\n", "{]\n", &windows, &unknown, strange, &held, stale, &good, &array, last.trim()]
        .concat()
}

#[tokio::test]
async fn every_line_is_checked_for_its_role() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let before = server.head().await;
    let body =
        line("register-asset", "a", &it.laptop("LT-1")) + &line("void-asset", "b", &json!({"asset": "LT-1"}));
    let auditor = [("authorization", "Bearer auditor")];
    let results = results_of(&api, &auditor, body.clone()).await;
    assert!(results.iter().all(|result| result["status"] == 403));
    assert_eq!(server.head().await, before);
    let results = results_of(&api, &[("authorization", "Bearer asset-analyst")], body).await;
    assert_eq!((&results[0]["status"], &results[1]["status"]), (&json!(201), &json!(403)));
    let csv = api.post("/v1/commands", &[ADMINISTRATOR, ("content-type", "text/csv")], "").await;
    csv.is_problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn a_client_that_takes_no_results_holds_back_its_own_lines() {
    const CONCURRENCY: usize = 16;
    let server = TestServer::open().await;
    let settings = BatchSettings { concurrency: CONCURRENCY, ..BatchSettings::default() };
    let api = server.api_with(settings);
    api.furnish().await;
    let read = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&read);
    let lines = (0..1000).map(move |n| {
        counter.fetch_add(1, Ordering::SeqCst);
        let name = format!("Vendor {n}");
        Ok::<_, std::io::Error>(Bytes::from(line("define-vendor", &name, &json!({"name": name}))))
    });
    let body = Body::from_stream(stream::iter(lines));
    let response = api.open("/v1/commands", &[ADMINISTRATOR], body).await;
    assert_eq!(read.load(Ordering::SeqCst), 0, "nothing is read before a result is asked for");
    let mut results = response.into_body().into_data_stream();
    for taken in 1..=100 {
        results.next().await.unwrap().unwrap();
        let ahead = read.load(Ordering::SeqCst) - taken;
        assert!(ahead <= CONCURRENCY, "{ahead} lines are held for {CONCURRENCY} places");
    }
    assert_eq!(results.count().await, 900);
}
