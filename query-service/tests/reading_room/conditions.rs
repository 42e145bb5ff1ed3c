//! Conditions and bad input: 304, 400, 406, 504.

use itam_service_kit::Role;
use serde_json::json;

use crate::world::{ACME, ADA, EVENTS, LT1, ORDER, T14, World, id, json_of};

#[tokio::test]
async fn every_answer_names_its_position_and_a_known_one_is_not_sent_again() {
    let world = World::new().await;
    let versions = [("/v1/assets/LT-1".to_owned(), "\"2\""), (format!("/v1/models/{}", id(T14)), "\"1\"")];
    for (path, tag) in versions {
        let response = world.ask(Role::Auditor, &path, &[]).await;
        assert_eq!(response.headers()["etag"], tag, "{path}");
    }
    for path in [
        "/v1/assets/LT-1".to_owned(),
        "/v1/assets?q=ada".to_owned(),
        "/v1/assets/LT-1/history".to_owned(),
        "/v1/inventory/summary".to_owned(),
        "/v1/worklists/missing".to_owned(),
        "/v1/people".to_owned(),
        format!("/v1/people/{}", id(ADA)),
        "/v1/requisitions".to_owned(),
        format!("/v1/purchase-orders/{}", id(ORDER)),
        format!("/v1/vendors/{}", id(ACME)),
    ] {
        let first = world.ask(Role::Auditor, &path, &[]).await;
        assert_eq!(first.headers()["itam-position"], EVENTS.to_string(), "{path}");
        let tag = first.headers()["etag"].to_str().expect("text").to_owned();
        let again = world.ask(Role::Auditor, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(
            (again.status().as_u16(), &again.headers()["etag"]),
            (304, &first.headers()["etag"]),
            "{path}"
        );
        let other = world.ask(Role::Auditor, &path, &[("if-none-match", "\"x\"")]).await;
        assert_eq!(other.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_list_has_another_tag_after_an_event_and_on_another_day() {
    let world = World::new().await;
    let tag = async || {
        let response = world.ask(Role::Auditor, "/v1/worklists/missing", &[]).await;
        response.headers()["etag"].to_str().expect("text").to_owned()
    };
    let first = tag().await;
    world.append("asset.verified", 102, json!({})).await;
    let second = tag().await;
    world.clock.set(crate::world::instant("2026-11-22T00:00:00Z"));
    let third = tag().await;
    assert!(first != second && second != third && first.starts_with("W/"), "{first} {second} {third}");
}

#[tokio::test]
async fn what_is_not_offered_is_not_acceptable() {
    let world = World::new().await;
    for (path, accept) in [
        ("/v1/assets", "text/html"),
        ("/v1/assets/LT-1", "text/csv"),
        ("/v1/assets/LT-1/history", "image/png"),
        ("/v1/inventory/summary", "text/csv"),
        ("/v1/status", "text/csv"),
        ("/v1/events", "text/csv"),
        ("/v1/live", "application/json"),
    ] {
        let response = world.ask(Role::Auditor, path, &[("accept", accept)]).await;
        assert_eq!(response.status(), 406, "{path}");
    }
}

#[tokio::test]
async fn unknown_parameters_are_refused_with_the_known_ones() {
    let world = World::new().await;
    for path in [
        "/v1/assets?colour=red",
        "/v1/assets/LT-1?colour=red",
        "/v1/assets/LT-1/history?colour=red",
        &format!("/v1/people/{}/assets?colour=red", id(ADA)),
        "/v1/models?colour=red",
        "/v1/people?colour=red",
        "/v1/requisitions?colour=red",
        "/v1/purchase-orders?colour=red",
        "/v1/inventory/summary?colour=red",
        "/v1/worklists/missing?colour=red",
        "/v1/events?colour=red",
        "/v1/live?colour=red",
        "/v1/status?colour=red",
    ] {
        let (status, problem) = world.refused(path).await;
        assert_eq!((status, &problem["unknown_parameters"]), (400, &json!(["colour"])), "{path}");
        assert!(problem["allowed_parameters"].is_array(), "{path}: {problem}");
    }
}

#[tokio::test]
async fn values_that_cannot_be_read_are_refused_by_name() {
    let world = World::new().await;
    for (path, parameter) in [
        ("/v1/assets?state=lost", "state"),
        ("/v1/assets?state=", "state"),
        ("/v1/assets?hold=maybe", "hold"),
        ("/v1/assets?model_id=seven", "model_id"),
        ("/v1/assets?custodian=ada", "custodian"),
        ("/v1/assets?custodian=ship:01930000-0000-7000-8000-000000000001", "custodian"),
        ("/v1/assets?custodian=person:seven", "custodian"),
        ("/v1/assets?limit=0", "limit"),
        ("/v1/assets?limit=1001", "limit"),
        ("/v1/assets?limit=ten", "limit"),
        ("/v1/assets?limit=1&limit=2", "limit"),
        ("/v1/assets?sort=price", "sort"),
        ("/v1/assets?q=x&sort=tag", "sort"),
        ("/v1/assets?q=x&tag=y", "q"),
        ("/v1/assets?q=---", "q"),
        ("/v1/assets?tag=", "tag"),
        ("/v1/assets?min_position=-1", "min_position"),
        ("/v1/assets?wait_ms=99999999", "wait_ms"),
        ("/v1/assets/LT-1/history?order=sideways", "order"),
        ("/v1/requisitions?stage=lost", "stage"),
        ("/v1/requisitions?older_than=old", "older_than"),
        ("/v1/purchase-orders?open=maybe", "open"),
        ("/v1/purchase-orders?open=true&stage=issued", "open"),
        ("/v1/people?standing=retired", "standing"),
        ("/v1/models/seven", "id"),
        ("/v1/events?from=0", "from"),
        ("/v1/events?type=deployed", "type"),
        ("/v1/events?aggregate=ship", "aggregate"),
    ] {
        let (status, problem) = world.refused(path).await;
        assert_eq!((status, problem["parameter"].as_str()), (400, Some(parameter)), "{path}: {problem}");
    }
    let (_, problem) = world.refused("/v1/assets?state=lost").await;
    assert!(problem["allowed_values"].as_array().is_some_and(|words| words.contains(&json!("in_stock"))));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_query_only() {
    let world = World::new().await;
    let page = world.get("/v1/assets?limit=2&state=in_stock,deployed").await;
    let cursor = page["next_cursor"].as_str().expect("more");
    let own = format!("/v1/assets?state=in_stock,deployed&limit=5&cursor={cursor}");
    assert_eq!(world.get(&own).await["next_cursor"], json!(null));
    for path in [
        format!("/v1/assets?cursor={cursor}"),
        format!("/v1/assets?state=in_stock,deployed&sort=tag&cursor={cursor}"),
        format!("/v1/models?cursor={cursor}"),
        format!("/v1/assets/LT-1/history?cursor={cursor}"),
        "/v1/assets?cursor=AAAA".to_owned(),
        "/v1/assets?cursor=%25".to_owned(),
    ] {
        let (status, problem) = world.refused(&path).await;
        assert_eq!((status, &problem["code"]), (400, &json!("cursor-invalid")), "{path}");
    }
}

#[tokio::test]
async fn a_reader_waits_for_her_own_writes() {
    let world = World::new().await;
    let (status, problem) = world.refused(&format!("/v1/assets/LT-1?min_position={}", EVENTS + 1)).await;
    assert_eq!((status, &problem["code"]), (504, &json!("position-not-reached")));
    assert_eq!(
        (&problem["applied_position"], &problem["min_position"]),
        (&json!(EVENTS), &json!(EVENTS + 1))
    );

    let path = format!("/v1/assets/LT-2?min_position={}&wait_ms=20000", EVENTS + 1);
    let waiting = world.ask(Role::Auditor, &path, &[]);
    let append = world.append("asset.verified", 102, json!({}));
    let (response, _) = tokio::join!(waiting, append);
    assert_eq!(response.headers()["itam-position"], (EVENTS + 1).to_string());
    assert_eq!(json_of(response).await["version"], 3);
}

#[tokio::test]
async fn an_empty_register_answers_with_nothing() {
    let world = World::empty(crate::world::limits()).await;
    assert_eq!(world.refused(&format!("/v1/assets/{}", id(LT1))).await.0, 404);
    assert_eq!(world.get("/v1/assets").await, json!({"items": [], "next_cursor": null}));
    assert_eq!(world.get("/v1/inventory/summary").await["assets"], 0);
}

#[tokio::test]
async fn while_the_read_model_is_not_built_every_question_is_put_off() {
    let world = World::empty(crate::world::limits()).await.without_read_model();
    for path in [
        "/v1/assets/LT-1",
        "/v1/assets",
        "/v1/inventory/summary",
        "/v1/worklists/on-hold",
        "/v1/worklists",
        "/v1/status",
    ] {
        let response = world.ask(Role::Auditor, path, &[]).await;
        assert_eq!(response.status(), 503, "{path}");
        assert_eq!(response.headers()["retry-after"], "1", "{path}");
        assert_eq!(json_of(response).await["code"], "not-ready", "{path}");
    }
}
