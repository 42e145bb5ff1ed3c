//! What comes from the log itself: histories, events, live changes, the status.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures_util::StreamExt as _;
use itam_query_service::QueryLimits;
use itam_service_kit::Role;
use itam_vault::PersonVault as _;
use serde_json::{Value, json};

use crate::world::{ADA, BERLIN, EVENTS, LT1, TOKEN, World, fields, id, limits};

#[tokio::test]
async fn an_asset_has_its_history_oldest_or_newest_first_by_pages() {
    let world = World::new().await;
    let history = world.get("/v1/assets/LT-1/history").await;
    assert_eq!(fields(&history, "type"), ["asset.registered", "asset.deployed", "asset.teleported"]);
    let deployed = &history["items"][1];
    for (field, expected) in [
        ("position", json!(15)),
        ("version", json!(2)),
        ("actor", json!("service-1")),
        ("actor_kind", json!("person")),
        ("reason", json!("as planned")),
        ("recorded_time", json!("2026-11-01T08:00:00.000Z")),
        ("effective_time", json!("2026-11-01T08:00:00.000Z")),
        ("command_id", json!(id(900_000 + LT1))),
    ] {
        assert_eq!(deployed[field], expected, "{field}: {deployed}");
    }
    assert_eq!(deployed["data"]["custodian"]["person"], json!(id(ADA)));

    let path = format!("/v1/assets/{}/history?order=newest-first&limit=1", id(LT1));
    let newest = world.get(&path).await;
    assert_eq!(fields(&newest, "type"), ["asset.teleported"]);
    let cursor = newest["next_cursor"].as_str().expect("more");
    let before = world.get(&format!("{path}&cursor={cursor}")).await;
    assert_eq!(fields(&before, "type"), ["asset.deployed"]);
}

#[tokio::test]
async fn who_holds_assets_has_them_in_her_history() {
    let world = World::new().await;
    let ada = world.get(&format!("/v1/people/{}/history", id(ADA))).await;
    let types = fields(&ada, "type");
    assert!(
        types.contains(&"person.added".to_owned()) && types.contains(&"asset.deployed".to_owned()),
        "{types:?}"
    );
    for (plural, number) in [
        ("locations", BERLIN),
        ("departments", 31),
        ("models", 11),
        ("vendors", 1),
        ("requisitions", 51),
        ("purchase-orders", 61),
    ] {
        let history = world.get(&format!("/v1/{plural}/{}/history", id(number))).await;
        assert!(!fields(&history, "type").is_empty(), "{plural}");
        assert_eq!(world.refused(&format!("/v1/{plural}/{}/history", id(7))).await.0, 404, "{plural}");
    }
    assert_eq!(world.refused("/v1/assets/LT-99/history").await.0, 404);
    let requisition = world.get(&format!("/v1/requisitions/{}/history", id(51))).await;
    assert_eq!(requisition["items"][0]["actor_name"], "Ada Lovelace");
}

#[tokio::test]
async fn actors_are_named_as_persons_or_as_tokens_and_not_at_all_once_erased() {
    let world = World::new().await;
    let newest = format!("/v1/assets/{}/history?order=newest-first&limit=1", id(LT1));
    for (actor, name) in [
        (id(TOKEN).to_string(), json!("nightly import")),
        (id(ADA).to_string(), json!("Ada Lovelace")),
        (id(7).to_string(), Value::Null),
        ("somebody".to_owned(), Value::Null),
    ] {
        world.append_at("2026-11-22T10:00:00Z", &actor, "asset.teleported", LT1, json!({})).await;
        let history = world.get(&newest).await;
        let row = &history["items"][0];
        assert_eq!((&row["actor"], &row["actor_name"]), (&json!(actor), &name), "{row}");
        let csv = world.export(&newest, "text/csv").await;
        assert_eq!(csv.contains(name.as_str().unwrap_or("no name at all")), name.is_string(), "{csv}");
    }
    world.people.erase(id(ADA)).await.expect("erased");
    let all = world.export(&format!("/v1/assets/{}/history", id(LT1)), "text/csv").await;
    assert!(all.contains("nightly import") && !all.contains("Lovelace"), "{all}");
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("json")).collect()
}

#[tokio::test]
async fn events_are_the_stored_bytes_from_a_position_to_the_end() {
    let world = World::new().await;
    let text = world.export("/v1/events", "application/x-ndjson").await;
    let all = lines(&text);
    assert_eq!(all.len(), usize::try_from(EVENTS).unwrap() + 1);
    assert_eq!(all.last(), Some(&json!({"next_position": EVENTS + 1})));
    assert_eq!(all[14]["subject"], format!("itam.main.event.asset.{}", id(LT1)));
    assert_eq!(all[14]["event"]["type"], "asset.deployed");
    for (query, positions, next) in [
        ("from=23", vec![23, 24], EVENTS + 1),
        ("from=25", vec![], EVENTS + 1),
        ("from=1000", vec![], 1000),
        ("limit=2", vec![1, 2], 3),
        ("from=3&limit=1", vec![3], 4),
        ("type=asset.deployed", vec![15, 16], EVENTS + 1),
        ("type=asset.deployed,asset.reserved&limit=2", vec![15, 16], 17),
        ("aggregate=requisition", vec![21, 22], EVENTS + 1),
    ] {
        let found = lines(&world.export(&format!("/v1/events?{query}"), "application/x-ndjson").await);
        let (last, events) = found.split_last().expect("a last line");
        let found: Vec<u64> = events.iter().filter_map(|line| line["position"].as_u64()).collect();
        assert_eq!((found, last), (positions, &json!({"next_position": next})), "{query}");
    }
}

async fn read_until(stream: &mut BodyDataStream, text: &mut String, wanted: &str) {
    let reading = async {
        while !text.contains(wanted) {
            let chunk = stream.next().await.expect("more").expect("a chunk");
            text.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    };
    let read = tokio::time::timeout(Duration::from_mins(2), reading).await;
    assert!(read.is_ok(), "no {wanted:?} came");
}

#[tokio::test]
async fn live_changes_come_as_they_are_appended_and_resume_behind_the_last_one() {
    let world = World::new().await;
    let mut live = world.ask(Role::Service, "/v1/live", &[]).await.into_body().into_data_stream();
    let mut text = String::new();
    read_until(&mut live, &mut text, ": following").await;
    world.append("asset.verified", 102, json!({})).await;
    read_until(&mut live, &mut text, "\"asset.verified\"").await;
    assert!(text.contains(&format!("id: {}\nevent: asset.verified\ndata: {{", EVENTS + 1)), "{text}");

    let header = [("last-event-id", "23")];
    let resumed = world.ask(Role::Service, "/v1/live?from=1", &header).await;
    let (mut resumed, mut text) = (resumed.into_body().into_data_stream(), String::new());
    read_until(&mut resumed, &mut text, "asset.verified").await;
    let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["24", "25"]);

    let filtered = world.ask(Role::Service, "/v1/live?from=1&type=asset.reserved", &[]).await;
    let (mut filtered, mut text) = (filtered.into_body().into_data_stream(), String::new());
    read_until(&mut filtered, &mut text, "asset.reserved").await;
    assert_eq!(text.matches("id: ").count(), 1);

    world.shutdown.cancel();
    let mut text = String::new();
    read_until(&mut live, &mut text, ": closing").await;
    assert!(live.next().await.is_none());
    let bad = world.ask(Role::Service, "/v1/live", &[("last-event-id", "x")]).await;
    assert_eq!(bad.status(), 400);
}

#[tokio::test]
async fn a_silent_live_stream_says_that_it_lives_and_places_are_limited() {
    let limits = QueryLimits { heartbeat: Duration::from_millis(20), live_streams: 1, ..limits() };
    let world = World::empty(limits).await;
    let mut live = world.ask(Role::Service, "/v1/live", &[]).await.into_body().into_data_stream();
    let mut text = String::new();
    read_until(&mut live, &mut text, ": heartbeat").await;
    let second = world.ask(Role::Service, "/v1/live", &[]).await;
    assert_eq!((second.status().as_u16(), &second.headers()["retry-after"]), (503, &"1".parse().unwrap()));
}

#[tokio::test]
async fn the_status_tells_head_lag_and_what_is_parked() {
    let world = World::new().await;
    let status = world.get("/v1/status").await;
    for (pointer, expected) in [
        ("/head", json!(EVENTS)),
        ("/applied", json!(EVENTS)),
        ("/lag", json!(0)),
        ("/parked/count", json!(1)),
        ("/parked/events/0/type", json!("asset.teleported")),
        ("/mode", json!("embedded")),
        ("/started_at", json!("2026-11-21T10:00:00.000Z")),
        ("/projector/phase", json!("following")),
    ] {
        assert_eq!(status.pointer(pointer), Some(&expected), "{pointer}: {status}");
    }
}
