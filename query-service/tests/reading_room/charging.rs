//! What is charged to a project: assets, requisitions and orders that are found by it, and what it comes to.

use serde_json::{Value, json};

use crate::world::{ACME, LT1, T14, World, id};

const PORTAL: u32 = 71;
const MOVE: u32 = 72;

/// The small organization with two projects, to the first of which LT-1 and LT-2 are charged; gives the position
/// before LT-1 is charged to the second.
async fn world() -> (World, u64) {
    let world = World::new().await;
    for (number, code, name) in [(PORTAL, "P-1", "Portal"), (MOVE, "P-2", "Move")] {
        let defined = json!({"code": code, "name": name, "standing": "active"});
        world.append("project.defined", number, defined).await;
    }
    for asset in [LT1, LT1 + 1] {
        world.append("asset.charged", asset, json!({"project_id": id(PORTAL)})).await;
    }
    let line = |project: Option<u32>| {
        json!({"model_id": id(T14), "quantity": 2, "project_id": project.map(id),
               "unit_price": {"amount": "10.00", "currency": "EUR"}})
    };
    let order = json!({"number": "PO-9", "vendor_id": id(ACME), "lines": [line(None), line(Some(PORTAL))]});
    let before = world.append("purchase_order.issued", 90, order).await;
    world.append("asset.charged", LT1, json!({"project_id": id(MOVE)})).await;
    (world, before)
}

#[tokio::test]
async fn assets_are_found_by_the_project_that_they_are_charged_to_now_and_then() {
    let (world, before) = world().await;
    for (project, moment, expected) in [
        (PORTAL, String::new(), "LT-2"),
        (MOVE, String::new(), "LT-1"),
        (PORTAL, format!("&known_at={before}"), "LT-1 LT-2"),
        (MOVE, format!("&known_at={before}"), ""),
        (99, String::new(), ""),
    ] {
        let path = format!("/v1/assets?project_id={}{moment}", id(project));
        assert_eq!(world.listed(&path, "tag").await.join(" "), expected, "{path}");
    }
    let shown = world.get("/v1/assets/LT-1").await;
    assert_eq!((&shown["project_id"], &shown["project_name"]), (&json!(id(MOVE)), &json!("Move")));
    assert!(world.get("/v1/assets/LT-3").await.get("project_name").is_none());
    let csv = world.export(&format!("/v1/assets?project_id={}", id(MOVE)), "text/csv").await;
    assert!(csv.contains(",project_id,project_name,") && csv.contains(",Move,"), "{csv}");
}

#[tokio::test]
async fn another_charge_is_among_what_differs() {
    let (world, before) = world().await;
    let body = world.get(&format!("/v1/diff?from={before}&to={}&project_id={}", before + 1, id(MOVE))).await;
    let fields = body["items"][0]["fields"].as_array().expect("fields").iter();
    let field = fields.filter(|field| field["pointer"] == "/project_id").collect::<Vec<_>>();
    assert_eq!(
        field,
        [&json!({"pointer": "/project_id", "before": id(PORTAL), "after": id(MOVE)})],
        "{body}"
    );
}

#[tokio::test]
async fn an_order_is_found_by_the_project_of_any_line_and_counted_by_it() {
    let (world, before) = world().await;
    for moment in [String::new(), format!("&known_at={before}")] {
        let path = format!("/v1/purchase-orders?project_id={}{moment}", id(PORTAL));
        assert_eq!(world.listed(&path, "number").await, ["PO-9"], "{path}");
    }
    let shown = world.get(&format!("/v1/purchase-orders/{}", id(90))).await;
    let projects: Vec<&Value> =
        shown["lines"].as_array().expect("lines").iter().map(|line| &line["project_id"]).collect();
    assert_eq!(projects, [&Value::Null, &json!(id(PORTAL))]);
    let by = world.get("/v1/purchase-orders/summary?group_by=project_id").await;
    let group = by["groups"].as_array().expect("groups").iter();
    let found = group.filter(|group| group["project_id"] == json!(id(PORTAL))).collect::<Vec<_>>();
    assert_eq!((&found[0]["project_name"], &found[0]["count"]), (&json!("Portal"), &json!(1)));
    assert_eq!(found[0]["sums"]["ordered"], json!([{"amount": "20.00", "currency": "EUR"}]));
}

#[tokio::test]
async fn what_assets_cost_is_summed_up_by_project_now_and_then() {
    let (world, before) = world().await;
    let counts = |known: u32| json!({"known": known, "unknown": 0});
    for (moment, expected) in [("", 1), (&*format!("?known_at={before}"), 2)] {
        let totals = world.get(&format!("/v1/tco/totals/projects{moment}")).await;
        let groups = totals["groups"].as_array().expect("groups").iter();
        let portal: Vec<_> = groups.filter(|group| group["id"] == json!(id(PORTAL))).collect();
        assert_eq!((&portal[0]["name"], &portal[0]["counts"]), (&json!("Portal"), &counts(expected)));
    }
}
