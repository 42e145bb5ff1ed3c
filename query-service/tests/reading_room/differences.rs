//! What differs between two moments.

use itam_service_kit::Role;
use serde_json::{Value, json};

use crate::world::{ADA, BERLIN, EVENTS, GRACE, LT1, MON1, ROOM, World, id, instant, laptop};

/// A week after the beginning: LT-1 goes from Ada to Grace, the monitor to Berlin, LT-3 leaves,
/// LT-9 comes, LT-8 comes and goes.
async fn a_busy_week(world: &World) -> u64 {
    world.clock.set(instant("2026-11-28T12:00:00Z"));
    let day = |number: u32| format!("2026-11-{number}T09:00:00.000Z");
    let mut last = 0;
    for (on, name, number, data) in [
        (
            22,
            "asset.reassigned",
            LT1,
            json!({"from": {"person": id(ADA)}, "to": {"person": id(GRACE)},
                                             "acceptance": "not_required"}),
        ),
        (23, "asset.verified", MON1, json!({"location_id": id(BERLIN)})),
        (24, "asset.voided", 103, json!({})),
        (25, "asset.registered", 109, laptop(9)),
        (26, "asset.registered", 108, laptop(8)),
        (27, "asset.voided", 108, json!({})),
    ] {
        last = world.record((&day(on), &day(on)), name, number, data).await;
    }
    last
}

fn changes(body: &Value) -> Vec<(String, String)> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let items = body["items"].as_array().expect("items").iter();
    items.map(|item| (text(item, "tag"), text(item, "change"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(tag, change)| ((*tag).to_owned(), (*change).to_owned())).collect()
}

const WEEK: [(&str, &str); 5] =
    [("LT-1", "changed"), ("LT-3", "removed"), ("MON-1", "changed"), ("LT-9", "added"), ("LT-8", "passed")];

#[tokio::test]
async fn assets_are_added_removed_and_changed_between_two_days_or_positions() {
    let world = World::new().await;
    let last = a_busy_week(&world).await;
    let by_position = format!("from={EVENTS}&to={last}");
    for span in
        ["from=2026-11-21&to=2026-11-27", "from=2026-11-21T10:00:00Z&to=2026-11-28T12:00:00Z", &by_position]
    {
        let body = world.get(&format!("/v1/diff?{span}")).await;
        assert_eq!(changes(&body), pairs(&WEEK), "{span}");
        assert_eq!(body["next_cursor"], json!(null));
    }
    for (span, expected) in [
        ("from=2026-11-22&to=2026-11-24".to_owned(), &[("LT-3", "removed"), ("MON-1", "changed")][..]),
        ("from=2026-11-25&to=2026-11-26".to_owned(), &[("LT-8", "added")]),
        ("from=2026-11-26&to=2026-11-27".to_owned(), &[("LT-8", "removed")]),
        ("from=2026-11-24&to=2026-11-24".to_owned(), &[]),
        (format!("from=2026-11-21&to=2026-11-27&known_at={EVENTS}"), &[]),
        (format!("{by_position}&as_of=2026-11-23"), &[("LT-1", "changed"), ("MON-1", "changed")]),
        (format!("{by_position}&change=added,removed"), &[("LT-3", "removed"), ("LT-9", "added")]),
        (format!("{by_position}&location_id={}", id(ROOM)), &[("MON-1", "changed")]),
        (format!("{by_position}&hardware_kind=monitor"), &[("MON-1", "changed")]),
        (format!("from=0&to={EVENTS}&hardware_kind=monitor"), &[("MON-1", "added")]),
    ] {
        assert_eq!(changes(&world.get(&format!("/v1/diff?{span}")).await), pairs(expected), "{span}");
    }
}

#[tokio::test]
async fn every_field_that_differs_is_named_with_both_values_and_the_events_that_did_it() {
    let world = World::new().await;
    a_busy_week(&world).await;
    let body = world.get("/v1/diff?from=2026-11-21&to=2026-11-27").await;
    assert_eq!(body["from"]["as_of"], "2026-11-21T23:59:59.999Z");
    assert_eq!(body["to"]["as_of"], "2026-11-27T23:59:59.999Z");
    assert_eq!(body["from"]["known_at"], body["to"]["known_at"]);
    let laptop = &body["items"][0];
    assert_eq!(
        laptop["fields"],
        json!([
            {"pointer": "/custodian/person", "before": id(ADA), "after": id(GRACE)},
            {"pointer": "/custodian_name", "before": "Ada Lovelace", "after": "Grace Hopper"},
            {"pointer": "/custody/acceptance", "before": "pending", "after": "not_required"},
            {"pointer": "/custody/due_back_on", "before": "2026-11-11"},
            {"pointer": "/custody/since", "before": "2026-11-01T08:00:00.000Z", "after": "2026-11-22T09:00:00.000Z"},
        ])
    );
    let event = &laptop["events"][0];
    for (name, expected) in [
        ("position", json!(EVENTS + 1)),
        ("type", json!("asset.reassigned")),
        ("actor", json!("service-1")),
        ("effective_time", json!("2026-11-22T09:00:00.000Z")),
        ("recorded_time", json!("2026-11-22T09:00:00.000Z")),
    ] {
        assert_eq!(event[name], expected, "{name}: {event}");
    }
    assert!(event["id"].is_string() && event.get("data").is_none(), "{event}");
    let came_and_went = &body["items"][4];
    assert_eq!(came_and_went["events"].as_array().map(Vec::len), Some(2));
    let state = came_and_went["fields"].as_array().expect("fields").iter();
    let state: Vec<_> = state.filter(|field| field["pointer"] == "/state").collect();
    assert_eq!(state, [&json!({"pointer": "/state", "after": "voided"})]);
}

#[tokio::test]
async fn a_late_entry_differs_where_it_happened_and_where_it_became_known() {
    let world = World::new().await;
    world.clock.set(instant("2026-11-28T12:00:00Z"));
    let times = ("2026-11-10T09:00:00.000Z", "2026-11-28T10:00:00.000Z");
    let late = world.record(times, "asset.returned", LT1, json!({"from": {"person": id(ADA)}})).await;
    for (span, is_listed) in [
        ("from=2026-11-09&to=2026-11-10".to_owned(), true),
        (format!("from=2026-11-09&to=2026-11-10&known_at={EVENTS}"), false),
        ("from=2026-11-10&to=2026-11-27".to_owned(), false),
        (format!("from={EVENTS}&to={late}"), true),
        (format!("from={EVENTS}&to={late}&as_of=2026-11-09"), false),
    ] {
        let body = world.get(&format!("/v1/diff?{span}")).await;
        assert_eq!(changes(&body) == pairs(&[("LT-1", "changed")]), is_listed, "{span}: {body}");
    }
}

#[tokio::test]
async fn a_walk_by_cursors_meets_every_difference_once_while_data_changes() {
    let world = World::new().await;
    a_busy_week(&world).await;
    let path = "/v1/diff?from=2026-11-21&to=2026-11-27&limit=2";
    let (mut met, mut cursor) = (Vec::new(), String::new());
    for round in 0_u32.. {
        let page = world.get(&format!("{path}{cursor}")).await;
        met.extend(changes(&page));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        // A late entry that the first page did not know of.
        let times = ("2026-11-26T09:00:00.000Z", "2026-11-28T11:00:00.000Z");
        world.record(times, "asset.registered", 120 + round, laptop(20 + round)).await;
        assert!(round < 10, "no end");
    }
    assert_eq!(met, pairs(&WEEK));
}

#[tokio::test]
async fn differences_are_exported_by_asset_and_by_field() {
    let world = World::new().await;
    a_busy_week(&world).await;
    let path = "/v1/diff?from=2026-11-21&to=2026-11-27";
    let lines = world.export(path, "application/x-ndjson").await;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    assert_eq!(json!(lines), world.get(path).await["items"]);
    let text = world.export(&format!("{path}&change=changed"), "text/csv").await;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<_> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header, ["id", "tag", "change", "pointer", "before", "after", "positions"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let first: Vec<_> = rows[0].iter().skip(1).map(str::to_owned).collect();
    let (ada, grace) = (id(ADA).to_string(), id(GRACE).to_string());
    assert_eq!(first, ["LT-1", "changed", "/custodian/person", &ada, &grace, &format!("[{}]", EVENTS + 1)]);
    assert_eq!(world.export(&format!("{path}&limit=1"), "application/x-ndjson").await.lines().count(), 1);
}

#[tokio::test]
async fn spans_that_mean_nothing_are_refused() {
    let world = World::new().await;
    let beyond = format!("from=1&to={}", EVENTS + 1);
    for (span, parameter, code) in [
        ("", "from", "malformed-request"),
        ("from=2026-11-05", "to", "malformed-request"),
        ("to=2026-11-05", "from", "malformed-request"),
        ("from=then&to=2026-11-05", "from", "malformed-request"),
        ("from=1&to=2026-11-05", "to", "malformed-request"),
        ("from=2026-11-05&to=2026-11-04", "to", "malformed-request"),
        ("from=20&to=19", "to", "malformed-request"),
        ("from=2026-11-04&to=2026-11-05&as_of=2026-11-05", "as_of", "malformed-request"),
        ("from=1&to=2&known_at=2", "known_at", "malformed-request"),
        ("from=1&to=2&change=moved", "change", "malformed-request"),
        ("from=2026-11-04&to=2026-11-21", "to", "moment-in-future"),
        (&beyond, "to", "moment-in-future"),
        ("from=2026-09-30&to=2026-11-05", "from", "moment-before-history"),
    ] {
        let (status, problem) = world.refused(&format!("/v1/diff?{span}")).await;
        let shown = (status, problem["code"].as_str(), problem["parameter"].as_str());
        assert_eq!(shown, (400, Some(code), Some(parameter)), "{span}: {problem}");
    }
    let (_, problem) = world.refused("/v1/diff?from=1&to=2&colour=red").await;
    assert_eq!(problem["unknown_parameters"], json!(["colour"]));
    let response = world.ask(Role::Auditor, "/v1/diff?from=1&to=2", &[("accept", "text/html")]).await;
    assert_eq!(response.status(), 406);
}

#[tokio::test]
async fn a_difference_of_two_positions_at_one_instant_lasts_unless_it_names_somebody() {
    let world = World::new().await;
    let last = a_busy_week(&world).await;
    let span = format!("from={EVENTS}&to={last}&as_of=2026-11-27");
    for (filter, caching) in [
        ("hardware_kind=monitor", "private, no-cache"),
        ("change=removed", "private, max-age=86400, immutable"),
    ] {
        let response = world.ask(Role::Auditor, &format!("/v1/diff?{span}&{filter}"), &[]).await;
        // The monitor is reserved for Grace.
        assert_eq!(response.headers()["cache-control"], caching, "{filter}");
        assert_eq!(response.headers()["itam-known-at"], last.to_string(), "{filter}");
    }
}
