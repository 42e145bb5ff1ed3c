//! Many at once, from desks that do not know of each other.

use futures_util::future::join_all;
use itam_domain::asset::AssetEvent;
use itam_domain::purchase_order::PurchaseOrderEvent;
use itam_domain::{Envelope, Event};
use serde_json::json;

use super::test_server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn no_storm_of_deliveries_exceeds_what_was_ordered() {
    let server = TestServer::open().await;
    let apis = [server.api(), server.api()];
    let it = apis[0].furnish().await;
    let order = apis[0].did("issue-purchase-order", "po", it.order("PO-1", 100)).await;
    let sends = (0..64).map(|n| {
        let (api, fields) = (&apis[n % 2], it.delivery(&order, 2));
        async move { api.send("receive-delivery", &format!("delivery {n}"), fields).await }
    });
    let replies = join_all(sends).await;
    let answered = |status| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!((answered(201), answered(409)), (50, 14));
    let refused = replies.iter().find(|reply| reply.status == 409).unwrap();
    assert_eq!(refused.body["reason"], "beyond-ordered");
    let events = server.events().await;
    let received: u32 = events.iter().filter_map(|(_, event)| received(event)).sum();
    let pieces = events.iter().filter(|(_, event)| is_piece(event)).count();
    assert_eq!((received, pieces), (100, 100));
}

fn received(event: &Envelope) -> Option<u32> {
    match &event.event {
        Event::PurchaseOrder(PurchaseOrderEvent::DeliveryReceived(data)) => Some(data.quantity),
        _ => None,
    }
}

fn is_piece(event: &Envelope) -> bool {
    matches!(&event.event, Event::Asset(AssetEvent::Delivered(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_that_race_for_a_tag_and_a_serial_have_one_winner_each() {
    let server = TestServer::open().await;
    let apis = [server.api(), server.api()];
    let it = apis[0].furnish().await;
    for round in 0..25 {
        let sends = (0..4).map(|n| {
            let mut fields = it.laptop(&format!("LT-{round}"));
            fields["serial"] = json!(format!("SN-{round}"));
            let api = &apis[n % 2];
            async move { api.send("register-asset", &format!("{round} {n}"), fields).await }
        });
        let before = server.head().await;
        let replies = join_all(sends).await;
        let winners = replies.iter().filter(|reply| reply.status == 201).count();
        let losers = replies.iter().filter(|reply| reply.body["code"] == "already-held").count();
        assert_eq!((winners, losers), (1, 3), "{replies:?}");
        assert_eq!(server.head().await, before + 3, "the losers leave nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_with_an_outdated_memory_neither_refuses_nor_accepts_wrongly() {
    let server = TestServer::open().await;
    let (here, there) = (server.api(), server.api());
    let it = here.furnish().await;
    let first = here.did("register-asset", "first", it.laptop("LT-1")).await;
    here.did("deploy-asset", "1", it.to_person("LT-1")).await;
    there.did("return-asset", "2", json!({"asset": "LT-1"})).await;
    // Here it is still deployed; yet what the log says counts.
    here.did("deploy-asset", "3", it.to_person("LT-1")).await;
    // There it is still in stock.
    let twice = there.send("deploy-asset", "4", it.to_person("LT-1")).await;
    twice.is_problem(409, "rejected-by-rule");
    here.did("return-asset", "5", json!({"asset": "LT-1"})).await;

    // The tag moves there; a command by tag here goes to the new holder.
    there.did("correct-asset", "6", json!({"asset": "LT-1", "corrections": [{"tag": "LT-2"}]})).await;
    let second = there.did("register-asset", "second", it.laptop("LT-1")).await;
    let deployed = here.send("deploy-asset", "7", it.to_person("LT-1")).await;
    assert_eq!((deployed.status, &deployed.body["id"]), (201, &json!(second)), "{}", deployed.body);
    let by_new_tag = here.send("deploy-asset", "8", it.to_person("LT-2")).await;
    assert_eq!(by_new_tag.body["id"], json!(first));
    // A tag that was given up there is free here.
    there.did("return-asset", "9", json!({"asset": "LT-2"})).await;
    there.did("correct-asset", "10", json!({"asset": "LT-2", "corrections": [{"tag": "LT-3"}]})).await;
    here.did("register-asset", "third", it.laptop("LT-2")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_cannot_close_a_circle_of_locations() {
    let server = TestServer::open().await;
    let (here, there) = (server.api(), server.api());
    for round in 0..20 {
        let name = |side: &str| format!("{side} {round}");
        let [left, right] = [name("left"), name("right")];
        let left_id = here.did("define-location", &left, json!({"name": left})).await;
        let right_id = there.did("define-location", &right, json!({"name": right})).await;
        let left_below = json!({"location_id": left_id, "name": left, "parent_id": right_id});
        let right_below = json!({"location_id": right_id, "name": right, "parent_id": left_id});
        let (a, b) = (format!("a {round}"), format!("b {round}"));
        let (one, other) = tokio::join!(
            here.send("define-location", &a, left_below),
            there.send("define-location", &b, right_below),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{} {}", one.body, other.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_cannot_put_two_assets_into_each_other_s_custody() {
    let server = TestServer::open().await;
    let (here, there) = (server.api(), server.api());
    let it = here.furnish().await;
    for round in 0..20 {
        let [left, right] = [format!("L-{round}"), format!("R-{round}")];
        here.did("register-asset", &left, it.laptop(&left)).await;
        there.did("register-asset", &right, it.laptop(&right)).await;
        let into = |asset: &str, carrier: &str| json!({"asset": asset, "custodian": {"asset": carrier}});
        let (a, b) = (format!("a {round}"), format!("b {round}"));
        let (one, other) = tokio::join!(
            here.send("deploy-asset", &a, into(&left, &right)),
            there.send("deploy-asset", &b, into(&right, &left)),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{} {}", one.body, other.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn custody_has_one_winner_and_clocks_may_differ_a_little() {
    let server = TestServer::open().await;
    let apis = [server.api(), server.api()];
    let it = apis[0].furnish().await;
    apis[0].did("register-asset", "a", it.laptop("LT-1")).await;
    for round in 0..20 {
        let sends = (0..4).map(|n| {
            let (api, fields) = (&apis[n % 2], it.to_person("LT-1"));
            async move { api.send("deploy-asset", &format!("{round} {n}"), fields).await }
        });
        let replies = join_all(sends).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1, "{replies:?}");
        // As if the next process's clock were a little behind.
        server.clock.advance(chrono::TimeDelta::milliseconds(-150));
        apis[1].did("return-asset", &format!("return {round}"), json!({"asset": "LT-1"})).await;
    }
    let times: Vec<_> = server.events().await.iter().map(|(_, event)| event.recorded_at).collect();
    assert!(times.is_sorted(), "nothing is recorded before what it rests on");
}
