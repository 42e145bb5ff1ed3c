//! Assets: one, many, by filters, words, labels and holds; worklists; the summary.

use serde_json::json;

use crate::world::{ACME, ADA, BERLIN, GRACE, IT, LT1, MONITOR, ROOM, T14, World, id, laptop};

#[tokio::test]
async fn an_asset_is_shown_by_id_and_by_tag_with_the_names_behind_its_ids() {
    let world = World::new().await;
    let by_tag = world.get("/v1/assets/lt-1").await;
    assert_eq!(by_tag, world.get(&format!("/v1/assets/{}", id(LT1))).await);
    for (pointer, expected) in [
        ("/state", json!("deployed")),
        ("/tag", json!("LT-1")),
        ("/model_name", json!("ThinkPad T14")),
        ("/location_name", json!("Berlin")),
        ("/department_name", json!("IT")),
        ("/vendor_name", json!("Acme")),
        ("/custodian", json!({"person": id(ADA)})),
        ("/custodian_name", json!("Ada Lovelace")),
        ("/custody/acceptance", json!("pending")),
        ("/custody/due_back_on", json!("2026-11-11")),
        ("/custody/since", json!("2026-11-01T08:00:00.000Z")),
        ("/acquisition_cost", json!([{"amount": "1010.50", "currency": "EUR"}])),
        ("/costs/price/amount", json!("1000.00")),
        ("/version", json!(2)),
    ] {
        assert_eq!(by_tag.pointer(pointer), Some(&expected), "{pointer}: {by_tag}");
    }
}

#[tokio::test]
async fn an_unknown_asset_is_not_found_as_of_a_position() {
    let world = World::new().await;
    for name in ["LT-99", &id(7).to_string()] {
        let response = world.ask(itam_service_kit::Role::Auditor, &format!("/v1/assets/{name}"), &[]).await;
        assert_eq!(response.status(), 404, "{name}");
        assert_eq!(response.headers()["itam-position"], "24", "{name}");
    }
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let world = World::new().await;
    for (filter, expected) in [
        ("", "LT-1 LT-2 LT-3 LT-4 LT-5 MON-1"),
        ("state=in_stock,missing", "LT-4 LT-5 MON-1"),
        ("state=in_stock&state=missing", "LT-4 LT-5 MON-1"),
        ("kind=hardware", "LT-1 LT-2 LT-3 LT-4 LT-5 MON-1"),
        ("kind=software", ""),
        ("hardware_kind=monitor", "MON-1"),
        (&format!("model_id={}", id(MONITOR)), "MON-1"),
        (&format!("location_id={}", id(ROOM)), "MON-1"),
        (&format!("department_id={}", id(IT)), "LT-1 LT-2 LT-3 LT-4 LT-5"),
        (&format!("vendor_id={}", id(ACME)), "LT-1 LT-2 LT-3 LT-4 LT-5"),
        (&format!("vendor_id={}", id(9)), ""),
        (&format!("purchase_order_id={}", id(61)), ""),
        (&format!("custodian=person:{}", id(ADA)), "LT-1"),
        (&format!("custodian=location:{}", id(ROOM)), "LT-2"),
        (&format!("custodian=department:{}", id(IT)), ""),
        (&format!("custodian=asset:{}", id(LT1)), ""),
        (&format!("person_id={},{}", id(ADA), id(GRACE)), "LT-1"),
        ("ownership=leased", "MON-1"),
        ("condition=new", ""),
        ("tag=lt-3", "LT-3"),
        ("serial=s-4", "LT-4"),
        ("serial=s-4&state=missing", ""),
        ("serial=s", ""),
        ("hold=legal", "LT-4"),
        ("hold=quarantine", ""),
        ("hold=legal&state=deployed", ""),
        ("sort=-created&limit=2", "MON-1 LT-5"),
        ("sort=tag&limit=1", "LT-1"),
        ("sort=-tag&limit=1", "MON-1"),
        ("sort=changed&limit=1", "LT-1"),
        ("sort=-changed&limit=1", "MON-1"),
        (&format!("hardware_kind=laptop&location_id={}&state=deployed", id(BERLIN)), "LT-1 LT-2"),
    ] {
        let tags = world.listed(&format!("/v1/assets?{filter}"), "tag").await;
        assert_eq!(tags.join(" "), expected, "{filter}");
    }
}

#[tokio::test]
async fn words_find_by_label_model_maker_place_and_holder() {
    let world = World::new().await;
    for (words, expected) in [
        ("lt-2", "LT-2"),
        ("thinkpad", "LT-1 LT-2 LT-3 LT-4 LT-5"),
        ("dell", "MON-1"),
        ("lovel", "LT-1"),
        ("ada%20t14", "LT-1"),
        ("grace", ""),
        ("room", "MON-1"),
        ("calc", "MON-1"),
        ("thinkpad&state=missing", "LT-5"),
        ("thinkpad&hold=legal", "LT-4"),
    ] {
        let tags = world.listed(&format!("/v1/assets?q={words}"), "tag").await;
        assert_eq!(tags.join(" "), expected, "{words}");
    }
}

#[tokio::test]
async fn a_walk_by_cursors_meets_everything_once_while_data_changes() {
    let world = World::new().await;
    let (mut met, mut cursor) = (Vec::new(), String::new());
    for round in 0_u32.. {
        let page = world.get(&format!("/v1/assets?hardware_kind=laptop&limit=2{cursor}")).await;
        met.extend(crate::world::fields(&page, "tag"));
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
        // What was met moves, and something new arrives.
        world.append("asset.verified", 101, json!({})).await;
        if round == 0 {
            world.append("asset.registered", 106, laptop(6)).await;
        }
        assert!(round < 10, "no end");
    }
    assert_eq!(met, ["LT-1", "LT-2", "LT-3", "LT-4", "LT-5", "LT-6"]);
}

#[tokio::test]
async fn holders_have_lists_of_their_own() {
    let world = World::new().await;
    for (path, expected) in [
        (format!("/v1/people/{}/assets", id(ADA)), "LT-1"),
        (format!("/v1/people/{}/assets?state=missing", id(ADA)), ""),
        (format!("/v1/people/{}/assets", id(GRACE)), ""),
        (format!("/v1/locations/{}/assets", id(ROOM)), "MON-1 LT-2"),
        (format!("/v1/locations/{}/assets", id(BERLIN)), "LT-1 LT-2 LT-3 LT-4 LT-5"),
        (
            format!("/v1/locations/{}/assets?include=descendants", id(BERLIN)),
            "LT-1 LT-2 LT-3 LT-4 LT-5 MON-1",
        ),
        (format!("/v1/departments/{}/assets?hardware_kind=laptop&limit=2", id(IT)), "LT-1 LT-2"),
    ] {
        assert_eq!(world.listed(&path, "tag").await.join(" "), expected, "{path}");
    }
    for path in ["people", "locations", "departments"] {
        assert_eq!(world.refused(&format!("/v1/{path}/{}/assets", id(7))).await.0, 404, "{path}");
        assert_eq!(world.refused(&format!("/v1/{path}/seven/assets")).await.0, 400, "{path}");
    }
    let path = format!("/v1/people/{}/assets?person_id={}", id(ADA), id(GRACE));
    assert_eq!(world.refused(&path).await.1["parameter"], "person_id");
}

#[tokio::test]
async fn a_cursor_goes_on_from_one_source_to_the_next() {
    let world = World::new().await;
    let path = format!("/v1/locations/{}/assets?limit=1", id(ROOM));
    let first = world.get(&path).await;
    let cursor = first["next_cursor"].as_str().expect("more");
    let second = world.get(&format!("{path}&cursor={cursor}")).await;
    assert_eq!((&first["items"][0]["tag"], &second["items"][0]["tag"]), (&json!("MON-1"), &json!("LT-2")));
}

#[tokio::test]
async fn worklists_count_the_days() {
    let world = World::new().await;
    for (list, tag, days) in [
        ("overdue-returns", "LT-1", 10),
        ("pending-acceptances", "LT-1", 20),
        ("in-maintenance", "LT-3", 20),
        ("missing", "LT-5", 20),
        ("reserved", "MON-1", 20),
        ("on-hold", "LT-4", 20),
    ] {
        let page = world.get(&format!("/v1/worklists/{list}")).await;
        let items = page["items"].as_array().expect("items");
        assert_eq!(items.len(), 1, "{list}: {page}");
        assert_eq!((&items[0]["tag"], &items[0]["days"]), (&json!(tag), &json!(days)), "{list}");
    }
    assert_eq!(world.listed("/v1/worklists/unverified", "tag").await.len(), 0);
    assert_eq!(
        world.listed("/v1/worklists/unverified?days=20", "tag").await,
        ["LT-1", "LT-2", "LT-4", "MON-1"]
    );
    assert_eq!(world.listed("/v1/worklists/unverified?days=21", "tag").await.len(), 0);
    let (status, problem) = world.refused("/v1/worklists/lost").await;
    assert_eq!((status, problem["worklists"].as_array().map(Vec::len)), (404, Some(16)));
    assert_eq!(world.refused("/v1/worklists/missing?days=3").await.0, 400);
}

#[tokio::test]
async fn what_ends_within_so_many_days_is_listed_the_first_to_end_first() {
    let world = World::new().await;
    for (number, warranty, end) in
        [(6, "2026-11-20", "2026-10-01"), (7, "2026-11-21", "2027-02-20"), (8, "2027-02-19", "2026-12-01")]
    {
        let mut laptop = laptop(number);
        laptop["facts"]["warranty_until"] = json!(warranty);
        laptop["facts"]["end_of_life_on"] = json!(end);
        world.append("asset.registered", 100 + number, laptop).await;
    }
    // It is the 21st of November 2026.
    for (question, expected) in [
        ("warranty-ending", "LT-7 LT-8"),
        ("warranty-ending?days=0", "LT-7"),
        ("warranty-ending?days=89", "LT-7"),
        ("warranty-ending?days=90", "LT-7 LT-8"),
        ("warranty-ending?as_of=2026-11-10&days=10", "LT-6"),
        ("warranty-ending?as_of=2027-01-01&days=60", "LT-8"),
        ("end-of-life", "LT-6 LT-8"),
        ("end-of-life?days=180", "LT-6 LT-8 LT-7"),
        ("end-of-life?days=0", "LT-6"),
        ("never-verified", "LT-1 LT-2 LT-4 MON-1 LT-6 LT-7 LT-8"),
        ("declined-custody", ""),
    ] {
        let tags = world.listed(&format!("/v1/worklists/{question}"), "tag").await;
        assert_eq!(tags.join(" "), expected, "{question}");
    }
    assert_eq!(world.listed("/v1/worklists/end-of-life", "days").await, ["-51", "10"]);
    world.append("asset.custody_declined", LT1, json!({})).await;
    assert_eq!(world.listed("/v1/worklists/declined-custody", "tag").await, ["LT-1"]);
}

#[tokio::test]
async fn who_left_is_listed_while_she_has_anything() {
    let world = World::new().await;
    assert_eq!(world.listed("/v1/worklists/leavers", "id").await.len(), 0);
    world.append("person.deactivated", ADA, json!({})).await;
    world.append("person.deactivated", GRACE, json!({})).await;
    assert_eq!(world.listed("/v1/worklists/leavers", "id").await, [id(ADA).to_string()]);
    let back = json!({"from": {"person": id(ADA)}});
    world.append("asset.returned", LT1, back).await;
    assert_eq!(world.listed("/v1/worklists/leavers", "id").await.len(), 0);
}

#[tokio::test]
async fn the_worklists_tell_how_much_waits_on_each_and_what_waits_longest() {
    let world = World::new().await;
    for path in ["/v1/worklists", "/v1/worklists?as_of=2026-11-20"] {
        let overview = world.get(path).await;
        let worklists = overview["worklists"].as_array().expect("worklists");
        for worklist in worklists {
            let name = worklist["name"].as_str().expect("a name");
            let (at, moment) =
                path.split_once('?').map_or((path, String::new()), |(at, moment)| (at, format!("?{moment}")));
            let list = format!("{}{moment}", worklist["path"].as_str().expect("a path"));
            let id = if name == "open-order-lines" { "purchase_order_id" } else { "id" };
            let ids = world.listed(&list, id).await;
            assert_eq!(
                (worklist["count"].as_u64(), worklist["is_exact"].as_bool()),
                (Some(ids.len() as u64), Some(true)),
                "{at} {name}"
            );
            assert_eq!(worklist["oldest"]["id"].as_str(), ids.first().map(String::as_str), "{name}");
        }
        let names: Vec<&str> = worklists.iter().filter_map(|worklist| worklist["name"].as_str()).collect();
        assert!(names.is_sorted() && names.len() == 19, "{names:?}");
    }
    let missing = &world.get("/v1/worklists").await["worklists"];
    let missing =
        missing.as_array().expect("worklists").iter().find(|worklist| worklist["name"] == "missing");
    assert_eq!(missing.expect("it is there")["oldest"]["label"], "LT-5");
    assert_eq!(world.ask(itam_service_kit::Role::Requester, "/v1/worklists", &[]).await.status(), 403);
}

#[tokio::test]
async fn what_is_due_today_is_not_overdue() {
    let world = World::new().await;
    world.clock.set(crate::world::instant("2026-11-11T23:59:59Z"));
    assert_eq!(world.listed("/v1/worklists/overdue-returns", "tag").await.len(), 0);
    world.clock.advance(crate::world::seconds(1));
    assert_eq!(world.listed("/v1/worklists/overdue-returns", "days").await, ["1"]);
}

#[tokio::test]
async fn the_summary_adds_up_as_a_whole_and_filtered() {
    let world = World::new().await;
    let whole = world.get("/v1/inventory/summary").await;
    assert_eq!(
        whole,
        json!({
            "assets": 6,
            "by_state": {"deployed": 2, "in_maintenance": 1, "in_stock": 2, "missing": 1},
            "by_kind": {"hardware": 6},
            "by_hardware_kind": {"laptop": 5, "monitor": 1},
            "by_location": [
                {"location_id": id(BERLIN), "location_name": "Berlin", "assets": 5},
                {"location_id": id(ROOM), "location_name": "Room 1", "assets": 1},
            ],
            "by_department": [
                {"department_id": id(IT), "department_name": "IT", "assets": 5},
                {"department_id": null, "assets": 1},
            ],
            "acquisition_cost": [
                {"amount": "5052.50", "currency": "EUR"},
                {"amount": "250.00", "currency": "USD"},
            ],
        })
    );
    let stock = world.get("/v1/inventory/summary?state=in_stock&kind=hardware").await;
    assert_eq!(
        (&stock["assets"], &stock["by_hardware_kind"]),
        (&json!(2), &json!({"laptop": 1, "monitor": 1}))
    );
    assert_eq!(stock["by_department"][1], json!({"department_id": null, "assets": 1}));
    let room = world.get(&format!("/v1/inventory/summary?location_id={}", id(ROOM))).await;
    assert_eq!((&room["assets"], &room["acquisition_cost"][0]["currency"]), (&json!(1), &json!("USD")));
    let it =
        world.get(&format!("/v1/inventory/summary?department_id={}&hardware_kind=monitor", id(IT))).await;
    assert_eq!((&it["assets"], &it["by_kind"], &it["by_location"]), (&json!(0), &json!({}), &json!([])));
}

#[tokio::test]
async fn assets_are_counted_by_any_of_their_facets_now_and_then() {
    let world = World::new().await;
    let all = world.get("/v1/assets/summary").await;
    let whole = world.get("/v1/inventory/summary").await;
    assert_eq!((&all["count"], all.get("groups")), (&whole["assets"], None));
    assert_eq!(all["sums"]["acquisition_cost"], whole["acquisition_cost"]);
    let by = world.get("/v1/assets/summary?group_by=kind,hardware_kind,location_id").await;
    let groups = by["groups"].as_array().expect("groups");
    let counted: u64 = groups.iter().filter_map(|group| group["count"].as_u64()).sum();
    assert_eq!(Some(counted), all["count"].as_u64());
    let monitor = groups.iter().find(|group| group["hardware_kind"] == "monitor").expect("the monitor");
    assert_eq!((&monitor["kind"], &monitor["count"]), (&json!("hardware"), &json!(1)));
    assert!(groups.iter().any(|group| group["location_name"] == "Berlin"), "{by}");
    let monitors = world.get("/v1/assets/summary?hardware_kind=monitor&group_by=model_id").await;
    assert_eq!((&monitors["count"], &monitors["groups"][0]["model_id"]), (&json!(1), &json!(id(MONITOR))));
    let nothing = world.get("/v1/assets/summary?as_of=2026-10-01T08:00:00Z").await;
    assert_eq!(nothing["count"], json!(0));
    for query in ["group_by=colour", "group_by=state,state", "q=lt", "ownership=owned"] {
        assert_eq!(world.refused(&format!("/v1/assets/summary?{query}")).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_name_that_changes_changes_in_the_next_answer() {
    let world = World::new().await;
    assert_eq!(world.get("/v1/assets/LT-2").await["model_name"], "ThinkPad T14");
    let data = json!({"name": "ThinkPad T14 Gen 5", "kind": "hardware", "hardware_kind": "laptop",
        "manufacturer": "Lenovo", "data_bearing": true, "standing": "active"});
    world.append("asset_model.defined", T14, data).await;
    assert_eq!(world.get("/v1/assets/LT-2").await["model_name"], "ThinkPad T14 Gen 5");
}
