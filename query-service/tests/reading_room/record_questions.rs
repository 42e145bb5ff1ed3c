//! Filters, orders, words, worklists and totals of records, and who sees what of them.

use itam_service_kit::Role;
use serde_json::{Value, json};

use crate::world::{ACME, ADA, ADAS_REQUISITION, GRACE, IT, T14, World, fields, id, json_of};

const PRINT: u32 = 2;
const SALES: u32 = 32;
const MIXED: u32 = 62;

/// The small organization with a second vendor, a second department, and an order of lines for both.
async fn world() -> World {
    let world = World::new().await;
    world.append("vendor.defined", PRINT, json!({"name": "Print & Co", "standing": "inactive"})).await;
    world.append("department.defined", SALES, json!({"name": "Sales", "standing": "active"})).await;
    let line = |quantity: u32, center: u32, currency: &str| {
        json!({"model_id": id(T14), "quantity": quantity, "cost_center_id": id(center),
               "unit_price": {"amount": "10.00", "currency": currency}})
    };
    let order = json!({"number": "PO-2", "vendor_id": id(PRINT), "expected_on": "2026-11-10",
        "notes": "Toner for the summer", "lines": [line(1, IT, "EUR"), line(2, SALES, "EUR"), line(5, SALES, "USD")]});
    world.append_at("2026-11-02T08:00:00.000Z", "service-1", "purchase_order.issued", MIXED, order).await;
    world
}

#[tokio::test]
async fn lists_of_records_take_filters_words_and_orders() {
    let world = world().await;
    for (path, field, expected) in [
        ("vendors?sort=-name".to_owned(), "name", "Print & Co|Acme"),
        ("vendors?sort=created".to_owned(), "name", "Acme|Print & Co"),
        ("vendors?sort=-changed&limit=1".to_owned(), "name", "Print & Co"),
        ("vendors?q=co".to_owned(), "name", "Print & Co"),
        ("vendors?standing=active,inactive".to_owned(), "name", "Acme|Print & Co"),
        ("locations?kind=room".to_owned(), "name", "Room 1"),
        ("models?hardware_kind=monitor&kind=hardware".to_owned(), "name", "U2723"),
        ("models?q=lenovo".to_owned(), "name", "ThinkPad T14"),
        ("purchase-orders?sort=-number".to_owned(), "number", "PO-2|PO-1"),
        ("purchase-orders?q=ton+sum".to_owned(), "number", "PO-2"),
        ("purchase-orders?q=po-1".to_owned(), "number", "PO-1"),
        (format!("purchase-orders?department_id={}", id(IT)), "number", "PO-2"),
        (format!("purchase-orders?vendor_id={},{}", id(ACME), id(PRINT)), "number", "PO-1|PO-2"),
        (format!("requisitions?model_id={}&sort=-changed", id(T14)), "requester_name", "null|Ada Lovelace"),
        ("people?sort=-created".to_owned(), "name", "Grace Hopper|Ada Lovelace"),
        ("people?q=a&sort=-created".to_owned(), "name", "Ada Lovelace"),
        ("audits?q=spring&sort=name".to_owned(), "name", ""),
    ] {
        assert_eq!(world.listed(&format!("/v1/{path}"), field).await.join("|"), expected, "{path}");
    }
    for path in ["vendors?sort=tag", "models?kind=none", "people?sort=name", "vendors?open=true"] {
        assert_eq!(world.refused(&format!("/v1/{path}")).await.0, 400, "{path}");
    }
}

#[tokio::test]
async fn worklists_of_records_hold_what_waits_now_and_then() {
    let world = world().await;
    let ids = [ADAS_REQUISITION, 52].map(|number| id(number).to_string());
    assert_eq!(world.listed("/v1/worklists/pending-requisitions", "id").await, ids);
    assert_eq!(world.listed("/v1/worklists/open-order-lines", "line").await, ["1", "1", "2", "3"]);
    assert_eq!(world.listed("/v1/worklists/overdue-orders", "number").await, ["PO-2"]);
    assert_eq!(world.listed("/v1/worklists/overdue-orders?as_of=2026-11-10", "number").await.len(), 0);
    let of_acme = format!("/v1/worklists/open-order-lines?vendor_id={}", id(ACME));
    let line = &world.get(&of_acme).await["items"][0];
    let shown = (&line["number"], &line["open"], &line["days"], &line["unit_price"]["amount"]);
    assert_eq!(shown, (&json!("PO-1"), &json!(2), &json!(20), &json!("900.00")));
    let approved = json!({"role": "asset_manager", "totals": [{"amount": "2000.00", "currency": "EUR"}]});
    world.append("requisition.approved", 52, approved).await;
    assert_eq!(world.listed("/v1/worklists/requisitions-to-order", "id").await, [ids[1].clone()]);
    assert_eq!(world.listed("/v1/worklists/pending-requisitions", "id").await, [ids[0].clone()]);
    let then = "/v1/worklists/pending-requisitions?known_at=24";
    assert_eq!(world.listed(then, "id").await, ids);
    let csv = world.export("/v1/worklists/open-order-lines", "text/csv").await;
    assert_eq!(csv.lines().count(), 5, "{csv}");
}

#[tokio::test]
async fn totals_are_told_by_any_facet_now_and_then() {
    let world = world().await;
    let all = world.get("/v1/purchase-orders/summary").await;
    let euro = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let dollar = |amount: &str| json!({"amount": amount, "currency": "USD"});
    assert_eq!((&all["count"], all.get("groups")), (&json!(2), None));
    assert_eq!(all["sums"]["ordered"], json!([euro("1830.00"), dollar("50.00")]));
    let by = world.get("/v1/purchase-orders/summary?group_by=vendor_id,stage").await;
    let acme = json!({"vendor_id": id(ACME), "vendor_name": "Acme", "stage": "issued", "count": 1,
        "sums": {"ordered": [euro("1800.00")], "received": [], "awaited": [euro("1800.00")]}});
    assert_eq!(by["groups"][0], acme);
    // What has lines of several departments counts in each, with what these lines come to.
    let by = world.get("/v1/purchase-orders/summary?group_by=department_id").await;
    let groups: Vec<_> = by["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| {
            (group["department_name"].as_str().unwrap_or("none"), &group["count"], &group["sums"]["ordered"])
        })
        .collect();
    let one = json!(1);
    let (it, sales) = (json!([euro("10.00")]), json!([euro("20.00"), dollar("50.00")]));
    assert_eq!(
        groups,
        [("IT", &one, &it), ("Sales", &one, &sales), ("none", &one, &json!([euro("1800.00")]))]
    );
    let then = world.get("/v1/purchase-orders/summary?group_by=stage&known_at=24").await;
    assert_eq!(
        (&then["count"], &then["groups"][0]["count"], &then["known_at"]["position"]),
        (&json!(1), &json!(1), &json!(24))
    );
    let people = world.get("/v1/people/summary?group_by=department_id").await;
    assert_eq!(
        (&people["groups"][0]["department_name"], &people["groups"][0]["count"]),
        (&json!("IT"), &json!(2))
    );
    assert_eq!(people.get("sums"), None);
    for query in ["group_by=colour", "group_by=stage,stage", "q=po"] {
        assert_eq!(world.refused(&format!("/v1/purchase-orders/summary?{query}")).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_requester_finds_counts_and_awaits_her_own_only() {
    let world = world().await;
    let own = [id(ADAS_REQUISITION).to_string()];
    let ask = async |path: &str| {
        let response = world.ask(Role::Requester, path, &[]).await;
        (response.status().as_u16(), json_of(response).await)
    };
    // Whatever she asks for: by order, by name of another, by words, by stage, by model, on worklists.
    for query in [
        String::new(),
        "?sort=-changed".to_owned(),
        "?requester=service-1".to_owned(),
        format!("?requester=service-1,{}", id(ADA)),
        format!("?requester={}&sort=changed&stage=submitted", id(GRACE)),
        format!("?model_id={}", id(T14)),
        "?older_than=1".to_owned(),
    ] {
        let (status, list) = ask(&format!("/v1/requisitions{query}")).await;
        assert_eq!((status, fields(&list, "id")), (200, own.to_vec()), "{query}");
    }
    for query in ["", "?requester=service-1", "?stage=submitted"] {
        let (_, list) = ask(&format!("/v1/worklists/pending-requisitions{query}")).await;
        assert_eq!(fields(&list, "id"), own, "{query}");
    }
    for query in ["", "?requester=service-1", "?group_by=requester", "?group_by=stage,requester&known_at=24"]
    {
        let (status, totals): (u16, Value) = ask(&format!("/v1/requisitions/summary{query}")).await;
        assert_eq!((status, &totals["count"]), (200, &json!(1)), "{query}");
        let groups = totals["groups"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(groups.iter().all(|group| group["requester"] == json!(id(ADA))), "{query}: {totals}");
    }
    for path in [
        "/v1/purchase-orders/summary",
        "/v1/vendors/summary",
        "/v1/audits/summary",
        "/v1/worklists/open-order-lines",
        "/v1/worklists/overdue-orders",
    ] {
        assert_eq!(ask(path).await.0, 403, "{path}");
    }
    // A token that is tied to nobody has nothing of its own, wherever it looks.
    for (path, field) in
        [("/v1/requisitions/summary", "count"), ("/v1/worklists/pending-requisitions", "items")]
    {
        let request = axum::http::Request::get(path).header("authorization", "Bearer requester-of-nobody");
        let request = request.body(axum::body::Body::empty()).expect("a request");
        let answer = tower::ServiceExt::oneshot(world.router.clone(), request).await.expect("an answer");
        let answer = json_of(answer).await;
        assert!(answer[field] == json!(0) || answer[field] == json!([]), "{path}: {answer}");
    }
}
