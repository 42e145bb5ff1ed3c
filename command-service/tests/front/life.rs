//! A laptop's whole life, command by command.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::test_server::{Furniture, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_lives_from_its_order_to_its_disposal() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let order = api.did("issue-purchase-order", "po", it.order("PO-1", 2)).await;
    let mut delivery = it.delivery(&order, 2);
    delivery["serials"] = json!(["SN-1", "SN-2"]);
    let received = api.send("receive-delivery", "delivery", delivery).await;
    assert_eq!(received.body["events"][0]["type"], "purchase_order.delivery_received");
    assert_eq!(received.body["events"].as_array().unwrap().len(), 3);
    let events = server.events().await;
    let asset = events.iter().find(|(_, event)| event.event.event_type().name == "asset.delivered");
    let asset = asset.unwrap().1.aggregate.id.to_string();

    let steps = in_use(&it, &asset).into_iter().chain(out_of_use(&it));
    for (version, (command, fields, event)) in (2..).zip(steps) {
        server.clock.advance(TimeDelta::minutes(1));
        let reply = api.send(command, &format!("step-{version}"), fields).await;
        assert_eq!(reply.status, 201, "{command}: {}", reply.body);
        assert_eq!(reply.body["id"], asset, "{command}");
        assert_eq!(reply.body["version"], version, "{command}");
        assert_eq!(reply.body["events"][0]["type"], event);
        assert_eq!(reply.body["position"], server.head().await);
        assert_eq!(reply.header("etag"), format!("\"{version}\""));
        assert_eq!(reply.header("itam-position"), server.head().await.to_string());
    }

    // What the disposed laptop held is free again.
    let mut next = it.laptop("LT-9");
    next["serial"] = json!("sn-1");
    api.did("register-asset", "next", next).await;
    let actors = server.events().await;
    assert!(actors.iter().all(|(_, event)| event.actor == "administrator-1"));
}

#[tokio::test]
async fn a_requisition_is_approved_by_another_and_ordered() {
    let server = TestServer::open().await;
    let api = server.api();
    let it = api.furnish().await;
    let price = json!({"amount": "1200", "currency": "EUR"});
    let line = json!({"model_id": it.model, "quantity": 1, "estimated_unit_price": price});
    let headers = [("authorization", "Bearer requester")];
    let body = json!({"lines": [line]}).to_string();
    let submitted = api.post("/v1/commands/submit-requisition", &headers, body).await;
    let id = submitted.body["id"].as_str().unwrap();
    let approver = format!("Bearer asset-manager@{}", it.person);
    let approval = json!({"requisition_id": id}).to_string();
    let answer =
        api.post("/v1/commands/approve-requisition", &[("authorization", &approver)], approval).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let mut order = it.order("PO-7", 1);
    order["lines"][0]["requisition_line"] = json!({"requisition_id": id, "line": 1});
    let issued = api.send("issue-purchase-order", "po", order).await;
    assert_eq!(issued.body["events"].as_array().unwrap().len(), 2, "{}", issued.body);
}

/// A command, its fields, and the event that comes of it.
type LifeStep = (&'static str, Value, &'static str);

fn in_use(it: &Furniture, asset: &str) -> Vec<LifeStep> {
    vec![
        ("tag-asset", json!({"asset": asset, "tag": "LT-1"}), "asset.tagged"),
        (
            "deploy-asset",
            json!({"asset": "lt-1", "custodian": {"person": it.person}, "acceptance": "required"}),
            "asset.deployed",
        ),
        ("accept-custody", json!({"asset": "LT-1"}), "asset.custody_accepted"),
        ("verify-asset", json!({"asset": "LT-1", "location_id": it.stockroom}), "asset.verified"),
        ("relocate-asset", json!({"asset": "LT-1", "location_id": it.office}), "asset.relocated"),
        (
            "reassign-asset",
            json!({"asset": "LT-1", "custodian": {"location": it.office}}),
            "asset.reassigned",
        ),
        ("start-maintenance", json!({"asset": "LT-1", "kind": "repair"}), "asset.maintenance_started"),
        (
            "complete-maintenance",
            json!({"asset": "LT-1", "outcome": "repaired"}),
            "asset.maintenance_completed",
        ),
        ("reserve-asset", json!({"asset": "LT-1", "reserved_for": {"person": it.person}}), "asset.reserved"),
        ("release-reservation", json!({"asset": "LT-1"}), "asset.reservation_released"),
        ("ship-asset", json!({"asset": "LT-1", "destination_id": it.stockroom}), "asset.shipped"),
        ("arrive-asset", json!({"asset": "LT-1"}), "asset.arrived"),
    ]
}

fn out_of_use(it: &Furniture) -> Vec<LifeStep> {
    vec![
        ("report-missing", json!({"asset": "LT-1", "loss": "lost"}), "asset.reported_missing"),
        ("recover-asset", json!({"asset": "LT-1", "location_id": it.stockroom}), "asset.recovered"),
        ("deploy-asset", it.to_person("LT-1"), "asset.deployed"),
        ("return-asset", json!({"asset": "LT-1"}), "asset.returned"),
        ("place-hold", json!({"asset": "LT-1", "hold": "legal"}), "asset.hold_placed"),
        ("release-hold", json!({"asset": "LT-1", "hold": "legal"}), "asset.hold_released"),
        ("correct-asset", json!({"asset": "LT-1", "corrections": [{"tag": "LT-9"}]}), "asset.corrected"),
        ("retire-asset", json!({"asset": "LT-9", "cause": "end_of_life"}), "asset.retired"),
        ("record-sanitization", json!({"asset": "LT-9", "method": "purge"}), "asset.sanitized"),
        ("dispose-asset", json!({"asset": "LT-9", "method": "recycled"}), "asset.disposed"),
    ]
}
