//! Moments that cannot be answered, cursors of moments, validators and caches.

use itam_service_kit::Role;
use serde_json::{Value, json};

use crate::moments::{at, paths};
use crate::world::{
    ADA, BEGINNING, EVENTS, LT1, ORDER, T14, World, fields, id, instant, json_of, laptop, limits,
};

#[tokio::test]
async fn every_query_refuses_moments_that_mean_nothing() {
    let world = World::new().await;
    let beyond = format!("known_at={}", EVENTS + 1);
    for path in paths() {
        for (moment, parameter, code) in [
            ("as_of=yesterday", "as_of", "malformed-request"),
            ("as_of=2026-02-30", "as_of", "malformed-request"),
            ("as_of=2026-11-05T12:00:00", "as_of", "malformed-request"),
            ("as_of=", "as_of", "malformed-request"),
            ("as_of=17", "as_of", "malformed-request"),
            ("as_of=2026-11-05&as_of=2026-11-06", "as_of", "malformed-request"),
            ("known_at=soon", "known_at", "malformed-request"),
            ("known_at=0", "known_at", "malformed-request"),
            ("known_at=99999999999999999999", "known_at", "malformed-request"),
            ("known_at=2026-11-05T12:00:00 02:00", "known_at", "malformed-request"),
            (&beyond, "known_at", "moment-in-future"),
            ("known_at=2026-11-21", "known_at", "moment-in-future"),
            ("known_at=2026-11-21T10:00:00.001Z", "known_at", "moment-in-future"),
            ("as_of=2026-09-30", "as_of", "moment-before-history"),
            ("known_at=2026-11-21T09:59:59.999Z", "known_at", "moment-before-history"),
        ] {
            let path = at(&path, &moment.replace(' ', "%20"));
            let (status, problem) = world.refused(&path).await;
            let shown = (status, problem["code"].as_str(), problem["parameter"].as_str());
            assert_eq!(shown, (400, Some(code), Some(parameter)), "{path}: {problem}");
        }
        for moment in ["as_of=2026-11-21", "as_of=2027-01-01T00:00:00Z"] {
            let path = at(&path, moment);
            let response = world.ask(Role::Auditor, &path, &[]).await;
            // What will be overdue, or end, is all that is known of a time to come.
            let is_foreseen =
                ["overdue-returns", "warranty-ending", "end-of-life"].iter().any(|name| path.contains(name));
            let expected = if is_foreseen { 200 } else { 400 };
            assert_eq!(response.status(), expected, "{path}");
            if expected == 400 {
                assert_eq!(json_of(response).await["code"], "moment-in-future", "{path}");
            }
        }
    }
    let (_, problem) = world.refused("/v1/assets?as_of=2026-09-30").await;
    assert_eq!(problem["first_effective_time"], "2026-10-01T08:00:00.000Z");
    let (_, problem) = world.refused(&format!("/v1/assets?{beyond}")).await;
    assert_eq!(problem["applied_position"], EVENTS);
}

#[tokio::test]
async fn what_is_of_no_moment_does_not_take_one() {
    let world = World::new().await;
    for path in [
        "/v1/status".to_owned(),
        "/v1/events".to_owned(),
        "/v1/live".to_owned(),
        "/v1/assets/LT-1/history".to_owned(),
        format!("/v1/people/{}/history", id(ADA)),
    ] {
        for parameter in ["as_of", "known_at"] {
            let (status, problem) = world.refused(&at(&path, &format!("{parameter}=2026-11-05"))).await;
            assert_eq!((status, &problem["unknown_parameters"]), (400, &json!([parameter])), "{path}");
        }
    }
}

#[tokio::test]
async fn in_an_empty_register_nothing_has_happened_at_any_time() {
    let world = World::empty(limits()).await;
    for moment in ["as_of=2026-11-05", "known_at=2026-11-05"] {
        let (status, problem) = world.refused(&format!("/v1/assets?{moment}")).await;
        assert_eq!((status, &problem["code"]), (400, &json!("moment-before-history")), "{moment}");
    }
    assert_eq!(world.refused("/v1/assets?known_at=1").await.1["code"], "moment-in-future");
}

#[tokio::test]
async fn all_pages_of_a_list_are_of_the_first_ones_moment() {
    for moment in
        ["as_of=2026-11-21T10:00:00Z", "known_at=24", "as_of=2026-11-05", "known_at=2026-11-21T10:00:00Z"]
    {
        let world = World::new().await;
        let path = format!("/v1/assets?limit=2&{moment}");
        let (mut met, mut cursor, mut moments) = (Vec::new(), String::new(), Vec::new());
        for round in 0_u32.. {
            let page = world.get(&format!("{path}{cursor}")).await;
            met.extend(fields(&page, "tag"));
            moments.push((page["as_of"].clone(), page["known_at"]["position"].clone()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            // Between two pages something new arrives, which took effect before: it is not known yet.
            world.append("asset.registered", 106 + round, laptop(6 + round)).await;
            world.clock.advance(crate::world::seconds(60));
            assert!(round < 10, "no end");
        }
        assert_eq!(met, ["LT-1", "LT-2", "LT-3", "LT-4", "LT-5", "MON-1"], "{moment}");
        moments.dedup();
        assert_eq!(moments.len(), 1, "{moment}: {moments:?}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_moment_only() {
    let world = World::new().await;
    let present = world.get("/v1/assets?limit=2").await;
    let past = world.get("/v1/assets?limit=2&as_of=2026-11-05").await;
    let cursor = |page: &Value| page["next_cursor"].as_str().expect("more").to_owned();
    for path in [
        format!("/v1/assets?cursor={}", cursor(&past)),
        format!("/v1/assets?as_of=2026-11-06&cursor={}", cursor(&past)),
        format!("/v1/assets?as_of=2026-11-05&known_at=20&cursor={}", cursor(&past)),
        format!("/v1/assets?as_of=2026-11-05&cursor={}", cursor(&present)),
    ] {
        let (status, problem) = world.refused(&path).await;
        assert_eq!((status, &problem["code"]), (400, &json!("cursor-invalid")), "{path}");
    }
}

#[tokio::test]
async fn a_page_waits_for_what_the_page_before_knew() {
    let world = World::new().await;
    let page = world.get("/v1/assets?limit=2&as_of=2026-11-05").await;
    // Another process may be behind the one that gave the cursor: here one that has 24 events.
    let ahead = World::new().await;
    ahead.append("asset.verified", 102, json!({})).await;
    let further = ahead.get("/v1/assets?limit=2&as_of=2026-11-05").await;
    let cursor = |page: &Value| page["next_cursor"].as_str().expect("more").to_owned();
    let path = |page| format!("/v1/assets?limit=2&as_of=2026-11-05&cursor={}", cursor(page));
    assert_eq!(world.listed(&path(&page), "tag").await, ["LT-3", "LT-4"]);
    let (status, problem) = world.refused(&path(&further)).await;
    assert_eq!((status, &problem["code"]), (504, &json!("position-not-reached")));
}

#[tokio::test]
async fn what_is_known_by_an_instant_can_be_waited_for() {
    let world = World::new().await;
    let path = format!("/v1/assets/LT-2?known_at={0}&min_position={0}&wait_ms=20000", EVENTS + 1);
    let waiting = world.ask(Role::Auditor, &path, &[]);
    let append = world.append("asset.verified", 102, json!({}));
    let (response, _) = tokio::join!(waiting, append);
    assert_eq!(response.headers()["itam-known-at"], (EVENTS + 1).to_string());
}

#[tokio::test]
async fn an_answer_lasts_if_both_times_are_past_and_it_names_nobody() {
    let world = World::new().await;
    let both = "as_of=2026-11-05&known_at=24";
    let (order, person) = (format!("/v1/purchase-orders/{}", id(ORDER)), format!("/v1/people/{}", id(ADA)));
    for (path, moment, lasts) in [
        ("/v1/assets/LT-4", both, true),
        ("/v1/assets?state=missing", both, true),
        ("/v1/inventory/summary", both, true),
        ("/v1/models", both, true),
        (&order, both, true),
        // Names can be erased at any time.
        ("/v1/assets/LT-1", both, false),
        ("/v1/assets", both, false),
        (&person, both, false),
        ("/v1/assets/LT-4", "as_of=2026-11-05", false),
        ("/v1/assets/LT-4", "known_at=24", false),
        // More that was stored by then may still arrive.
        ("/v1/assets/LT-4", "as_of=2026-11-05&known_at=2026-11-21T10:00:00Z", false),
        ("/v1/assets/LT-4", "", false),
    ] {
        let path = at(path, moment);
        let response = world.ask(Role::Auditor, &path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        let caching = response.headers()["cache-control"].to_str().expect("text").to_owned();
        let expected = if lasts { "private, max-age=86400, immutable" } else { "private, no-cache" };
        assert_eq!(caching, expected, "{path}");
    }
    world.append("asset.verified", 102, json!({})).await;
    world.clock.set(instant("2026-11-22T10:00:00Z"));
    world
        .record(("2026-11-22T09:00:00.000Z", "2026-11-22T09:00:00.000Z"), "asset.verified", 102, json!({}))
        .await;
    let settled = "/v1/assets/LT-4?as_of=2026-11-05&known_at=2026-11-21T10:00:00Z";
    let response = world.ask(Role::Auditor, settled, &[]).await;
    assert_eq!(response.headers()["cache-control"], "private, max-age=86400, immutable");
}

#[tokio::test]
async fn a_validator_is_of_the_moment_and_not_of_what_came_after() {
    let world = World::new().await;
    let model = format!("/v1/models/{}", id(T14));
    let asset = format!("/v1/assets/{}", id(LT1));
    for path in [model.as_str(), &asset, "/v1/assets", "/v1/inventory/summary", "/v1/worklists/missing"] {
        let (then, now) = (at(path, "as_of=2026-11-05&known_at=24"), path);
        let first = world.ask(Role::Auditor, &then, &[]).await;
        let tag = first.headers()["etag"].to_str().expect("text").to_owned();
        assert!(tag.starts_with("W/"), "{then}: it is no version that If-Match takes: {tag}");
        world.append("asset.verified", 102, json!({})).await;
        let again = world.ask(Role::Auditor, &then, &[("if-none-match", &tag)]).await;
        assert_eq!(
            (again.status(), &again.headers()["etag"]),
            (304.try_into().expect("a status"), &first.headers()["etag"])
        );
        assert_eq!(again.headers()["itam-known-at"], "24", "{then}");
        let present = world.ask(Role::Auditor, now, &[("if-none-match", &tag)]).await;
        assert_eq!(present.status(), 200, "{now}");
    }
    let then = "/v1/assets?as_of=2026-11-05&known_at=24";
    let before = world.ask(Role::Auditor, then, &[]).await.headers()["etag"].clone();
    itam_vault::PersonVault::erase(&world.people, id(ADA)).await.expect("erased");
    let after = world.ask(Role::Auditor, then, &[]).await.headers()["etag"].clone();
    assert_ne!(before, after, "an erased name must not live on in a cache");
}

#[tokio::test]
async fn an_export_of_a_moment_says_so_in_its_head() {
    let world = World::new().await;
    world.clock.advance(crate::world::seconds(1));
    for accept in ["text/csv", "application/x-ndjson"] {
        let path = format!("/v1/assets?as_of={BEGINNING}&known_at=20");
        let response = world.ask(Role::Auditor, &path, &[("accept", accept)]).await;
        assert_eq!(response.headers()["itam-as-of"], "2026-11-21T10:00:00.000Z");
        assert_eq!(response.headers()["itam-known-at"], "20");
        assert_eq!(response.headers()["cache-control"], "private, no-cache");
    }
}
