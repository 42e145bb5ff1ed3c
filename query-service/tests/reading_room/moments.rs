//! The inventory as of a moment: what was true then, as far as was known then.

use itam_service_kit::Role;
use serde_json::{Value, json};

use crate::world::{
    ACME, ADA, ADAS_REQUISITION, BEGINNING, BERLIN, EVENTS, GRACE, IT, LT1, MON1, ORDER, ROOM, T14, World,
    fields, id, instant, json_of, text_of,
};

/// Every query that can be asked of a moment.
pub(crate) fn paths() -> Vec<String> {
    let mut paths: Vec<String> = [
        "/v1/assets",
        "/v1/assets?state=in_stock,deployed&sort=-tag",
        "/v1/assets?sort=-changed&hardware_kind=laptop",
        "/v1/assets?q=thinkpad",
        "/v1/assets?q=ada",
        "/v1/assets?tag=lt-3",
        "/v1/assets?serial=s-4",
        "/v1/assets?hold=legal",
        "/v1/assets/LT-1",
        "/v1/inventory/summary",
        "/v1/inventory/summary?state=in_stock&kind=hardware",
        "/v1/compliance/assets?sanitization=uncontrolled,outstanding",
        "/v1/compliance/worklists/sanitization-outstanding",
        "/v1/compliance/totals/sanitization",
        "/v1/tco/assets?cost=known",
        "/v1/tco/totals/orders",
        "/v1/worklists/overdue-returns",
        "/v1/compliance/worklists/sanitization-missed",
        "/v1/worklists",
        "/v1/worklists/declined-custody",
        "/v1/worklists/never-verified",
        "/v1/worklists/warranty-ending",
        "/v1/worklists/end-of-life",
        "/v1/worklists/leavers",
        "/v1/worklists/pending-acceptances",
        "/v1/worklists/in-maintenance",
        "/v1/worklists/missing",
        "/v1/worklists/reserved",
        "/v1/worklists/on-hold",
        "/v1/worklists/unverified?days=20",
        "/v1/people",
        "/v1/people?q=grace",
        "/v1/models",
        "/v1/locations?q=room",
        "/v1/departments",
        "/v1/vendors",
        "/v1/requisitions",
        "/v1/requisitions?older_than=29",
        "/v1/purchase-orders",
        "/v1/purchase-orders/PO-1",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend([
        format!("/v1/assets/{}", id(LT1)),
        format!("/v1/assets?location_id={}", id(BERLIN)),
        format!("/v1/inventory/summary?location_id={}", id(ROOM)),
        format!("/v1/people/{}", id(ADA)),
        format!("/v1/people/{}/assets", id(ADA)),
        format!("/v1/locations/{}", id(ROOM)),
        format!("/v1/locations/{}/assets", id(ROOM)),
        format!("/v1/locations/{}/assets?include=descendants", id(BERLIN)),
        format!("/v1/departments/{}", id(IT)),
        format!("/v1/departments/{}/assets", id(IT)),
        format!("/v1/models/{}", id(T14)),
        format!("/v1/vendors/{}", id(ACME)),
        format!("/v1/requisitions/{}", id(ADAS_REQUISITION)),
        format!("/v1/purchase-orders/{}", id(ORDER)),
    ]);
    paths
}

/// A path at a moment.
pub(crate) fn at(path: &str, moment: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}{moment}")
}

/// The body without what it says of its moment.
fn without_moment(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.remove("as_of");
        members.remove("known_at");
    }
    body
}

#[tokio::test]
async fn a_moment_that_is_now_answers_what_the_present_answers() {
    let world = World::new().await;
    let (applied, now) = (format!("known_at={EVENTS}"), format!("as_of={BEGINNING}"));
    for path in paths() {
        let present = world.get(&path).await;
        for moment in [&applied, &now, &format!("{now}&{applied}"), &format!("known_at={BEGINNING}")] {
            let path = at(&path, moment);
            let response = world.ask(Role::Auditor, &path, &[]).await;
            let headers = response.headers().clone();
            let body = json_of(response).await;
            assert_eq!(headers["itam-as-of"], "2026-11-21T10:00:00.000Z", "{path}");
            assert_eq!(headers["itam-known-at"], EVENTS.to_string(), "{path}");
            assert_eq!(headers["itam-position"], EVENTS.to_string(), "{path}");
            let is_enveloped =
                ["items", "by_state", "groups", "worklists"].iter().any(|name| body.get(name).is_some());
            assert_eq!(body.get("known_at").is_some(), is_enveloped, "{path}: {body}");
            assert_eq!(without_moment(body), present, "{path}");
        }
    }
}

#[tokio::test]
async fn an_envelope_says_the_moment_and_a_present_answer_does_not() {
    let world = World::new().await;
    let stored = "2026-11-21T10:00:00.000Z";
    for (moment, as_of, time) in [
        ("as_of=2026-11-05", "2026-11-05T23:59:59.999Z", stored),
        ("as_of=2026-11-05T10:00:00%2B02:00&known_at=24", "2026-11-05T08:00:00.000Z", stored),
        ("known_at=2026-11-21T10:00:00Z", stored, stored),
    ] {
        for path in ["/v1/assets", "/v1/inventory/summary"] {
            let body = world.get(&format!("{path}?{moment}")).await;
            assert_eq!(body["as_of"], as_of, "{moment}");
            assert_eq!(body["known_at"], json!({"position": EVENTS, "time": time}), "{moment}");
        }
    }
    let response = world.ask(Role::Auditor, "/v1/assets", &[]).await;
    assert!(response.headers().get("itam-as-of").is_none(), "{:?}", response.headers());
}

#[tokio::test]
async fn before_they_came_there_were_no_assets() {
    let world = World::new().await;
    for path in paths() {
        let path = at(&path, "as_of=2026-10-31");
        let response = world.ask(Role::Auditor, &path, &[]).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        assert_eq!(headers["itam-as-of"], "2026-10-31T23:59:59.999Z", "{path}");
        let body = json_of(response).await;
        let requisitions = path.contains("/requisitions");
        match status {
            200 if body.get("items").is_some() => {
                assert_eq!(body["items"].as_array().map(Vec::len), Some(usize::from(requisitions)), "{path}");
            }
            200 if path.starts_with("/v1/worklists?") => {
                let worklists = body["worklists"].as_array().expect("worklists");
                let waiting = worklists.iter().filter(|worklist| worklist["count"] != 0);
                let waiting: Vec<_> = waiting.map(|worklist| &worklist["name"]).collect();
                assert_eq!(waiting, ["pending-requisitions"], "{path}");
            }
            200 if path.contains("/totals/") => assert_eq!(body["groups"], json!([]), "{path}"),
            200 if requisitions => assert_eq!(body["stage"], "submitted", "{path}"),
            200 => assert_eq!((&body["assets"], &body["by_location"]), (&json!(0), &json!([])), "{path}"),
            _ => assert_eq!((status, &body["code"]), (404, &json!("not-found")), "{path}: {body}"),
        }
    }
}

/// A correction of a price a week later, and a return that was entered late.
async fn a_week_later(world: &World) -> (u64, u64) {
    world.clock.set(instant("2026-11-28T12:00:00Z"));
    let price = |amount: &str| json!({"price": {"amount": amount, "currency": "EUR"}});
    let old = json!({"price": {"amount": "1000.00", "currency": "EUR"},
                     "freight": {"amount": "10.50", "currency": "EUR"}});
    let change = json!({"changes": [{"field": "costs", "old": old, "new": price("900.00")}]});
    let at = "2026-11-28T09:00:00.000Z";
    let corrected = world.record((at, at), "asset.corrected", LT1 + 3, change).await;
    let returned = json!({"from": {"person": id(ADA)}});
    let times = ("2026-11-10T09:00:00.000Z", "2026-11-28T10:00:00.000Z");
    let late = world.record(times, "asset.returned", LT1, returned).await;
    (corrected, late)
}

#[tokio::test]
async fn a_correction_gives_four_answers() {
    let world = World::new().await;
    let (corrected, _) = a_week_later(&world).await;
    for (moment, amount) in [
        ("as_of=2026-11-20&known_at=2026-11-27", "1010.50"),
        ("as_of=2026-11-20", "900.00"),
        ("known_at=2026-11-27", "1010.50"),
        ("as_of=2026-11-28T12:00:00Z", "900.00"),
        (&format!("known_at={}", corrected - 1), "1010.50"),
        (&format!("known_at={corrected}"), "900.00"),
    ] {
        let asset = world.get(&format!("/v1/assets/LT-4?{moment}")).await;
        assert_eq!(asset["acquisition_cost"][0]["amount"], amount, "{moment}");
        let whole = world.get(&format!("/v1/inventory/summary?{moment}")).await;
        let sum = if amount == "900.00" { "4942.00" } else { "5052.50" };
        assert_eq!(whole["acquisition_cost"][0]["amount"], sum, "{moment}");
        let csv = world.export(&format!("/v1/assets?tag=LT-4&{moment}"), "text/csv").await;
        assert!(csv.contains(amount), "{moment}: {csv}");
    }
}

#[tokio::test]
async fn a_late_entry_is_in_every_answer_about_its_time_for_those_who_know_of_it() {
    let world = World::new().await;
    a_week_later(&world).await;
    let holdings = format!("/v1/people/{}/assets", id(ADA));
    for (path, before, after) in [
        (holdings.as_str(), "LT-1", ""),
        ("/v1/assets?state=deployed", "LT-1 LT-2", "LT-2"),
        ("/v1/assets?q=lovelace", "LT-1", ""),
        ("/v1/worklists/pending-acceptances", "LT-1", ""),
        ("/v1/worklists/overdue-returns", "LT-1", ""),
    ] {
        for (moment, expected) in [
            ("as_of=2026-11-20&known_at=2026-11-27", before),
            ("as_of=2026-11-20", after),
            ("known_at=2026-11-27", before),
            ("as_of=2026-11-28T12:00:00Z&known_at=26", after),
        ] {
            let path = at(path, moment);
            assert_eq!(world.listed(&path, "tag").await.join(" "), expected, "{path}");
            let lines = world.export(&path, "application/x-ndjson").await;
            assert_eq!(lines.lines().count(), expected.split_whitespace().count(), "{path}: {lines}");
        }
    }
    // Before the return she had it, whoever knows what.
    assert_eq!(world.listed(&at(&holdings, "as_of=2026-11-09"), "tag").await, ["LT-1"]);
}

#[tokio::test]
async fn days_are_counted_to_the_moment() {
    let world = World::new().await;
    for (list, moment, days) in [
        ("missing", "as_of=2026-11-06T08:00:00Z", "5"),
        ("missing", "as_of=2026-11-21T10:00:00Z", "20"),
        ("overdue-returns", "as_of=2026-11-12", "1"),
    ] {
        let path = format!("/v1/worklists/{list}?{moment}");
        assert_eq!(world.listed(&path, "days").await, [days], "{path}");
    }
    assert_eq!(world.listed("/v1/worklists/overdue-returns?as_of=2026-11-11", "tag").await.len(), 0);
    let path = format!("/v1/requisitions/{}?as_of=2026-10-11T08:00:00Z", id(ADAS_REQUISITION));
    assert_eq!(world.get(&path).await["age_days"], 10);
}

#[tokio::test]
async fn what_will_be_overdue_is_known_today() {
    let world = World::new().await;
    let due = json!({"custodian": {"person": id(GRACE)}, "acceptance": "not_required", "due_back_on": "2026-12-24"});
    world.append("asset.deployed", 104, due).await;
    let path = "/v1/worklists/overdue-returns";
    assert_eq!(world.listed(path, "tag").await, ["LT-1"]);
    assert_eq!(world.listed(&format!("{path}?as_of=2026-12-24"), "tag").await, ["LT-1"]);
    let to_come = world.get(&format!("{path}?as_of=2026-12-26")).await;
    assert_eq!(
        (fields(&to_come, "tag"), fields(&to_come, "days")),
        (vec!["LT-1".to_owned(), "LT-4".to_owned()], vec!["45".to_owned(), "2".to_owned()])
    );
    assert_eq!(to_come["as_of"], "2026-12-26T23:59:59.999Z");
    let earlier = format!("{path}?as_of=2026-12-26&known_at={EVENTS}");
    assert_eq!(world.listed(&earlier, "tag").await, ["LT-1"]);
}

#[tokio::test]
async fn names_are_those_of_the_moment_and_trees_too() {
    let world = World::new().await;
    world.clock.set(instant("2026-11-28T12:00:00Z"));
    let times = ("2026-11-25T09:00:00.000Z", "2026-11-25T09:00:00.000Z");
    let renamed = json!({"name": "ThinkPad T14 Gen 5", "kind": "hardware", "hardware_kind": "laptop",
        "manufacturer": "Lenovo", "data_bearing": true, "standing": "active"});
    world.record(times, "asset_model.defined", T14, renamed).await;
    let apart = json!({"name": "Room 1", "kind": "room", "standing": "active"});
    world.record(times, "location.defined", ROOM, apart).await;
    let within = format!("/v1/locations/{}/assets?include=descendants&hardware_kind=monitor", id(BERLIN));
    for (moment, name, monitors) in [
        ("as_of=2026-11-24", "ThinkPad T14", 1),
        ("as_of=2026-11-26", "ThinkPad T14 Gen 5", 0),
        ("known_at=2026-11-24", "ThinkPad T14", 1),
        ("as_of=2026-11-26&known_at=2026-11-24", "ThinkPad T14", 1),
    ] {
        assert_eq!(world.get(&format!("/v1/assets/LT-2?{moment}")).await["model_name"], name, "{moment}");
        assert_eq!(world.get(&format!("/v1/models/{}?{moment}", id(T14))).await["name"], name, "{moment}");
        assert_eq!(world.listed(&at(&within, moment), "tag").await.len(), monitors, "{moment}");
    }
}

#[tokio::test]
async fn a_model_that_was_defined_after_its_assets_came_lends_them_its_first_name() {
    let world = World::new().await;
    let mut facts = crate::world::laptop(7);
    facts["facts"]["model_id"] = json!(id(13));
    world.append_at("2026-10-15T08:00:00.000Z", "service-1", "asset.registered", 107, facts).await;
    let late = json!({"name": "Late", "kind": "hardware", "standing": "active", "data_bearing": true});
    world.append("asset_model.defined", 13, late).await;
    assert_eq!(world.get("/v1/assets/LT-7?as_of=2026-10-20").await["model_name"], "Late");
    assert_eq!(world.refused(&format!("/v1/models/{}?as_of=2026-10-20", id(13))).await.0, 404);
    assert_eq!(world.get("/v1/assets/LT-7?as_of=2026-10-20&known_at=25").await.get("model_name"), None);
}

#[tokio::test]
async fn who_was_erased_has_no_name_at_any_moment() {
    let world = World::new().await;
    world.clock.set(instant("2026-11-28T12:00:00Z"));
    let times = ("2026-11-25T09:00:00.000Z", "2026-11-25T09:00:00.000Z");
    world.record(times, "person.erased", ADA, json!({})).await;
    for moment in ["as_of=2026-11-24", "known_at=24", "as_of=2026-11-24&known_at=24"] {
        // The vault still has her name: the event alone must do.
        let person = world.get(&format!("/v1/people/{}?{moment}", id(ADA))).await;
        assert_eq!((&person["standing"], person.get("name")), (&json!("active"), None), "{moment}: {person}");
        assert_eq!(person.get("email"), None, "{moment}: {person}");
    }
    itam_vault::PersonVault::erase(&world.people, id(ADA)).await.expect("erased");
    for path in ["/v1/assets/LT-1", "/v1/assets", "/v1/people"] {
        let response = world.ask(Role::Auditor, &at(path, "as_of=2026-11-24&known_at=24"), &[]).await;
        let text = text_of(response).await;
        assert!(text.contains(&id(ADA).to_string()) && !text.contains("Lovelace"), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_tag_that_went_on_to_another_names_who_had_it_then() {
    let world = World::new().await;
    world.clock.set(instant("2026-11-28T12:00:00Z"));
    let change = json!({"changes": [{"field": "tag", "old": "MON-1", "new": "MON-2"}]});
    let times = ("2026-11-24T09:00:00.000Z", "2026-11-25T09:00:00.000Z");
    world.record(times, "asset.corrected", MON1, change).await;
    let renamed = json!({"changes": [{"field": "tag", "old": "LT-5", "new": "MON-1"}]});
    let times = ("2026-11-26T09:00:00.000Z", "2026-11-27T09:00:00.000Z");
    world.record(times, "asset.corrected", 105, renamed).await;
    for (moment, number) in [("as_of=2026-11-23", MON1), ("known_at=24", MON1), ("as_of=2026-11-27", 105)] {
        let path = format!("/v1/assets/MON-1?{moment}");
        assert_eq!(world.get(&path).await["id"], json!(id(number)), "{path}");
        let path = format!("/v1/assets?tag=mon-1&{moment}");
        assert_eq!(world.listed(&path, "id").await, [id(number).to_string()], "{path}");
    }
}
