//! Arriving, moving, repairing, losing, leaving.

use itam_domain::{Policies, SanitizationPolicy};
use serde_json::{Value, json};

use crate::fixtures::{
    ASSET, BERLIN, BOB, CLOSED_SITE, CLOSED_VENDOR, ORDER, STORE, VENDOR, asset_id, euros, person, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "receive-asset" Accepted: what_was_ordered_arrives;
    "receive-asset" Refused: what_arrived_does_not_arrive_again;
    "cancel-asset" Accepted: an_order_of_an_asset_is_cancelled,
        a_rejected_piece_is_owed_again_by_the_vendor;
    "cancel-asset" Refused: what_is_in_stock_is_not_cancelled, a_legal_hold_forbids_cancelling,
        a_backdated_rejection_does_not_turn_the_order_s_history_back;
    "ship-asset" Accepted: an_asset_leaves_for_another_location;
    "ship-asset" Refused: an_asset_is_not_sent_where_it_is, an_asset_is_not_sent_to_a_closed_site,
        what_somebody_has_is_not_shipped;
    "arrive-asset" Accepted: an_asset_arrives_and_is_what_it_was, an_asset_may_arrive_elsewhere;
    "arrive-asset" Refused: what_was_not_sent_does_not_arrive;
    "start-maintenance" Accepted: maintenance_ends_custody;
    "start-maintenance" Refused: a_legal_hold_forbids_maintenance, maintenance_is_done_by_an_active_vendor;
    "complete-maintenance" Accepted: a_repaired_asset_goes_into_stock;
    "complete-maintenance" Refused: what_is_not_in_maintenance_does_not_come_out_of_it;
    "report-missing" Accepted: a_missing_asset_names_who_had_it;
    "report-missing" Refused: what_is_missing_is_not_reported_again;
    "recover-asset" Accepted: a_missing_asset_is_found, what_had_no_tag_is_found_without_one;
    "recover-asset" Refused: what_is_not_missing_is_not_found, what_was_found_is_at_an_active_location;
    "write-off-asset" Accepted: a_missing_asset_is_given_up_without_sanitization;
    "write-off-asset" Refused: giving_up_asks_for_a_reason, a_legal_hold_forbids_giving_up;
    "place-hold" Accepted: an_asset_may_be_under_two_holds;
    "place-hold" Refused: the_same_hold_is_not_placed_twice, a_disposed_asset_takes_no_hold;
    "release-hold" Accepted: a_released_asset_moves_on;
    "release-hold" Refused: what_is_not_held_is_not_released;
    "retire-asset" Accepted: an_asset_goes_out_of_service_and_loses_its_reservation;
    "retire-asset" Refused: what_somebody_has_is_not_retired;
    "reinstate-asset" Accepted: a_retired_asset_goes_back_into_stock;
    "reinstate-asset" Refused: what_is_not_retired_is_not_reinstated;
    "record-sanitization" Accepted: a_removal_of_data_is_recorded;
    "record-sanitization" Refused: what_bears_no_data_is_not_sanitized, a_legal_hold_forbids_sanitization,
        what_somebody_uses_is_not_sanitized;
    "dispose-asset" Accepted: each_classification_is_met_by_its_method,
        what_bears_no_data_is_disposed_of_as_it_is,
        a_weaker_sanitization_does_not_undo_a_stronger_one, the_policy_says_what_is_enough;
    "dispose-asset" Refused: no_classification_is_met_by_a_weaker_method, a_legal_hold_forbids_disposal,
        sanitization_no_longer_counts_after_another_use, what_is_in_stock_is_retired_first;
    "void-asset" Accepted: an_asset_registered_in_error_gives_up_its_tag_and_serial;
    "void-asset" Refused: voiding_asks_for_a_reason, a_legal_hold_forbids_voiding, what_somebody_has_is_not_voided;
}

fn what_was_ordered_arrives(scene: &mut Scene) {
    scene.on_order();
    let outcome = scene.when(
        "receive-asset",
        json!({"asset": id(ASSET), "location_id": id(STORE)}),
    );
    outcome.then(
        "asset",
        asset_id(),
        "asset.received",
        json!({"location_id": id(STORE)}),
    );
    assert_eq!(scene.state(ASSET), "received");
}

fn what_arrived_does_not_arrive_again(scene: &mut Scene) {
    scene.received();
    let outcome = scene.when("receive-asset", json!({"asset": id(ASSET)}));
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("received"));
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
    scene
        .when("receive-delivery", delivery(5))
        .refused("beyond-ordered")
        .fact("open", json!(4));
    scene.when("receive-delivery", delivery(4)).decision();
}

fn what_is_in_stock_is_not_cancelled(scene: &mut Scene) {
    scene.in_stock();
    scene
        .when("cancel-asset", json!({"asset": "LT-1"}))
        .refused("invalid-transition");
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
    outcome
        .refused("effective-time-before-last")
        .at("/effective_time");
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
    let outcome = scene.when(
        "ship-asset",
        json!({"asset": "LT-1", "destination_id": id(STORE)}),
    );
    outcome.refused("same-location").at("/destination_id");
}

fn an_asset_is_not_sent_to_a_closed_site(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when(
        "ship-asset",
        json!({"asset": "LT-1", "destination_id": id(CLOSED_SITE)}),
    );
    outcome.refused("unknown-reference").at("/destination_id");
}

fn what_somebody_has_is_not_shipped(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when(
        "ship-asset",
        json!({"asset": "LT-1", "destination_id": id(BERLIN)}),
    );
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("deployed"));
}

fn an_asset_arrives_and_is_what_it_was(scene: &mut Scene) {
    scene
        .retired()
        .asset("asset.shipped", json!({"destination_id": id(BERLIN)}));
    let outcome = scene.when("arrive-asset", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.arrived", json!({}));
    assert_eq!(scene.state(ASSET), "retired");
    let outcome = scene.when(
        "ship-asset",
        json!({"asset": "LT-1", "destination_id": id(BERLIN)}),
    );
    outcome.refused("same-location");
}

fn an_asset_may_arrive_elsewhere(scene: &mut Scene) {
    scene.in_transit();
    let outcome = scene.when("arrive-asset", json!({"asset": "LT-1", "location_id": id(STORE)}));
    outcome.then(
        "asset",
        asset_id(),
        "asset.arrived",
        json!({"location_id": id(STORE)}),
    );
    let outcome = scene.when(
        "ship-asset",
        json!({"asset": "LT-1", "destination_id": id(STORE)}),
    );
    outcome.refused("same-location");
}

fn what_was_not_sent_does_not_arrive(scene: &mut Scene) {
    scene.in_stock();
    scene
        .when("arrive-asset", json!({"asset": "LT-1"}))
        .refused("invalid-transition");
}

fn maintenance_ends_custody(scene: &mut Scene) {
    scene.deployed();
    let data = json!({"kind": "repair", "vendor_id": id(VENDOR), "expected_back_on": "2026-02-20",
                      "description": "does not start"});
    let outcome = scene.when("start-maintenance", with(data.clone(), json!({"asset": "LT-1"})));
    let data = with(data, json!({"from": person(BOB)}));
    outcome.then("asset", asset_id(), "asset.maintenance_started", data);
    scene
        .when("return-asset", json!({"asset": "LT-1"}))
        .refused("invalid-transition");
}

fn a_legal_hold_forbids_maintenance(scene: &mut Scene) {
    scene.in_stock().held("legal");
    let outcome = scene.when("start-maintenance", json!({"asset": "LT-1", "kind": "upgrade"}));
    outcome.refused("held").fact("hold", json!("legal"));
}

fn maintenance_is_done_by_an_active_vendor(scene: &mut Scene) {
    scene.in_stock();
    let body = json!({"asset": "LT-1", "kind": "repair", "vendor_id": id(CLOSED_VENDOR)});
    scene
        .when("start-maintenance", body)
        .refused("unknown-reference")
        .at("/vendor_id");
}

fn a_repaired_asset_goes_into_stock(scene: &mut Scene) {
    scene.in_maintenance();
    let data = json!({"outcome": "repaired", "cost": {"amount": "90", "currency": "JPY"}, "condition": "good",
                      "location_id": id(STORE)});
    let outcome = scene.when(
        "complete-maintenance",
        with(data.clone(), json!({"asset": "LT-1"})),
    );
    outcome.then("asset", asset_id(), "asset.maintenance_completed", data);
    assert_eq!(scene.state(ASSET), "in_stock");
}

fn what_is_not_in_maintenance_does_not_come_out_of_it(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when(
        "complete-maintenance",
        json!({"asset": "LT-1", "outcome": "serviced"}),
    );
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
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("missing"));
}

fn a_missing_asset_is_found(scene: &mut Scene) {
    scene.missing();
    let data = json!({"location_id": id(BERLIN), "condition": "poor"});
    let outcome = scene.when("recover-asset", with(data.clone(), json!({"asset": "LT-1"})));
    outcome.then("asset", asset_id(), "asset.recovered", data);
    assert_eq!(scene.state(ASSET), "in_stock");
}

fn what_had_no_tag_is_found_without_one(scene: &mut Scene) {
    scene
        .received()
        .asset("asset.reported_missing", json!({"loss": "lost"}));
    scene
        .when(
            "recover-asset",
            json!({"asset": id(ASSET), "location_id": id(BERLIN)}),
        )
        .decision();
    assert_eq!(scene.state(ASSET), "received");
}

fn what_is_not_missing_is_not_found(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when(
        "recover-asset",
        json!({"asset": "LT-1", "location_id": id(BERLIN)}),
    );
    outcome.refused("invalid-transition");
}

fn what_was_found_is_at_an_active_location(scene: &mut Scene) {
    scene.missing();
    let outcome = scene.when(
        "recover-asset",
        json!({"asset": "LT-1", "location_id": id(CLOSED_SITE)}),
    );
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
    scene
        .when("write-off-asset", json!({"asset": "LT-1"}))
        .refused("reason-required")
        .at("/reason");
}

fn a_legal_hold_forbids_giving_up(scene: &mut Scene) {
    scene.missing().held("legal").because("not found in two counts");
    scene
        .when("write-off-asset", json!({"asset": "LT-1"}))
        .refused("held")
        .fact("hold", json!("legal"));
}

fn an_asset_may_be_under_two_holds(scene: &mut Scene) {
    scene.deployed().held("quarantine");
    let body = json!({"asset": "LT-1", "hold": "legal", "case_number": "C-1"});
    let outcome = scene.when("place-hold", body);
    outcome.then(
        "asset",
        asset_id(),
        "asset.hold_placed",
        json!({"hold": "legal", "case_number": "C-1"}),
    );
}

fn the_same_hold_is_not_placed_twice(scene: &mut Scene) {
    scene.in_stock().held("legal");
    scene
        .when("place-hold", json!({"asset": "LT-1", "hold": "legal"}))
        .refused("already-held");
}

fn a_disposed_asset_takes_no_hold(scene: &mut Scene) {
    scene.disposed();
    let outcome = scene.when("place-hold", json!({"asset": id(ASSET), "hold": "legal"}));
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("disposed"))
        .fact("allowed_commands", json!(["correct-asset"]));
}

fn a_released_asset_moves_on(scene: &mut Scene) {
    scene.in_stock().held("quarantine");
    let outcome = scene.when("release-hold", json!({"asset": "LT-1", "hold": "quarantine"}));
    outcome.then(
        "asset",
        asset_id(),
        "asset.hold_released",
        json!({"hold": "quarantine"}),
    );
    scene
        .when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)}))
        .decision();
}

fn what_is_not_held_is_not_released(scene: &mut Scene) {
    scene.in_stock().held("legal");
    scene
        .when("release-hold", json!({"asset": "LT-1", "hold": "quarantine"}))
        .refused("not-held");
}

fn an_asset_goes_out_of_service_and_loses_its_reservation(scene: &mut Scene) {
    scene
        .in_stock()
        .asset("asset.reserved", json!({"reserved_for": person(BOB)}));
    let outcome = scene.when("retire-asset", json!({"asset": "LT-1", "cause": "end_of_life"}));
    outcome.then(
        "asset",
        asset_id(),
        "asset.retired",
        json!({"cause": "end_of_life"}),
    );
    scene.when("reinstate-asset", json!({"asset": "LT-1"})).decision();
    scene
        .when("release-reservation", json!({"asset": "LT-1"}))
        .refused("not-reserved");
}

fn what_somebody_has_is_not_retired(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("retire-asset", json!({"asset": "LT-1", "cause": "surplus"}));
    outcome.refused("invalid-transition");
}

fn a_retired_asset_goes_back_into_stock(scene: &mut Scene) {
    scene.retired();
    let outcome = scene.when(
        "reinstate-asset",
        json!({"asset": "LT-1", "location_id": id(STORE)}),
    );
    outcome.then(
        "asset",
        asset_id(),
        "asset.reinstated",
        json!({"location_id": id(STORE)}),
    );
    assert_eq!(scene.state(ASSET), "in_stock");
}

fn what_is_not_retired_is_not_reinstated(scene: &mut Scene) {
    scene.disposed();
    scene
        .when("reinstate-asset", json!({"asset": id(ASSET)}))
        .refused("invalid-transition");
}

fn a_removal_of_data_is_recorded(scene: &mut Scene) {
    scene.in_maintenance();
    let data = json!({"method": "purge", "tool": "blkdiscard", "certificate_number": "Z-1", "vendor_id": id(VENDOR)});
    let outcome = scene.when(
        "record-sanitization",
        with(data.clone(), json!({"asset": "LT-1"})),
    );
    outcome.then("asset", asset_id(), "asset.sanitized", data);
}

fn what_bears_no_data_is_not_sanitized(scene: &mut Scene) {
    scene.in_stock_with(json!({"data_bearing": false}));
    let outcome = scene.when("record-sanitization", json!({"asset": "LT-1", "method": "clear"}));
    outcome.refused("not-data-bearing");
}

fn a_legal_hold_forbids_sanitization(scene: &mut Scene) {
    scene.retired().held("legal");
    let outcome = scene.when("record-sanitization", json!({"asset": "LT-1", "method": "clear"}));
    outcome.refused("held").fact("hold", json!("legal"));
}

fn what_somebody_uses_is_not_sanitized(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("record-sanitization", json!({"asset": "LT-1", "method": "clear"}));
    outcome.refused("invalid-transition");
}

/// Each classification with the method that the standing policy asks for.
fn required_methods() -> [(Value, &'static str); 5] {
    [
        (json!(null), "clear"),
        (json!("public"), "clear"),
        (json!("internal"), "clear"),
        (json!("confidential"), "purge"),
        (json!("restricted"), "destroy"),
    ]
}

/// A retired asset that holds data of this classification and was sanitized like this.
fn sanitized(scene: &mut Scene, classification: &Value, method: &str) {
    scene
        .in_stock_with(json!({"data_classification": classification}))
        .asset("asset.retired", json!({"cause": "obsolete"}))
        .asset("asset.sanitized", json!({"method": method}));
}

fn each_classification_is_met_by_its_method(scene: &mut Scene) {
    for (classification, method) in required_methods() {
        sanitized(scene, &classification, method);
        let data = json!({"method": "sold", "vendor_id": id(VENDOR), "proceeds": euros("20.00"),
                          "certificate_number": "Z-2"});
        let outcome = scene.when("dispose-asset", with(data.clone(), json!({"asset": "LT-1"})));
        outcome.then("asset", asset_id(), "asset.disposed", data);
        assert_eq!(outcome.decision().keys.len(), 2, "tag and serial are free again");
    }
}

fn no_classification_is_met_by_a_weaker_method(scene: &mut Scene) {
    let methods = ["clear", "purge", "destroy"];
    for (classification, required) in required_methods() {
        for weaker in methods.iter().take_while(|method| **method != required) {
            sanitized(scene, &classification, weaker);
            let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "sold"}));
            outcome
                .refused("not-sanitized")
                .fact("required_method", json!(required));
        }
        scene
            .in_stock_with(json!({"data_classification": classification}))
            .asset("asset.retired", json!({"cause": "obsolete"}));
        let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "sold"}));
        outcome
            .refused("not-sanitized")
            .fact("required_method", json!(required));
    }
}

fn what_bears_no_data_is_disposed_of_as_it_is(scene: &mut Scene) {
    scene
        .in_stock_with(json!({"data_bearing": false, "data_classification": "restricted"}))
        .asset("asset.retired", json!({"cause": "obsolete"}));
    scene
        .when("dispose-asset", json!({"asset": "LT-1", "method": "scrapped"}))
        .decision();
}

fn a_weaker_sanitization_does_not_undo_a_stronger_one(scene: &mut Scene) {
    sanitized(scene, &json!("confidential"), "purge");
    scene
        .when("record-sanitization", json!({"asset": "LT-1", "method": "clear"}))
        .decision();
    scene
        .when("dispose-asset", json!({"asset": "LT-1", "method": "sold"}))
        .decision();
}

fn the_policy_says_what_is_enough(scene: &mut Scene) {
    let policy: SanitizationPolicy =
        serde_json::from_value(json!({"unclassified": "purge", "classified": {"restricted": "clear"}}))
            .expect("policy");
    scene.policies(Policies {
        sanitization: policy,
        ..Policies::default()
    });
    sanitized(scene, &json!("public"), "clear");
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "sold"}));
    outcome
        .refused("not-sanitized")
        .fact("required_method", json!("purge"));
    sanitized(scene, &json!("restricted"), "clear");
    scene
        .when("dispose-asset", json!({"asset": "LT-1", "method": "sold"}))
        .decision();
}

fn a_legal_hold_forbids_disposal(scene: &mut Scene) {
    sanitized(scene, &json!(null), "destroy");
    scene.held("legal");
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "destroyed"}));
    outcome.refused("held").fact("hold", json!("legal"));
}

fn sanitization_no_longer_counts_after_another_use(scene: &mut Scene) {
    scene
        .in_stock()
        .asset("asset.sanitized", json!({"method": "destroy"}));
    scene
        .when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)}))
        .decision();
    scene.when("return-asset", json!({"asset": "LT-1"})).decision();
    scene
        .when("retire-asset", json!({"asset": "LT-1", "cause": "other"}))
        .decision();
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "recycled"}));
    outcome
        .refused("not-sanitized")
        .fact("required_method", json!("clear"));
}

fn what_is_in_stock_is_retired_first(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "recycled"}));
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("in_stock"));
}

fn an_asset_registered_in_error_gives_up_its_tag_and_serial(scene: &mut Scene) {
    scene.in_stock().because("counted twice");
    let outcome = scene.when("void-asset", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.voided", json!({}));
    assert!(
        outcome
            .decision()
            .keys
            .iter()
            .all(|change| change.holder.is_none())
    );
    assert_eq!(outcome.decision().keys.len(), 2);
}

fn voiding_asks_for_a_reason(scene: &mut Scene) {
    scene.in_stock();
    scene
        .when("void-asset", json!({"asset": "LT-1"}))
        .refused("reason-required")
        .at("/reason");
}

fn a_legal_hold_forbids_voiding(scene: &mut Scene) {
    scene.in_stock().held("legal").because("counted twice");
    scene
        .when("void-asset", json!({"asset": "LT-1"}))
        .refused("held")
        .fact("hold", json!("legal"));
}

fn what_somebody_has_is_not_voided(scene: &mut Scene) {
    scene.deployed().because("counted twice");
    scene
        .when("void-asset", json!({"asset": "LT-1"}))
        .refused("invalid-transition");
}
