//! Setting wrongly recorded facts right.

use serde_json::json;

use crate::fixtures::{
    ASSET, BERLIN, CLOSED_DEPARTMENT, CLOSED_SITE, CLOSED_VENDOR, LAPTOP_MODEL, NOBODY, OLD_MODEL, OTHER,
    SALES, VENDOR, asset_id, euros,
};
use crate::scene::{Scene, id, laws};

laws! {
    "correct-asset" Accepted: a_correction_names_each_fact_before_and_after,
        a_correction_may_reach_back,
        a_corrected_tag_changes_hands,
        a_corrected_model_moves_the_serial_to_another_maker,
        a_disposed_asset_takes_corrections_and_holds_no_tag;
    "correct-asset" Refused: a_correction_that_changes_nothing_is_refused,
        a_fact_is_corrected_once_in_a_command,
        a_correction_gives_no_first_tag,
        a_correction_takes_no_tag_away,
        a_correction_refers_to_what_is_active,
        corrected_costs_add_up,
        a_voided_asset_takes_no_correction,
        a_corrected_serial_is_not_another_s;
}

fn a_correction_names_each_fact_before_and_after(scene: &mut Scene) {
    scene.in_stock();
    let corrections = json!([
        {"name": "lt-1.example"}, {"ownership": "leased"}, {"condition": "poor"}, {"criticality": "high"},
        {"data_classification": "restricted"}, {"data_bearing": false}, {"costs": {"price": euros("5")}},
        {"acquired_on": "2025-01-02"}, {"order_number": "A-1"}, {"vendor_id": id(VENDOR)},
        {"warranty_until": "2028-01-02"}, {"end_of_life_on": "2030-01-02"}, {"location_id": id(BERLIN)},
        {"department_id": id(SALES)}, {"notes": "a\nb"}, {"tag": "LT-1"}, {"serial": null},
    ]);
    let outcome = scene.when("correct-asset", json!({"asset": "LT-1", "corrections": corrections}));
    let changes = json!([
        {"field": "name", "old": null, "new": "lt-1.example"},
        {"field": "ownership", "old": "owned", "new": "leased"},
        {"field": "condition", "old": null, "new": "poor"},
        {"field": "criticality", "old": null, "new": "high"},
        {"field": "data_classification", "old": null, "new": "restricted"},
        {"field": "data_bearing", "old": true, "new": false},
        {"field": "costs", "old": null, "new": {"price": euros("5.00")}},
        {"field": "acquired_on", "old": null, "new": "2025-01-02"},
        {"field": "order_number", "old": null, "new": "A-1"},
        {"field": "vendor", "old": null, "new": id(VENDOR)},
        {"field": "warranty_until", "old": null, "new": "2028-01-02"},
        {"field": "end_of_life_on", "old": null, "new": "2030-01-02"},
        {"field": "location", "old": null, "new": id(BERLIN)},
        {"field": "department", "old": null, "new": id(SALES)},
        {"field": "notes", "old": null, "new": "a\nb"},
        {"field": "serial", "old": "PF1", "new": null},
    ]);
    outcome.then("asset", asset_id(), "asset.corrected", json!({"changes": changes}));
}

fn a_correction_may_reach_back(scene: &mut Scene) {
    scene.in_stock();
    scene.effective("2025-12-31T00:00:00Z");
    let body = json!({"asset": "LT-1", "corrections": [{"name": "a"}]});
    scene.when("correct-asset", body).decision();
    scene.effective("2025-12-31T00:00:00Z");
    let outcome = scene.when("verify-asset", json!({"asset": "LT-1"}));
    outcome
        .refused("effective-time-before-last")
        .at("/effective_time")
        .fact("last_effective_time", json!("2026-01-01T00:00:00.000Z"));
}

fn a_corrected_tag_changes_hands(scene: &mut Scene) {
    scene.in_stock();
    let body = json!({"asset": "LT-1", "corrections": [{"tag": "LT-9"}]});
    assert_eq!(scene.when("correct-asset", body).decision().keys.len(), 2);
    scene.when("verify-asset", json!({"asset": "LT-1"})).refused("not-found");
    scene.when("verify-asset", json!({"asset": "LT-9"})).decision();
    let body = json!({"model_id": id(LAPTOP_MODEL), "tag": "LT-1"});
    scene.when("register-asset", body).decision();
}

fn a_corrected_model_moves_the_serial_to_another_maker(scene: &mut Scene) {
    scene.in_stock();
    let model = scene.when("define-model", json!({"name": "X", "kind": "hardware", "manufacturer": "Dell"}));
    let body = json!({"asset": "LT-1", "corrections": [{"model_id": model.id}]});
    let outcome = scene.when("correct-asset", body);
    let change = json!({"field": "model", "old": id(LAPTOP_MODEL), "new": model.id, "kind": "hardware",
                        "manufacturer": "Dell"});
    outcome.then("asset", asset_id(), "asset.corrected", json!({"changes": [change]}));
    assert_eq!(outcome.decision().keys.len(), 2, "one serial released, one claimed");
    let body = json!({"model_id": id(LAPTOP_MODEL), "serial": "PF1"});
    scene.when("register-asset", body).decision();
}

fn a_disposed_asset_takes_corrections_and_holds_no_tag(scene: &mut Scene) {
    scene.disposed();
    let body = json!({"asset": id(ASSET), "corrections": [{"tag": "LT-9"}]});
    assert_eq!(scene.when("correct-asset", body).decision().keys, []);
}

fn a_correction_that_changes_nothing_is_refused(scene: &mut Scene) {
    scene.in_stock();
    for corrections in [json!([]), json!([{"tag": "LT-1"}, {"ownership": "owned"}])] {
        let body = json!({"asset": "LT-1", "corrections": corrections});
        scene.when("correct-asset", body).refused("nothing-to-correct");
    }
}

fn a_fact_is_corrected_once_in_a_command(scene: &mut Scene) {
    scene.in_stock();
    let body = json!({"asset": "LT-1", "corrections": [{"name": "a"}, {"notes": "n"}, {"name": "b"}]});
    scene.when("correct-asset", body).refused("corrected-twice").at("/corrections/2");
}

fn a_correction_gives_no_first_tag(scene: &mut Scene) {
    scene.received();
    let body = json!({"asset": id(ASSET), "corrections": [{"tag": "LT-1"}]});
    scene.when("correct-asset", body).refused("not-tagged").at("/corrections/0/tag");
}

fn a_correction_takes_no_tag_away(scene: &mut Scene) {
    scene.deployed();
    let body = json!({"asset": id(ASSET), "corrections": [{"tag": null}]});
    scene.when("correct-asset", body).refused("tag-required").at("/corrections/0/tag");
}

fn a_correction_refers_to_what_is_active(scene: &mut Scene) {
    scene.in_stock();
    let references = [
        ("model_id", OLD_MODEL),
        ("vendor_id", CLOSED_VENDOR),
        ("location_id", CLOSED_SITE),
        ("department_id", CLOSED_DEPARTMENT),
        ("model_id", NOBODY),
    ];
    for (field, reference) in references {
        let body = json!({"asset": "LT-1", "corrections": [{field: id(reference)}]});
        let outcome = scene.when("correct-asset", body);
        outcome.refused("unknown-reference").at(&format!("/corrections/0/{field}"));
    }
}

fn corrected_costs_add_up(scene: &mut Scene) {
    scene.in_stock();
    let costs = json!({"price": euros("1"), "set_up": {"amount": "1", "currency": "JPY"}});
    let body = json!({"asset": "LT-1", "corrections": [{"costs": costs}]});
    scene.when("correct-asset", body).refused("costs-do-not-add-up").at("/corrections/0/costs");
}

fn a_voided_asset_takes_no_correction(scene: &mut Scene) {
    scene.voided();
    let body = json!({"asset": id(ASSET), "corrections": [{"name": "a"}]});
    let outcome = scene.when("correct-asset", body);
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("voided"))
        .fact("allowed_commands", json!([]));
}

fn a_corrected_serial_is_not_another_s(scene: &mut Scene) {
    scene.in_stock().other_in_stock();
    let body = json!({"asset": "LT-1", "corrections": [{"serial": "PF2"}]});
    scene.when("correct-asset", body).refused("serial-held").fact("holder", json!(id(OTHER)));
}
