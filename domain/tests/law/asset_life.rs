//! Arriving, moving, repairing, losing.

use serde_json::json;

use crate::fixtures::{
    ASSET, BERLIN, BOB, CLOSED_SITE, CLOSED_VENDOR, ORDER, REQUISITION, STORE, VENDOR, asset_id, person, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "receive-asset" Accepted: what_was_ordered_arrives;
    "receive-asset" Refused: what_arrived_does_not_arrive_again;
    "cancel-asset" Accepted: an_order_of_an_asset_is_cancelled,
        a_rejected_piece_is_owed_again_by_the_vendor,
        a_closed_order_lets_go_of_a_rejected_piece;
    "cancel-asset" Refused: what_is_in_stock_is_not_cancelled,
        a_legal_hold_forbids_cancelling,
        a_backdated_rejection_does_not_turn_the_order_s_history_back;
    "ship-asset" Accepted: an_asset_leaves_for_another_location;
    "ship-asset" Refused: an_asset_is_not_sent_where_it_is,
        an_asset_is_not_sent_to_a_closed_site,
        what_somebody_has_is_not_shipped;
    "arrive-asset" Accepted: an_asset_arrives_and_is_what_it_was,
        an_asset_may_arrive_elsewhere;
    "arrive-asset" Refused: what_was_not_sent_does_not_arrive;
    "start-maintenance" Accepted: maintenance_ends_custody;
    "start-maintenance" Refused: a_legal_hold_forbids_maintenance,
        maintenance_is_done_by_an_active_vendor;
    "complete-maintenance" Accepted: a_repaired_asset_goes_into_stock;
    "complete-maintenance" Refused: what_is_not_in_maintenance_does_not_come_out_of_it;
    "report-missing" Accepted: a_missing_asset_names_who_had_it;
    "report-missing" Refused: what_is_missing_is_not_reported_again;
    "recover-asset" Accepted: a_missing_asset_is_found,
        what_had_no_tag_is_found_without_one;
    "recover-asset" Refused: what_is_not_missing_is_not_found,
        what_was_found_is_at_an_active_location;
    "write-off-asset" Accepted: a_missing_asset_is_given_up_without_sanitization;
    "write-off-asset" Refused: giving_up_asks_for_a_reason,
        a_legal_hold_forbids_giving_up;
}

fn what_was_ordered_arrives(scene: &mut Scene) {
    scene.on_order();
    let outcome = scene.when("receive-asset", json!({"asset": id(ASSET), "location_id": id(STORE)}));
    outcome.then("asset", asset_id(), "asset.received", json!({"location_id": id(STORE)}));
    assert_eq!(scene.state(ASSET), "received");
}

fn what_arrived_does_not_arrive_again(scene: &mut Scene) {
    scene.received();
    let outcome = scene.when("receive-asset", json!({"asset": id(ASSET)}));
    outcome.refused("invalid-transition").fact("current_state", json!("received"));
}

fn an_order_of_an_asset_is_cancelled(scene: &mut Scene) {
    scene.on_order();
    let outcome = scene.when("cancel-asset", json!({"asset": id(ASSET)}));
    outcome.then("asset", asset_id(), "asset.cancelled", json!({}));
    assert_eq!(scene.state(ASSET), "cancelled");
}

fn a_rejected_piece_is_owed_again_by_the_vendor(scene: &mut Scene) {
    scene.ordered().two_delivered();
    let outcome = scene.when("cancel-asset", json!({"asset": id(ASSET)}));
    outcome.then_all(&[
        ("asset", asset_id(), "asset.cancelled", json!({})),
        (
            "purchase_order",
            id(ORDER),
            "purchase_order.delivery_rejected",
            json!({"line": 1, "asset_id": id(ASSET)}),
        ),
    ]);
    let delivery = |quantity: u32| json!({"purchase_order_id": id(ORDER), "line": 1, "quantity": quantity, "location_id": id(STORE)});
    scene.when("receive-delivery", delivery(5)).refused("beyond-ordered").fact("open", json!(4));
    scene.when("receive-delivery", delivery(4)).decision();
}

fn a_closed_order_lets_go_of_a_rejected_piece(scene: &mut Scene) {
    scene.ordered_for_requisition().two_delivered();
    let close = json!({"purchase_order_id": id(ORDER)});
    scene.when("close-purchase-order", close).decision();
    let outcome = scene.when("cancel-asset", json!({"asset": id(ASSET)}));
    outcome.then_all(&[
        ("asset", asset_id(), "asset.cancelled", json!({})),
        (
            "purchase_order",
            id(ORDER),
            "purchase_order.delivery_rejected",
            json!({"line": 1, "asset_id": id(ASSET)}),
        ),
        (
            "requisition",
            id(REQUISITION),
            "requisition.ordered",
            json!({"purchase_order_id": id(ORDER), "lines": [{"line": 1, "quantity": 1}]}),
        ),
    ]);
}

fn what_is_in_stock_is_not_cancelled(scene: &mut Scene) {
    scene.in_stock();
    scene.when("cancel-asset", json!({"asset": "LT-1"})).refused("invalid-transition");
}

fn a_legal_hold_forbids_cancelling(scene: &mut Scene) {
    scene.received().held("legal");
    let outcome = scene.when("cancel-asset", json!({"asset": id(ASSET)}));
    outcome.refused("held").fact("hold", json!("legal"));
}

fn a_backdated_rejection_does_not_turn_the_order_s_history_back(scene: &mut Scene) {
    scene.ordered().two_delivered();
    let amendment = json!({"purchase_order_id": id(ORDER), "expected_on": "2026-05-01"});
    scene.when("amend-purchase-order", amendment).decision();
    scene.effective("2026-01-15T00:00:00Z");
    let outcome = scene.when("cancel-asset", json!({"asset": id(ASSET)}));
    outcome.refused("effective-time-before-last").at("/effective_time");
}

fn an_asset_leaves_for_another_location(scene: &mut Scene) {
    scene.in_stock_with(json!({"location_id": id(STORE)}));
    let data = json!({"destination_id": id(BERLIN), "carrier": "DHL", "tracking_number": "7"});
    let outcome = scene.when("ship-asset", with(data.clone(), json!({"asset": "LT-1"})));
    outcome.then("asset", asset_id(), "asset.shipped", data);
    assert_eq!(scene.state(ASSET), "in_transit");
}

fn an_asset_is_not_sent_where_it_is(scene: &mut Scene) {
    scene.in_stock_with(json!({"location_id": id(STORE)}));
    let outcome = scene.when("ship-asset", json!({"asset": "LT-1", "destination_id": id(STORE)}));
    outcome.refused("same-location").at("/destination_id");
}

fn an_asset_is_not_sent_to_a_closed_site(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("ship-asset", json!({"asset": "LT-1", "destination_id": id(CLOSED_SITE)}));
    outcome.refused("unknown-reference").at("/destination_id");
}

fn what_somebody_has_is_not_shipped(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("ship-asset", json!({"asset": "LT-1", "destination_id": id(BERLIN)}));
    outcome.refused("invalid-transition").fact("current_state", json!("deployed"));
}

fn an_asset_arrives_and_is_what_it_was(scene: &mut Scene) {
    scene.retired().asset("asset.shipped", json!({"destination_id": id(BERLIN)}));
    let outcome = scene.when("arrive-asset", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.arrived", json!({}));
    assert_eq!(scene.state(ASSET), "retired");
    let outcome = scene.when("ship-asset", json!({"asset": "LT-1", "destination_id": id(BERLIN)}));
    outcome.refused("same-location");
}

fn an_asset_may_arrive_elsewhere(scene: &mut Scene) {
    scene.in_transit();
    let outcome = scene.when("arrive-asset", json!({"asset": "LT-1", "location_id": id(STORE)}));
    outcome.then("asset", asset_id(), "asset.arrived", json!({"location_id": id(STORE)}));
    let outcome = scene.when("ship-asset", json!({"asset": "LT-1", "destination_id": id(STORE)}));
    outcome.refused("same-location");
}

fn what_was_not_sent_does_not_arrive(scene: &mut Scene) {
    scene.in_stock();
    scene.when("arrive-asset", json!({"asset": "LT-1"})).refused("invalid-transition");
}

fn maintenance_ends_custody(scene: &mut Scene) {
    scene.deployed();
    let data = json!({"kind": "repair", "vendor_id": id(VENDOR), "expected_back_on": "2026-02-20",
                      "description": "does not start"});
    let outcome = scene.when("start-maintenance", with(data.clone(), json!({"asset": "LT-1"})));
    let data = with(data, json!({"from": person(BOB)}));
    outcome.then("asset", asset_id(), "asset.maintenance_started", data);
    scene.when("return-asset", json!({"asset": "LT-1"})).refused("invalid-transition");
}

fn a_legal_hold_forbids_maintenance(scene: &mut Scene) {
    scene.in_stock().held("legal");
    let outcome = scene.when("start-maintenance", json!({"asset": "LT-1", "kind": "upgrade"}));
    outcome.refused("held").fact("hold", json!("legal"));
}

fn maintenance_is_done_by_an_active_vendor(scene: &mut Scene) {
    scene.in_stock();
    let body = json!({"asset": "LT-1", "kind": "repair", "vendor_id": id(CLOSED_VENDOR)});
    scene.when("start-maintenance", body).refused("unknown-reference").at("/vendor_id");
}

fn a_repaired_asset_goes_into_stock(scene: &mut Scene) {
    scene.in_maintenance();
    let data = json!({"outcome": "repaired", "cost": {"amount": "90", "currency": "JPY"}, "condition": "good",
                      "location_id": id(STORE)});
    let outcome = scene.when("complete-maintenance", with(data.clone(), json!({"asset": "LT-1"})));
    outcome.then("asset", asset_id(), "asset.maintenance_completed", data);
    assert_eq!(scene.state(ASSET), "in_stock");
}

fn what_is_not_in_maintenance_does_not_come_out_of_it(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("complete-maintenance", json!({"asset": "LT-1", "outcome": "serviced"}));
    outcome.refused("invalid-transition");
}

fn a_missing_asset_names_who_had_it(scene: &mut Scene) {
    scene.deployed();
    let body = json!({"asset": "LT-1", "loss": "stolen", "report_number": "P-17"});
    let outcome = scene.when("report-missing", body);
    let data = json!({"loss": "stolen", "from": person(BOB), "report_number": "P-17"});
    outcome.then("asset", asset_id(), "asset.reported_missing", data);
}

fn what_is_missing_is_not_reported_again(scene: &mut Scene) {
    scene.missing();
    let outcome = scene.when("report-missing", json!({"asset": "LT-1", "loss": "lost"}));
    outcome.refused("invalid-transition").fact("current_state", json!("missing"));
}

fn a_missing_asset_is_found(scene: &mut Scene) {
    scene.missing();
    let data = json!({"location_id": id(BERLIN), "condition": "poor"});
    let outcome = scene.when("recover-asset", with(data.clone(), json!({"asset": "LT-1"})));
    outcome.then("asset", asset_id(), "asset.recovered", data);
    assert_eq!(scene.state(ASSET), "in_stock");
}

fn what_had_no_tag_is_found_without_one(scene: &mut Scene) {
    scene.received().asset("asset.reported_missing", json!({"loss": "lost"}));
    scene.when("recover-asset", json!({"asset": id(ASSET), "location_id": id(BERLIN)})).decision();
    assert_eq!(scene.state(ASSET), "received");
}

fn what_is_not_missing_is_not_found(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("recover-asset", json!({"asset": "LT-1", "location_id": id(BERLIN)}));
    outcome.refused("invalid-transition");
}

fn what_was_found_is_at_an_active_location(scene: &mut Scene) {
    scene.missing();
    let outcome = scene.when("recover-asset", json!({"asset": "LT-1", "location_id": id(CLOSED_SITE)}));
    outcome.refused("unknown-reference").at("/location_id");
}

fn a_missing_asset_is_given_up_without_sanitization(scene: &mut Scene) {
    scene.missing().because("not found in two counts");
    let outcome = scene.when("write-off-asset", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.written_off", json!({}));
    assert_eq!(outcome.decision().keys.len(), 2, "tag and serial are free again");
    assert_eq!(scene.state(ASSET), "disposed");
}

fn giving_up_asks_for_a_reason(scene: &mut Scene) {
    scene.missing();
    scene.when("write-off-asset", json!({"asset": "LT-1"})).refused("reason-required").at("/reason");
}

fn a_legal_hold_forbids_giving_up(scene: &mut Scene) {
    scene.missing().held("legal").because("not found in two counts");
    scene.when("write-off-asset", json!({"asset": "LT-1"})).refused("held").fact("hold", json!("legal"));
}
