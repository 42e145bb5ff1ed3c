//! Entering the register, tagging, verifying.

use serde_json::json;

use crate::fixtures::{
    ASSET, BERLIN, BOB, CLOSED_DEPARTMENT, CLOSED_SITE, CLOSED_VENDOR, LAPTOP_MODEL, MONITOR_MODEL, NOBODY,
    OLD_MODEL, OTHER, STORE, VENDOR, asset_id, euros, laptop, person, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "register-asset" Accepted: a_found_asset_enters_the_register_with_the_facts_of_its_model,
        an_asset_says_itself_whether_it_bears_data,
        placeholder_serials_do_not_collide,
        a_tag_is_free_again_when_its_holder_s_life_ended,
        equal_serials_of_two_makers_do_not_collide;
    "register-asset" Refused: an_asset_of_an_unknown_or_inactive_model_is_not_registered,
        a_tag_that_another_holds_is_not_registered_however_it_is_written,
        a_serial_that_another_of_the_maker_holds_is_not_registered,
        what_an_asset_refers_to_is_active,
        costs_in_two_currencies_do_not_add_up,
        the_same_command_id_registers_nothing_twice,
        what_lies_in_the_future_has_not_happened,
        an_instant_before_the_year_zero_is_not_taken;
    "order-asset" Accepted: an_asset_is_ordered_on_its_own;
    "order-asset" Refused: an_order_goes_to_an_active_vendor;
    "tag-asset" Accepted: a_received_asset_gets_its_label_and_goes_into_stock,
        a_placeholder_serial_gives_way_to_the_real_one;
    "tag-asset" Refused: a_tag_that_another_holds_is_not_given_again,
        a_known_serial_is_corrected_and_not_tagged_over,
        an_asset_in_stock_is_not_tagged_again,
        an_asset_that_nobody_knows_is_not_found;
    "verify-asset" Accepted: an_asset_was_seen_somewhere;
    "verify-asset" Refused: what_is_missing_is_recovered_and_not_verified;
}

fn a_found_asset_enters_the_register_with_the_facts_of_its_model(scene: &mut Scene) {
    let outcome = scene.when(
        "register-asset",
        json!({"model_id": id(LAPTOP_MODEL), "tag": " LT-1 ", "serial": "PF1", "location_id": id(BERLIN),
               "costs": {"price": euros("999.9"), "freight": euros("10")}, "ownership": "leased"}),
    );
    let facts = with(
        laptop(json!({"tag": "LT-1", "serial": "PF1", "location_id": id(BERLIN), "ownership": "leased"})),
        json!({"costs": {"price": euros("999.90"), "freight": euros("10.00")}}),
    );
    outcome.then("asset", outcome.id, "asset.registered", json!({"facts": facts}));
    assert_eq!(outcome.decision().keys.len(), 2, "tag and serial");
    assert_eq!(outcome.decision().guards, []);
}

fn an_asset_says_itself_whether_it_bears_data(scene: &mut Scene) {
    let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), "data_bearing": false}));
    assert_eq!(outcome.data(0)["facts"]["data_bearing"], false);
}

fn placeholder_serials_do_not_collide(scene: &mut Scene) {
    for serial in ["To be filled by O.E.M.", "To Be Filled By O.E.M.", "N/A", "n/a"] {
        let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), "serial": serial}));
        assert_eq!(outcome.decision().keys, [], "{serial}");
    }
}

fn a_tag_is_free_again_when_its_holder_s_life_ended(scene: &mut Scene) {
    scene.voided();
    let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), "tag": "LT-1"}));
    assert_eq!(outcome.decision().keys.len(), 1);
}

fn equal_serials_of_two_makers_do_not_collide(scene: &mut Scene) {
    scene.in_stock();
    let model = scene.when("define-model", json!({"name": "X", "kind": "hardware", "manufacturer": "Dell"}));
    let outcome = scene.when("register-asset", json!({"model_id": model.id, "serial": "PF1"}));
    assert_eq!(outcome.decision().keys.len(), 1);
}

fn an_asset_of_an_unknown_or_inactive_model_is_not_registered(scene: &mut Scene) {
    for model in [NOBODY, OLD_MODEL] {
        let outcome = scene.when("register-asset", json!({"model_id": id(model)}));
        outcome.refused("unknown-reference").at("/model_id");
    }
}

fn a_tag_that_another_holds_is_not_registered_however_it_is_written(scene: &mut Scene) {
    scene.in_stock_with(json!({"tag": "Straße-\u{e9}"}));
    for tag in ["Straße-\u{e9}", " STRASSE-E\u{301} ", "strasse-\u{c9}"] {
        let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), "tag": tag}));
        outcome.refused("tag-held").fact("holder", json!(asset_id()));
    }
}

fn a_serial_that_another_of_the_maker_holds_is_not_registered(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("register-asset", json!({"model_id": id(MONITOR_MODEL), "serial": "pf1"}));
    outcome.refused("serial-held").fact("holder", json!(asset_id()));
    assert!(outcome.rejection().detail.contains("\"pf1\""), "{}", outcome.rejection());
}

fn what_an_asset_refers_to_is_active(scene: &mut Scene) {
    let references = [
        ("location_id", NOBODY),
        ("location_id", CLOSED_SITE),
        ("department_id", NOBODY),
        ("department_id", CLOSED_DEPARTMENT),
        ("vendor_id", NOBODY),
        ("vendor_id", CLOSED_VENDOR),
    ];
    for (field, reference) in references {
        let outcome =
            scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), field: id(reference)}));
        outcome.refused("unknown-reference").at(&format!("/{field}"));
    }
}

fn costs_in_two_currencies_do_not_add_up(scene: &mut Scene) {
    let costs = json!({"price": euros("1"), "freight": {"amount": "1", "currency": "USD"}});
    let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), "costs": costs}));
    outcome.refused("costs-do-not-add-up").at("/costs");
    let outcome = scene.when("order-asset", json!({"model_id": id(LAPTOP_MODEL), "costs": costs}));
    outcome.refused("costs-do-not-add-up").at("/costs");
}

fn the_same_command_id_registers_nothing_twice(scene: &mut Scene) {
    let body = json!({"model_id": id(LAPTOP_MODEL)});
    scene.when_again("register-asset", body.clone(), 5_000).decision();
    scene.when_again("register-asset", body.clone(), 5_000).refused("already-exists");
    scene.when_again("order-asset", body, 5_000).refused("already-exists");
}

fn what_lies_in_the_future_has_not_happened(scene: &mut Scene) {
    scene.effective("2026-02-02T00:00:00Z");
    let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL)}));
    outcome.refused("effective-time-in-future").at("/effective_time");
}

fn an_instant_before_the_year_zero_is_not_taken(scene: &mut Scene) {
    scene.effective("-0001-12-31T00:00:00Z");
    let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL)}));
    outcome.refused("effective-time-too-early").at("/effective_time");
}

fn an_asset_is_ordered_on_its_own(scene: &mut Scene) {
    let outcome = scene.when(
        "order-asset",
        json!({"model_id": id(LAPTOP_MODEL), "vendor_id": id(VENDOR), "expected_on": "2026-03-01"}),
    );
    let facts = laptop(json!({"vendor_id": id(VENDOR)}));
    outcome.then("asset", outcome.id, "asset.ordered", json!({"facts": facts, "expected_on": "2026-03-01"}));
}

fn an_order_goes_to_an_active_vendor(scene: &mut Scene) {
    let outcome =
        scene.when("order-asset", json!({"model_id": id(LAPTOP_MODEL), "vendor_id": id(CLOSED_VENDOR)}));
    outcome.refused("unknown-reference").at("/vendor_id");
}

fn a_received_asset_gets_its_label_and_goes_into_stock(scene: &mut Scene) {
    scene.received();
    let data = json!({"tag": "LT-1", "serial": "PF1", "location_id": id(STORE)});
    let outcome = scene.when("tag-asset", with(data.clone(), json!({"asset": id(ASSET)})));
    outcome.then("asset", asset_id(), "asset.tagged", data);
    assert_eq!(outcome.decision().keys.len(), 2);
    scene.when("reserve-asset", json!({"asset": "lt-1", "reserved_for": person(BOB)})).decision();
}

fn a_placeholder_serial_gives_way_to_the_real_one(scene: &mut Scene) {
    scene.asset("asset.registered", json!({"facts": laptop(json!({"serial": "N/A"}))}));
    let outcome = scene.when("tag-asset", json!({"asset": id(ASSET), "tag": "LT-1", "serial": "PF1"}));
    assert_eq!(outcome.decision().keys.len(), 2);
}

fn a_tag_that_another_holds_is_not_given_again(scene: &mut Scene) {
    scene.received().other_in_stock();
    let outcome = scene.when("tag-asset", json!({"asset": id(ASSET), "tag": "lt-2"}));
    outcome.refused("tag-held").fact("holder", json!(id(OTHER)));
    let outcome = scene.when("tag-asset", json!({"asset": id(ASSET), "tag": "LT-3", "serial": "PF2"}));
    outcome.refused("serial-held");
}

fn a_known_serial_is_corrected_and_not_tagged_over(scene: &mut Scene) {
    scene.asset("asset.registered", json!({"facts": laptop(json!({"serial": "PF1"}))}));
    let outcome = scene.when("tag-asset", json!({"asset": id(ASSET), "tag": "LT-1", "serial": "PF9"}));
    outcome.refused("serial-known").at("/serial");
    let outcome = scene.when("tag-asset", json!({"asset": id(ASSET), "tag": "LT-1", "serial": "pf1"}));
    outcome.decision();
}

fn an_asset_in_stock_is_not_tagged_again(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("tag-asset", json!({"asset": id(ASSET), "tag": "LT-9"}));
    outcome.refused("invalid-transition").fact("current_state", json!("in_stock")).fact(
        "allowed_commands",
        json!([
            "reserve-asset",
            "release-reservation",
            "deploy-asset",
            "ship-asset",
            "start-maintenance",
            "report-missing",
            "relocate-asset",
            "verify-asset",
            "correct-asset",
            "retire-asset",
            "record-sanitization",
            "void-asset",
            "charge-asset",
            "place-hold",
            "release-hold"
        ]),
    );
    let detail = &outcome.rejection().detail;
    assert_eq!(detail, "asset LT-1 is in_stock; tag-asset takes an asset that is received");
}

fn an_asset_that_nobody_knows_is_not_found(scene: &mut Scene) {
    for name in [json!(id(NOBODY)), json!("LT-404")] {
        let outcome = scene.when("tag-asset", json!({"asset": name, "tag": "LT-1"}));
        outcome.refused("not-found").at("/asset");
    }
}

fn an_asset_was_seen_somewhere(scene: &mut Scene) {
    scene.deployed();
    let data = json!({"location_id": id(BERLIN), "condition": "fair"});
    let outcome = scene.when("verify-asset", with(data.clone(), json!({"asset": "LT-1"})));
    outcome.then("asset", asset_id(), "asset.verified", data);
}

fn what_is_missing_is_recovered_and_not_verified(scene: &mut Scene) {
    scene.missing();
    let outcome = scene.when("verify-asset", json!({"asset": "LT-1"}));
    outcome.refused("invalid-transition").fact("current_state", json!("missing"));
}
