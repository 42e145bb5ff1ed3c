//! Master data, people, requisitions and purchase orders.

use itam_vault::PersonVault as _;
use serde_json::json;

use crate::world::{ACME, ADA, ADAS_REQUISITION, BERLIN, GRACE, IT, ORDER, ROOM, T14, World, id};

#[tokio::test]
async fn master_data_is_listed_by_name_and_shown_by_id() {
    let world = World::new().await;
    for (path, expected) in [
        ("/v1/models", "ThinkPad T14|U2723"),
        ("/v1/models?q=think", "ThinkPad T14"),
        ("/v1/models?standing=inactive", ""),
        ("/v1/locations", "Berlin|Room 1"),
        ("/v1/locations?q=ROOM", "Room 1"),
        ("/v1/departments", "IT"),
        ("/v1/vendors?q=ac", "Acme"),
    ] {
        assert_eq!(world.listed(path, "name").await.join("|"), expected, "{path}");
    }
    for (plural, number, field, expected) in [
        ("models", T14, "manufacturer", "Lenovo"),
        ("locations", ROOM, "parent_name", "Berlin"),
        ("departments", IT, "cost_center", "4711"),
        ("vendors", ACME, "standing", "active"),
    ] {
        let row = world.get(&format!("/v1/{plural}/{}", id(number))).await;
        assert_eq!((&row["id"], &row[field]), (&json!(id(number)), &json!(expected)), "{plural}");
        assert_eq!(world.refused(&format!("/v1/{plural}/{}", id(7))).await.0, 404, "{plural}");
    }
    let page = world.get("/v1/models?limit=1").await;
    let next = page["next_cursor"].as_str().expect("more");
    assert_eq!(world.listed(&format!("/v1/models?limit=1&cursor={next}"), "name").await, ["U2723"]);
}

#[tokio::test]
async fn a_project_is_listed_by_name_shown_by_id_and_told() {
    let world = World::new().await;
    let defined = json!({"code": "P-1", "name": "Move", "department_id": id(IT), "active_from": "2026-01-01",
                         "standing": "active"});
    world.append("project.defined", 61, defined).await;
    for (query, expected) in [("", "Move"), ("?q=mo", "Move"), ("?q=p-1", "Move"), ("?standing=inactive", "")]
    {
        let path = format!("/v1/projects{query}");
        assert_eq!(world.listed(&path, "name").await.join("|"), expected, "{path}");
    }
    let row = world.get(&format!("/v1/projects/{}", id(61))).await;
    assert_eq!((&row["code"], &row["department_id"]), (&json!("P-1"), &json!(id(IT))));
    let history = world.listed(&format!("/v1/projects/{}/history", id(61)), "type").await;
    assert_eq!(history, ["project.defined"]);
}

#[tokio::test]
async fn people_are_found_by_the_words_of_the_vault() {
    let world = World::new().await;
    for (query, expected) in [
        ("", "Ada Lovelace|Grace Hopper"),
        ("q=love", "Ada Lovelace"),
        ("q=grace%40", "Grace Hopper"),
        ("username=GRACE", "Grace Hopper"),
        ("username=nobody", ""),
        ("standing=inactive", ""),
        (&format!("department_id={}", id(IT)), "Ada Lovelace|Grace Hopper"),
        (&format!("location_id={}&q=ada", id(ROOM)), ""),
    ] {
        assert_eq!(world.listed(&format!("/v1/people?{query}"), "name").await.join("|"), expected, "{query}");
    }
    let ada = world.get(&format!("/v1/people/{}", id(ADA))).await;
    assert_eq!((&ada["department_name"], &ada["location_name"]), (&json!("IT"), &json!("Berlin")));
}

#[tokio::test]
async fn an_erased_person_has_no_name_anywhere() {
    let world = World::new().await;
    let returned = json!({"from": {"person": id(ADA)}, "location_id": id(BERLIN)});
    world.append("asset.returned", 101, returned).await;
    world.append("person.deactivated", ADA, json!({})).await;
    world.append("person.erased", ADA, json!({})).await;
    // Between the event and the vault's erasure no list may show the name.
    let row = world.get(&format!("/v1/people/{}", id(ADA))).await;
    assert_eq!((&row["standing"], row.get("name"), row.get("email")), (&json!("erased"), None, None));
    assert_eq!(world.listed("/v1/people?q=ada", "id").await.len(), 0);

    world.people.erase(id(ADA)).await.expect("erase");
    for path in [
        "/v1/people".to_owned(),
        format!("/v1/people/{}", id(ADA)),
        format!("/v1/people/{}/history", id(ADA)),
        format!("/v1/requisitions/{}", id(ADAS_REQUISITION)),
        "/v1/assets/LT-1".to_owned(),
        "/v1/assets/LT-1/history".to_owned(),
    ] {
        let text = world.get(&path).await.to_string();
        assert!(!text.contains("Lovelace") && !text.contains("ada@"), "{path}: {text}");
    }
}

#[tokio::test]
async fn requisitions_are_listed_by_stage_requester_and_age() {
    let world = World::new().await;
    let (old, new) = (id(ADAS_REQUISITION).to_string(), id(52).to_string());
    for (query, expected) in [
        (String::new(), vec![&old, &new]),
        ("sort=-created".to_owned(), vec![&new, &old]),
        ("stage=submitted".to_owned(), vec![&old, &new]),
        ("stage=approved,rejected".to_owned(), vec![]),
        ("older_than=30".to_owned(), vec![&old]),
        (format!("requester={}", id(ADA)), vec![&old]),
    ] {
        assert_eq!(
            world.listed(&format!("/v1/requisitions?{query}"), "id").await,
            expected.iter().map(|id| (*id).clone()).collect::<Vec<_>>(),
            "{query}"
        );
    }
    let row = world.get(&format!("/v1/requisitions/{old}")).await;
    assert_eq!((&row["age_days"], &row["requester_name"]), (&json!(51), &json!("Ada Lovelace")));
    let line = &row["lines"][0];
    assert_eq!((&line["line"], &line["quantity"], &line["ordered"]), (&json!(1), &json!(2), &json!(0)));
    assert_eq!(line["model_name"], "ThinkPad T14");
}

#[tokio::test]
async fn purchase_orders_tell_what_is_open() {
    let world = World::new().await;
    let by_number = world.get("/v1/purchase-orders/po-1").await;
    assert_eq!(by_number, world.get(&format!("/v1/purchase-orders/{}", id(ORDER))).await);
    assert_eq!((&by_number["open"], &by_number["stage"]), (&json!(2), &json!("issued")));
    let received = json!({"line": 1, "quantity": 1, "location_id": id(BERLIN),
        "costs": {"price": {"amount": "900.00", "currency": "EUR"}}});
    world.append("purchase_order.delivery_received", ORDER, received).await;
    for (query, count) in [
        ("", 1),
        ("open=true", 1),
        ("stage=issued", 0),
        ("stage=partially_received", 1),
        (&format!("vendor_id={}", id(ACME)), 1),
        (&format!("vendor_id={}", id(GRACE)), 0),
    ] {
        assert_eq!(
            world.listed(&format!("/v1/purchase-orders?{query}"), "number").await.len(),
            count,
            "{query}"
        );
    }
    let line = &world.get("/v1/purchase-orders/PO-1").await["lines"][0];
    assert_eq!((&line["received"], &line["open"]), (&json!(1), &json!(1)));
    world.append("purchase_order.closed", ORDER, json!({})).await;
    assert_eq!(world.listed("/v1/purchase-orders?open=true", "number").await.len(), 0);
}
