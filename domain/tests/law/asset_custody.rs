//! Reserving, handing over, confirming, taking back.

use serde_json::json;

use crate::fixtures::{
    ASSET, BERLIN, BOB, CLOSED_DEPARTMENT, CLOSED_SITE, EVE, GONE, MONITOR_MODEL, NOBODY, OTHER, SALES,
    STORE, asset_id, person, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "reserve-asset" Accepted: an_asset_is_kept_for_somebody, a_reservation_may_be_prolonged,
        a_reservation_that_ran_out_gives_way_to_another;
    "reserve-asset" Refused: what_is_reserved_is_not_reserved_for_another,
        a_reservation_does_not_end_before_it_begins, what_is_in_quarantine_is_not_reserved;
    "release-reservation" Accepted: a_reservation_ends;
    "release-reservation" Refused: what_is_not_reserved_is_not_released;
    "deploy-asset" Accepted: an_asset_goes_from_stock_to_a_person,
        a_department_a_location_or_an_asset_may_be_custodian, a_reserved_asset_goes_to_whom_it_is_reserved_for,
        a_reservation_that_ran_out_binds_nobody, a_legal_hold_does_not_stop_a_deployment;
    "deploy-asset" Refused: what_was_not_tagged_is_not_deployed, what_is_reserved_goes_to_no_other,
        what_is_in_quarantine_is_not_handed_out, somebody_who_left_gets_nothing,
        no_asset_is_in_its_own_custody, a_disposed_asset_holds_nothing, a_loan_is_not_due_before_it_begins,
        what_is_deployed_is_used_at_an_active_location,
        history_does_not_run_backward;
    "accept-custody" Accepted: a_custodian_confirms_what_she_was_asked;
    "accept-custody" Refused: a_confirmation_that_nobody_asked_for_is_refused;
    "decline-custody" Accepted: a_custodian_denies_what_she_was_asked;
    "decline-custody" Refused: an_answer_is_given_once;
    "reassign-asset" Accepted: one_event_moves_an_asset_from_one_custodian_to_another;
    "reassign-asset" Refused: the_same_custodian_is_no_other, a_circle_of_custody_is_refused,
        what_is_in_quarantine_is_not_moved_on;
    "return-asset" Accepted: a_returned_asset_names_who_had_it;
    "return-asset" Refused: what_nobody_has_is_not_returned, a_returned_asset_goes_to_an_active_location;
}

fn an_asset_is_kept_for_somebody(scene: &mut Scene) {
    scene.in_stock();
    let data = json!({"reserved_for": person(BOB), "until": "2026-02-01"});
    let outcome = scene.when("reserve-asset", with(data.clone(), json!({"asset": "LT-1"})));
    outcome.then("asset", asset_id(), "asset.reserved", data);
}

fn a_reservation_may_be_prolonged(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB), "until": "2026-02-03"}));
    let body = json!({"asset": "LT-1", "reserved_for": person(BOB), "until": "2026-03-01"});
    scene.when("reserve-asset", body).decision();
}

fn a_reservation_that_ran_out_gives_way_to_another(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB), "until": "2026-01-31"}));
    scene.when("reserve-asset", json!({"asset": "LT-1", "reserved_for": person(EVE)})).decision();
}

fn what_is_reserved_is_not_reserved_for_another(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB)}));
    let outcome = scene.when("reserve-asset", json!({"asset": "LT-1", "reserved_for": person(EVE)}));
    outcome.refused("reserved-for-another").fact("reserved_for", person(BOB));
}

fn a_reservation_does_not_end_before_it_begins(scene: &mut Scene) {
    scene.in_stock();
    let body = json!({"asset": "LT-1", "reserved_for": person(BOB), "until": "2026-01-31"});
    scene.when("reserve-asset", body).refused("date-before-command").at("/until");
}

fn what_is_in_quarantine_is_not_reserved(scene: &mut Scene) {
    scene.in_stock().held("quarantine");
    let outcome = scene.when("reserve-asset", json!({"asset": "LT-1", "reserved_for": person(BOB)}));
    outcome.refused("held").fact("hold", json!("quarantine"));
}

fn a_reservation_ends(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB)}));
    let outcome = scene.when("release-reservation", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.reservation_released", json!({}));
    scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(EVE)})).decision();
}

fn what_is_not_reserved_is_not_released(scene: &mut Scene) {
    scene.in_stock();
    scene.when("release-reservation", json!({"asset": "LT-1"})).refused("not-reserved");
}

fn an_asset_goes_from_stock_to_a_person(scene: &mut Scene) {
    scene.in_stock();
    let data = json!({"custodian": person(BOB), "acceptance": "required", "location_id": id(BERLIN),
                      "due_back_on": "2026-02-01"});
    let outcome = scene.when("deploy-asset", with(data.clone(), json!({"asset": "LT-1"})));
    outcome.then("asset", asset_id(), "asset.deployed", data);
}

fn a_department_a_location_or_an_asset_may_be_custodian(scene: &mut Scene) {
    scene.in_stock().other_in_stock();
    let custodians = [
        (json!({"department": id(SALES)}), json!({"department": id(SALES)})),
        (json!({"location": id(BERLIN)}), json!({"location": id(BERLIN)})),
        (json!({"asset": "lt-2"}), json!({"asset": id(OTHER)})),
    ];
    for (named, custodian) in custodians {
        let outcome = scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": named}));
        let data = json!({"custodian": custodian, "acceptance": "not_required"});
        outcome.then("asset", asset_id(), "asset.deployed", data);
        scene.when("return-asset", json!({"asset": "LT-1"})).decision();
    }
}

fn a_reserved_asset_goes_to_whom_it_is_reserved_for(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB)}));
    scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)})).decision();
    scene.when("return-asset", json!({"asset": "LT-1"})).decision();
    let outcome = scene.when("release-reservation", json!({"asset": "LT-1"}));
    outcome.refused("not-reserved");
}

fn a_reservation_that_ran_out_binds_nobody(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB), "until": "2026-01-15"}));
    scene.effective("2026-01-15T23:59:59Z");
    let outcome = scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(EVE)}));
    outcome.refused("reserved-for-another");
    scene.effective("2026-01-16T00:00:00Z");
    scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(EVE)})).decision();
}

fn a_legal_hold_does_not_stop_a_deployment(scene: &mut Scene) {
    scene.in_stock().held("legal");
    scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)})).decision();
}

fn what_was_not_tagged_is_not_deployed(scene: &mut Scene) {
    scene.received();
    let outcome = scene.when("deploy-asset", json!({"asset": id(ASSET), "custodian": person(BOB)}));
    outcome.refused("invalid-transition").fact("current_state", json!("received"));
    let allowed = &outcome.rejection().facts["allowed_commands"];
    assert!(allowed.as_array().expect("list").contains(&json!("tag-asset")));
}

fn what_is_reserved_goes_to_no_other(scene: &mut Scene) {
    scene.in_stock().asset("asset.reserved", json!({"reserved_for": person(BOB), "until": "2026-02-01"}));
    let outcome =
        scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": {"department": id(SALES)}}));
    outcome.refused("reserved-for-another").fact("reserved_for", person(BOB));
}

fn what_is_in_quarantine_is_not_handed_out(scene: &mut Scene) {
    scene.in_stock().held("quarantine");
    let outcome = scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)}));
    outcome.refused("held").fact("hold", json!("quarantine"));
}

fn somebody_who_left_gets_nothing(scene: &mut Scene) {
    scene.in_stock();
    let custodians =
        [("person", GONE), ("person", NOBODY), ("department", CLOSED_DEPARTMENT), ("location", CLOSED_SITE)];
    for (kind, custodian) in custodians {
        let outcome =
            scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": {kind: id(custodian)}}));
        outcome.refused("unknown-reference").at(&format!("/custodian/{kind}"));
    }
}

fn no_asset_is_in_its_own_custody(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("deploy-asset", json!({"asset": id(ASSET), "custodian": {"asset": "LT-1"}}));
    outcome.refused("custody-circle").at("/custodian/asset");
}

fn a_disposed_asset_holds_nothing(scene: &mut Scene) {
    scene.disposed().other_in_stock();
    let outcome = scene.when("deploy-asset", json!({"asset": "LT-2", "custodian": {"asset": id(ASSET)}}));
    outcome.refused("unknown-reference").at("/custodian/asset");
}

fn a_loan_is_not_due_before_it_begins(scene: &mut Scene) {
    scene.in_stock();
    let body = json!({"asset": "LT-1", "custodian": person(BOB), "due_back_on": "2026-01-31"});
    scene.when("deploy-asset", body).refused("date-before-command").at("/due_back_on");
}

fn what_is_deployed_is_used_at_an_active_location(scene: &mut Scene) {
    scene.in_stock();
    let body = json!({"asset": "LT-1", "custodian": person(BOB), "location_id": id(CLOSED_SITE)});
    scene.when("deploy-asset", body).refused("unknown-reference").at("/location_id");
}

fn history_does_not_run_backward(scene: &mut Scene) {
    scene.in_stock().effective("2025-12-31T23:59:59Z");
    let outcome = scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(BOB)}));
    outcome
        .refused("effective-time-before-last")
        .at("/effective_time")
        .fact("last_effective_time", json!("2026-01-01T00:00:00.000Z"));
}

fn a_custodian_confirms_what_she_was_asked(scene: &mut Scene) {
    scene.pending();
    let outcome = scene.when("accept-custody", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.custody_accepted", json!({}));
}

fn a_confirmation_that_nobody_asked_for_is_refused(scene: &mut Scene) {
    scene.deployed();
    scene.when("accept-custody", json!({"asset": "LT-1"})).refused("acceptance-not-pending");
}

fn a_custodian_denies_what_she_was_asked(scene: &mut Scene) {
    scene.pending();
    let outcome = scene.when("decline-custody", json!({"asset": "LT-1"}));
    outcome.then("asset", asset_id(), "asset.custody_declined", json!({}));
}

fn an_answer_is_given_once(scene: &mut Scene) {
    scene.pending();
    scene.when("accept-custody", json!({"asset": "LT-1"})).decision();
    scene.when("decline-custody", json!({"asset": "LT-1"})).refused("acceptance-not-pending");
}

fn one_event_moves_an_asset_from_one_custodian_to_another(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("reassign-asset", json!({"asset": "LT-1", "custodian": person(EVE)}));
    let data = json!({"from": person(BOB), "to": person(EVE), "acceptance": "not_required"});
    outcome.then("asset", asset_id(), "asset.reassigned", data);
}

fn the_same_custodian_is_no_other(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("reassign-asset", json!({"asset": "LT-1", "custodian": person(BOB)}));
    outcome.refused("same-custodian").at("/custodian");
}

fn a_circle_of_custody_is_refused(scene: &mut Scene) {
    scene.deployed().other_in_stock();
    let third = scene.when("register-asset", json!({"model_id": id(MONITOR_MODEL), "tag": "MO-1"}));
    third.decision();
    scene.when("deploy-asset", json!({"asset": "LT-2", "custodian": {"asset": "LT-1"}})).decision();
    scene.when("deploy-asset", json!({"asset": "MO-1", "custodian": {"asset": "LT-2"}})).decision();
    let outcome = scene.when("reassign-asset", json!({"asset": "LT-1", "custodian": {"asset": "MO-1"}}));
    outcome.refused("custody-circle").at("/custodian/asset");
}

fn what_is_in_quarantine_is_not_moved_on(scene: &mut Scene) {
    scene.deployed().held("quarantine");
    let outcome = scene.when("reassign-asset", json!({"asset": "LT-1", "custodian": person(EVE)}));
    outcome.refused("held").fact("hold", json!("quarantine"));
}

fn a_returned_asset_names_who_had_it(scene: &mut Scene) {
    scene.deployed();
    let body = json!({"asset": "LT-1", "location_id": id(STORE), "condition": "good"});
    let outcome = scene.when("return-asset", body);
    let data = json!({"from": person(BOB), "location_id": id(STORE), "condition": "good"});
    outcome.then("asset", asset_id(), "asset.returned", data);
}

fn what_nobody_has_is_not_returned(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("return-asset", json!({"asset": "LT-1"}));
    outcome.refused("invalid-transition").fact("current_state", json!("in_stock"));
}

fn a_returned_asset_goes_to_an_active_location(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("return-asset", json!({"asset": "LT-1", "location_id": id(CLOSED_SITE)}));
    outcome.refused("unknown-reference").at("/location_id");
}
