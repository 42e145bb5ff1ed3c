//! What is bought for a project: asked for, ordered, delivered and charged to it, now and at earlier moments.

use serde_json::{Value, json};

use crate::installation::{Installation, assert_problem, id_of, position_of};
use crate::organization::Organization;

/// When each thing happened.
const ASKED: &str = "2024-03-01T09:00:00Z";
const APPROVED: &str = "2024-03-02T09:00:00Z";
const ORDERED: &str = "2024-03-04T09:00:00Z";
const ARRIVED: &str = "2024-03-11T09:00:00Z";
const CHARGED: &str = "2024-06-03T09:00:00Z";

/// The tags of the assets that a query finds.
async fn tags(itam: &Installation, query: &str, position: u64) -> Vec<Value> {
    let list = itam.seen(&format!("/v1/assets?{query}"), position).await;
    list["items"].as_array().expect("a list").iter().map(|item| item["tag"].clone()).collect()
}

/// Asks for a laptop for a project, has it approved, orders it, takes it in and tags it; gives the order.
async fn bought_for(itam: &Installation, org: &Organization, project: &str) -> String {
    let price = json!({"amount": "1200.00", "currency": "EUR"});
    let line =
        json!({"model_id": org.laptop, "quantity": 1, "estimated_unit_price": price, "project_id": project});
    let asked = json!({"lines": [line], "effective_time": ASKED});
    let requisition = id_of(&itam.commands.done("submit-requisition", asked).await);
    let ben = itam.colleague("asset-manager", Some(&org.ben)).await;
    let approved = json!({"requisition_id": requisition, "effective_time": APPROVED});
    ben.done("approve-requisition", approved).await;
    let line = json!({"model_id": org.laptop, "quantity": 1, "unit_price": price,
                      "requisition_line": {"requisition_id": requisition, "line": 1}});
    let order =
        json!({"number": "PO-1", "vendor_id": org.vendor, "lines": [line], "effective_time": ORDERED});
    let order = id_of(&itam.commands.done("issue-purchase-order", order).await);
    let delivery = json!({"purchase_order_id": order, "line": 1, "quantity": 1, "location_id": org.stockroom,
                          "effective_time": ARRIVED});
    let received = itam.commands.done("receive-delivery", delivery).await;
    for list in ["requisitions", "purchase-orders"] {
        let found = itam.seen(&format!("/v1/{list}?project_id={project}"), position_of(&received)).await;
        assert_eq!(found["items"][0]["lines"][0]["project_id"], json!(project), "{found}");
    }
    let path = format!("/v1/assets?purchase_order_id={order}");
    let asset = id_of(&itam.seen(&path, position_of(&received)).await["items"][0]);
    let tagged = json!({"asset": asset, "tag": "LT-1", "effective_time": ARRIVED});
    itam.commands.done("tag-asset", tagged).await;
    order
}

#[tokio::test]
async fn what_is_bought_for_a_project_is_charged_to_it_at_every_moment() {
    let itam = Installation::embedded().await;
    let org = Organization::define(&itam.commands).await;
    let define = |fields: Value| async { id_of(&itam.commands.done("define-project", fields).await) };
    let portal =
        json!({"code": "P-1", "name": "Portal", "active_from": "2024-01-01", "active_until": "2024-12-31"});
    let portal_id = define(portal.clone()).await;
    let move_id = define(json!({"code": "P-2", "name": "Move"})).await;
    let order = bought_for(&itam, &org, &portal_id).await;

    let charge = json!({"asset": "LT-1", "project_id": move_id, "effective_time": CHARGED});
    let position = position_of(&itam.commands.done("charge-asset", charge).await);
    let at = |project: &str, moment: &str| format!("project_id={project}{moment}");
    assert_eq!(tags(&itam, &at(&move_id, ""), position).await, ["LT-1"]);
    assert_eq!(tags(&itam, &at(&portal_id, ""), position).await, [""; 0]);
    assert_eq!(tags(&itam, &at(&portal_id, "&as_of=2024-05-31"), position).await, ["LT-1"]);
    assert_eq!(tags(&itam, &at(&move_id, "&as_of=2024-05-31"), position).await, [""; 0]);
    let shown = itam.seen("/v1/assets/LT-1", position).await;
    assert_eq!((&shown["project_id"], &shown["project_name"]), (&json!(move_id), &json!("Move")));

    let correction = json!({"asset": "LT-1", "corrections": [{"project_id": portal_id}],
                            "effective_time": "2024-05-01T00:00:00Z"});
    let refused = json!({"asset": "LT-1", "corrections": [{"project_id": portal_id}]});
    let refused = itam.commands.command("correct-asset", refused).await;
    assert_problem(&refused, 422, "invalid-value");
    assert!(refused.text.contains("runs from 2024-01-01 until 2024-12-31"), "{}", refused.text);
    let known_before = position;
    let position = position_of(&itam.commands.done("correct-asset", correction).await);
    assert_eq!(tags(&itam, &at(&portal_id, "&as_of=2024-07-01"), position).await, ["LT-1"]);
    let as_known = format!("&as_of=2024-07-01&known_at={known_before}");
    assert_eq!(tags(&itam, &at(&move_id, &as_known), position).await, ["LT-1"]);
    let totals = itam.seen("/v1/tco/totals/projects", position).await;
    assert!(totals.to_string().contains(&portal_id), "{totals}");

    let mut ended = portal;
    ended["project_id"] = json!(portal_id);
    ended["standing"] = json!("inactive");
    itam.commands.done("define-project", ended).await;
    let asset = json!({"model_id": org.laptop, "project_id": portal_id, "effective_time": ASKED});
    let line = json!({"description": "a desk", "quantity": 1, "project_id": portal_id,
                      "estimated_unit_price": {"amount": "400.00", "currency": "EUR"}});
    for (command, body) in [("register-asset", asset), ("submit-requisition", json!({"lines": [line]}))] {
        let refused = itam.commands.command(command, body).await;
        assert_problem(&refused, 422, "unknown-reference");
        assert!(refused.text.contains("is inactive"), "{}", refused.text);
    }
    let found = itam.seen(&format!("/v1/purchase-orders/{order}"), position).await;
    assert_eq!(
        found["lines"][0]["project_id"],
        json!(portal_id),
        "what was ordered for it stays so: {found}"
    );
}
