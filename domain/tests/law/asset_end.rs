//! Holding, retiring, sanitizing, disposing, voiding.

use itam_domain::{Policies, SanitizationPolicy};
use serde_json::{Value, json};

use crate::fixtures::{ASSET, BOB, STORE, VENDOR, asset_id, euros, person, with};
use crate::scene::{Scene, id, laws};

laws! {
    "place-hold" Accepted: an_asset_may_be_under_two_holds;
    "place-hold" Refused: the_same_hold_is_not_placed_twice,
        a_disposed_asset_takes_no_hold;
    "release-hold" Accepted: a_released_asset_moves_on;
    "release-hold" Refused: what_is_not_held_is_not_released;
    "retire-asset" Accepted: an_asset_goes_out_of_service_and_loses_its_reservation;
    "retire-asset" Refused: what_somebody_has_is_not_retired;
    "reinstate-asset" Accepted: a_retired_asset_goes_back_into_stock;
    "reinstate-asset" Refused: what_is_not_retired_is_not_reinstated;
    "record-sanitization" Accepted: a_removal_of_data_is_recorded;
    "record-sanitization" Refused: what_bears_no_data_is_not_sanitized,
        a_legal_hold_forbids_sanitization,
        what_somebody_uses_is_not_sanitized;
    "dispose-asset" Accepted: each_classification_is_met_by_its_method,
        what_bears_no_data_is_disposed_of_as_it_is,
        a_weaker_sanitization_does_not_undo_a_stronger_one,
        the_policy_says_what_is_enough;
    "dispose-asset" Refused: no_classification_is_met_by_a_weaker_method,
        a_legal_hold_forbids_disposal,
        sanitization_no_longer_counts_after_another_use,
        what_is_in_stock_is_retired_first;
    "void-asset" Accepted: an_asset_registered_in_error_gives_up_its_tag_and_serial;
    "void-asset" Refused: voiding_asks_for_a_reason,
        a_legal_hold_forbids_voiding,
        what_somebody_has_is_not_voided;
}

fn an_asset_may_be_under_two_holds(scene: &mut Scene) {
    scene.deployed().held("quarantine");
    let body = json!({"asset": "LT-1", "hold": "legal", "case_number": "C-1"});
    let outcome = scene.when("place-hold", body);
    outcome.then("asset", asset_id(), "asset.hold_placed", json!({"hold": "legal", "case_number": "C-1"}));
}

fn the_same_hold_is_not_placed_twice(scene: &mut Scene) {
    scene.in_stock().held("legal");
    scene.when("place-hold", json!({"asset": "LT-1", "hold": "legal"})).refused("already-held");
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
    outcome.then("asset", asset_id(), "asset.hold_released", json!({"hold": "quarantine"}));
    scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)})).decision();
}

fn what_is_not_held_is_not_released(scene: &mut Scene) {
    scene.in_stock().held("legal");
    scene.when("release-hold", json!({"asset": "LT-1", "hold": "quarantine"})).refused("not-held");
}

fn an_asset_goes_out_of_service_and_loses_its_reservation(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB)}));
    let outcome = scene.when("retire-asset", json!({"asset": "LT-1", "cause": "end_of_life"}));
    outcome.then("asset", asset_id(), "asset.retired", json!({"cause": "end_of_life"}));
    scene.when("reinstate-asset", json!({"asset": "LT-1"})).decision();
    scene.when("release-reservation", json!({"asset": "LT-1"})).refused("not-reserved");
}

fn what_somebody_has_is_not_retired(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("retire-asset", json!({"asset": "LT-1", "cause": "surplus"}));
    outcome.refused("invalid-transition");
}

fn a_retired_asset_goes_back_into_stock(scene: &mut Scene) {
    scene.retired();
    let outcome = scene.when("reinstate-asset", json!({"asset": "LT-1", "location_id": id(STORE)}));
    outcome.then("asset", asset_id(), "asset.reinstated", json!({"location_id": id(STORE)}));
    assert_eq!(scene.state(ASSET), "in_stock");
}

fn what_is_not_retired_is_not_reinstated(scene: &mut Scene) {
    scene.disposed();
    scene.when("reinstate-asset", json!({"asset": id(ASSET)})).refused("invalid-transition");
}

fn a_removal_of_data_is_recorded(scene: &mut Scene) {
    scene.in_maintenance();
    let data = json!({"method": "purge", "tool": "blkdiscard", "certificate_number": "Z-1", "vendor_id": id(VENDOR)});
    let outcome = scene.when("record-sanitization", with(data.clone(), json!({"asset": "LT-1"})));
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
            outcome.refused("not-sanitized").fact("required_method", json!(required));
        }
        scene
            .in_stock_with(json!({"data_classification": classification}))
            .asset("asset.retired", json!({"cause": "obsolete"}));
        let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "sold"}));
        outcome.refused("not-sanitized").fact("required_method", json!(required));
    }
}

fn what_bears_no_data_is_disposed_of_as_it_is(scene: &mut Scene) {
    scene
        .in_stock_with(json!({"data_bearing": false, "data_classification": "restricted"}))
        .asset("asset.retired", json!({"cause": "obsolete"}));
    scene.when("dispose-asset", json!({"asset": "LT-1", "method": "scrapped"})).decision();
}

fn a_weaker_sanitization_does_not_undo_a_stronger_one(scene: &mut Scene) {
    sanitized(scene, &json!("confidential"), "purge");
    scene.when("record-sanitization", json!({"asset": "LT-1", "method": "clear"})).decision();
    scene.when("dispose-asset", json!({"asset": "LT-1", "method": "sold"})).decision();
}

fn the_policy_says_what_is_enough(scene: &mut Scene) {
    let policy: SanitizationPolicy =
        serde_json::from_value(json!({"unclassified": "purge", "classified": {"restricted": "clear"}}))
            .expect("policy");
    scene.policies(Policies { sanitization: policy, ..Policies::default() });
    sanitized(scene, &json!("public"), "clear");
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "sold"}));
    outcome.refused("not-sanitized").fact("required_method", json!("purge"));
    sanitized(scene, &json!("restricted"), "clear");
    scene.when("dispose-asset", json!({"asset": "LT-1", "method": "sold"})).decision();
}

fn a_legal_hold_forbids_disposal(scene: &mut Scene) {
    sanitized(scene, &json!(null), "destroy");
    scene.held("legal");
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "destroyed"}));
    outcome.refused("held").fact("hold", json!("legal"));
}

fn sanitization_no_longer_counts_after_another_use(scene: &mut Scene) {
    scene.in_stock().asset("asset.sanitized", json!({"method": "destroy"}));
    scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)})).decision();
    scene.when("return-asset", json!({"asset": "LT-1"})).decision();
    scene.when("retire-asset", json!({"asset": "LT-1", "cause": "other"})).decision();
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "recycled"}));
    outcome.refused("not-sanitized").fact("required_method", json!("clear"));
}

fn what_is_in_stock_is_retired_first(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("dispose-asset", json!({"asset": "LT-1", "method": "recycled"}));
    outcome.refused("invalid-transition").fact("current_state", json!("in_stock"));
}

fn an_asset_registered_in_error_gives_up_its_tag_and_serial(scene: &mut Scene) {
    scene.in_stock().because("counted twice");
    let outcome = scene.when("void-asset", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.voided", json!({}));
    assert!(outcome.decision().keys.iter().all(|change| change.holder.is_none()));
    assert_eq!(outcome.decision().keys.len(), 2);
}

fn voiding_asks_for_a_reason(scene: &mut Scene) {
    scene.in_stock();
    scene.when("void-asset", json!({"asset": "LT-1"})).refused("reason-required").at("/reason");
}

fn a_legal_hold_forbids_voiding(scene: &mut Scene) {
    scene.in_stock().held("legal").because("counted twice");
    scene.when("void-asset", json!({"asset": "LT-1"})).refused("held").fact("hold", json!("legal"));
}

fn what_somebody_has_is_not_voided(scene: &mut Scene) {
    scene.deployed().because("counted twice");
    scene.when("void-asset", json!({"asset": "LT-1"})).refused("invalid-transition");
}
