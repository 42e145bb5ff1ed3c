//! What the projections beside the register answer: compliance and cost.

use std::num::NonZeroUsize;
use std::path::Path;

use axum::http::StatusCode;
use itam_event_log::LogReader as _;
use itam_read_model::{
    LogEntry, Opened, PreparedProjection, Projection, ReadModel, ReadModelOptions, ReadModelWriter,
};
use itam_service_kit::Role;
use serde_json::{Value, json};

use crate::world::{ACME, BEGINNING, EVENTS, IT, ORDER, World, content_of, id, instant, json_of};

#[tokio::test]
async fn assets_out_of_service_are_told_apart_by_what_became_of_their_data() {
    let world = World::new().await;
    world.append("asset.retired", 103, json!({"cause": "end_of_life"})).await;
    let last = world.append("asset.retired", 104, json!({"cause": "surplus"})).await;
    world.append("asset.sanitized", 104, json!({"method": "purge"})).await;
    for (word, tags) in [("outstanding", "LT-3"), ("recorded", "LT-4"), ("uncontrolled", "LT-5")] {
        let path = format!("/v1/compliance/assets?sanitization={word}");
        assert_eq!(world.listed(&path, "tag").await, [tags], "{word}");
    }
    assert_eq!(world.listed("/v1/compliance/assets", "tag").await, ["LT-3", "LT-4", "LT-5"]);
    let waiting = "/v1/compliance/worklists/sanitization-outstanding";
    assert_eq!(world.listed(waiting, "tag").await, ["LT-3"]);
    // As it was known before the data were removed, nobody had seen to either.
    let before = format!("{waiting}?known_at={last}");
    assert_eq!(world.listed(&before, "tag").await, ["LT-3", "LT-4"]);
    let counts = json!({"outstanding": 1, "recorded": 1, "uncontrolled": 1});
    let total = world.get("/v1/compliance/totals/sanitization").await;
    let group = json!({"id": id(IT), "name": "IT", "counts": counts});
    assert_eq!(total, json!({"all": {"counts": counts}, "groups": [group]}));
    let csv = world.export("/v1/compliance/assets", "text/csv").await;
    assert_eq!(csv.lines().count(), 4, "{csv}");
}

#[tokio::test]
async fn what_is_awaited_is_summed_up_by_vendor_now_and_then() {
    let world = World::new().await;
    let total = |awaited: serde_json::Value, issued: u32, cancelled: u32| {
        let counts = json!({"issued": issued, "partially_received": 0, "received": 0, "closed": 0,
                            "cancelled": cancelled});
        json!({"counts": counts, "sums": {"awaited": awaited}})
    };
    let now = world.get("/v1/tco/totals/orders").await;
    let awaited = json!([{"amount": "1800.00", "currency": "EUR"}]);
    assert_eq!(now["all"], total(awaited.clone(), 1, 0));
    assert_eq!((&now["groups"][0]["id"], &now["groups"][0]["name"]), (&json!(id(ACME)), &json!("Acme")));
    world.append("purchase_order.cancelled", ORDER, json!({})).await;
    assert_eq!(world.get("/v1/tco/totals/orders").await["all"], total(json!([]), 0, 1));
    let then = world.get(&format!("/v1/tco/totals/orders?known_at={EVENTS}")).await;
    assert_eq!(then["all"], total(awaited, 1, 0));
}

#[tokio::test]
async fn what_there_is_not_is_refused_in_words_that_say_what_there_is() {
    let world = World::new().await;
    let (status, problem) = world.refused("/v1/compliance/totals/seats").await;
    assert_eq!((status, &problem["totals"]), (404, &json!(["sanitization"])));
    let (status, problem) = world.refused("/v1/compliance/worklists/seats").await;
    assert_eq!(
        (status, &problem["worklists"]),
        (404, &json!(["sanitization-outstanding", "sanitization-missed"]))
    );
    for path in ["/v1/compliance/assets?sanitization=lost", "/v1/tco/assets?sanitization=recorded"] {
        assert_eq!(world.refused(path).await.0, 400, "{path}");
    }
    let ahead = EVENTS + 1;
    let (_, problem) = world.refused(&format!("/v1/tco/assets?min_position={ahead}&wait_ms=0")).await;
    assert_eq!(
        (&problem["code"], &problem["applied_position"]),
        (&json!("position-not-reached"), &json!(EVENTS))
    );
    let status = world.get("/v1/status").await;
    let names: Vec<_> =
        status["read_models"].as_array().expect("rows").iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["inventory", "compliance", "tco"]);
    assert!(
        status["read_models"].as_array().expect("rows").iter().all(|row| row["applied"] == json!(EVENTS))
    );
}

fn open(model: &ReadModel) -> ReadModelWriter {
    let (Opened::New(writer) | Opened::Current(writer)) = ReadModelWriter::open(model, "main").expect("open")
    else {
        panic!("outdated")
    };
    writer
}

/// A read model of what is in the log of a world, that lacks a projection.
async fn model_without(dir: &Path, projection: Projection, world: &World) -> (ReadModel, ReadModelWriter) {
    let model = ReadModel::in_process(dir, ReadModelOptions::default());
    drop(open(&model));
    model.let_go();
    std::fs::remove_file(dir.join(projection.as_str().to_uppercase())).expect("its pointer");
    let mut writer = open(&model);
    assert_eq!(writer.missing_projections(), [projection]);
    let page = world.log.read(1, NonZeroUsize::MAX).await.expect("read");
    for message in &page.messages {
        let content = content_of(&message.body);
        let entry = LogEntry {
            position: message.position,
            stored_at: instant(BEGINNING),
            body: &message.body,
            content,
        };
        writer.apply(entry).expect("apply");
    }
    writer.flush().expect("flush");
    (model, writer)
}

fn names(overview: &Value) -> Vec<&str> {
    let worklists = overview["worklists"].as_array().expect("worklists");
    worklists.iter().filter_map(|worklist| worklist["name"].as_str()).collect()
}

#[tokio::test]
async fn the_worklists_of_what_is_ready_are_told_while_a_projection_is_prepared() {
    let (world, dir) = (World::new().await, tempfile::tempdir().expect("temp dir"));
    let all = world.get("/v1/worklists").await;
    assert_eq!(all.get("not_ready"), None);
    let (model, mut writer) = model_without(dir.path(), Projection::Compliance, &world).await;
    let world = world.with_read_model(model.clone());
    let (status, problem) = world.refused("/v1/compliance/worklists/sanitization-missed").await;
    assert_eq!((status, &problem["code"]), (503, &json!("not-ready")));
    for path in ["/v1/worklists", "/v1/worklists?as_of=2026-11-20"] {
        let some = world.get(path).await;
        assert_eq!(some["not_ready"], json!(["compliance"]), "{path}");
        let lacking = ["sanitization-missed", "sanitization-outstanding"];
        let others = names(&all).into_iter().filter(|name| !lacking.contains(name)).collect::<Vec<_>>();
        assert_eq!(names(&some), others, "{path}");
    }
    let response = world.ask(Role::Auditor, "/v1/worklists", &[]).await;
    let tag = response.headers()["etag"].to_str().expect("text").to_owned();
    let prepared = PreparedProjection::prepare(&model, Projection::Compliance, "main").expect("prepare");
    writer.attach(prepared).expect("attach");
    // At the same position: whoever has the answer without it learns that there is more.
    let response = world.ask(Role::Auditor, "/v1/worklists", &[("if-none-match", &tag)]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let tag = response.headers()["etag"].to_str().expect("text").to_owned();
    assert_eq!(response.headers()["itam-position"], EVENTS.to_string());
    assert_eq!(json_of(response).await, all);
    let again = world.ask(Role::Auditor, "/v1/worklists", &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}
