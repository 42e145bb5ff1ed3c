//! Where an asset is: it moves with whoever has it, and goes where she usually is.

use serde_json::{Value, json};

use crate::fixtures::{BERLIN, BOB, CLOSED_SITE, EVE, NOBODY, SALES, STORE, asset_id, with};
use crate::scene::{Scene, id, laws};

laws! {
    "relocate-asset" Accepted: an_asset_is_somewhere_else_with_whoever_has_it,
        an_asset_is_relocated_from_an_earlier_day_on;
    "relocate-asset" Refused: an_asset_is_not_relocated_to_where_it_is,
        an_asset_is_not_relocated_to_a_place_that_nobody_knows_or_that_is_closed,
        what_is_on_its_way_or_missing_or_gone_is_not_relocated;
    "deploy-asset" Accepted: what_a_person_gets_is_where_she_usually_is,
        what_a_person_gets_is_where_the_command_says,
        what_a_person_gets_stays_where_it_is_once_her_usual_place_is_closed,
        what_a_department_gets_stays_where_it_is;
    "reassign-asset" Accepted: what_goes_to_another_person_goes_where_she_usually_is;
    "deploy-asset" Refused: what_a_person_gets_is_not_at_a_place_that_is_closed;
}

fn relocate(location: u128) -> Value {
    json!({"asset": "LT-1", "location_id": id(location)})
}

fn handed_to(person: u128) -> Value {
    json!({"asset": "LT-1", "custodian": {"person": id(person)}})
}

/// A person who is usually in Berlin.
const ANN: u128 = 46;

fn ann_is_in_berlin(scene: &mut Scene) -> &mut Scene {
    scene.given("person", id(ANN), "person.added", json!({"location_id": id(BERLIN)}))
}

fn berlin_is_closed(scene: &mut Scene) {
    let closed = json!({"name": "Berlin", "kind": "site", "standing": "inactive"});
    scene.given("location", id(BERLIN), "location.defined", closed);
}

fn an_asset_is_somewhere_else_with_whoever_has_it(scene: &mut Scene) {
    scene.deployed();
    let outcome = scene.when("relocate-asset", relocate(BERLIN));
    outcome.then("asset", asset_id(), "asset.relocated", json!({"location_id": id(BERLIN)}));
    assert_eq!(scene.state(crate::fixtures::ASSET), "deployed");
    // Whoever returns it still has it.
    let outcome = scene.when("return-asset", json!({"asset": "LT-1"}));
    assert_eq!(outcome.data(0)["from"], json!({"person": id(BOB)}));
}

fn an_asset_is_relocated_from_an_earlier_day_on(scene: &mut Scene) {
    scene.in_stock();
    scene.effective("2026-01-20T00:00:00Z").when("relocate-asset", relocate(BERLIN)).decision();
}

fn an_asset_is_not_relocated_to_where_it_is(scene: &mut Scene) {
    scene.in_stock_with(json!({"location_id": id(STORE)}));
    scene.when("relocate-asset", relocate(STORE)).refused("nothing-to-do").at("/location_id");
}

fn an_asset_is_not_relocated_to_a_place_that_nobody_knows_or_that_is_closed(scene: &mut Scene) {
    scene.in_stock();
    for place in [NOBODY, CLOSED_SITE] {
        scene.when("relocate-asset", relocate(place)).refused("unknown-reference").at("/location_id");
    }
}

fn what_is_on_its_way_or_missing_or_gone_is_not_relocated(scene: &mut Scene) {
    type Life = fn(&mut Scene) -> &mut Scene;
    let lives: [(Life, &str); 4] = [
        (Scene::on_order, "on_order"),
        (Scene::in_transit, "in_transit"),
        (Scene::missing, "missing"),
        (Scene::disposed, "disposed"),
    ];
    for (life, state) in lives {
        *scene = Scene::with_organization();
        life(scene);
        let body = json!({"asset": id(crate::fixtures::ASSET), "location_id": id(BERLIN)});
        let outcome = scene.when("relocate-asset", body);
        outcome.refused("invalid-transition").fact("current_state", json!(state));
    }
}

fn what_a_person_gets_is_where_she_usually_is(scene: &mut Scene) {
    ann_is_in_berlin(scene).in_stock_with(json!({"location_id": id(STORE)}));
    let outcome = scene.when("deploy-asset", handed_to(ANN));
    assert_eq!(outcome.data(0)["location_id"], json!(id(BERLIN)));
    // Where it is already is no change.
    scene.when("return-asset", json!({"asset": "LT-1"})).decision();
    let outcome = scene.when("deploy-asset", handed_to(ANN));
    assert_eq!(outcome.data(0).get("location_id"), None);
}

fn what_a_person_gets_is_where_the_command_says(scene: &mut Scene) {
    ann_is_in_berlin(scene).in_stock();
    let outcome = scene.when("deploy-asset", with(handed_to(ANN), json!({"location_id": id(STORE)})));
    assert_eq!(outcome.data(0)["location_id"], json!(id(STORE)));
}

fn what_a_person_gets_stays_where_it_is_once_her_usual_place_is_closed(scene: &mut Scene) {
    ann_is_in_berlin(scene).in_stock_with(json!({"location_id": id(STORE)}));
    berlin_is_closed(scene);
    let outcome = scene.when("deploy-asset", handed_to(ANN));
    assert_eq!(outcome.data(0).get("location_id"), None);
}

fn what_a_department_gets_stays_where_it_is(scene: &mut Scene) {
    scene.in_stock_with(json!({"location_id": id(STORE)}));
    let outcome =
        scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": {"department": id(SALES)}}));
    assert_eq!(outcome.data(0).get("location_id"), None);
}

fn what_goes_to_another_person_goes_where_she_usually_is(scene: &mut Scene) {
    ann_is_in_berlin(scene).deployed();
    let outcome = scene.when("reassign-asset", handed_to(ANN));
    assert_eq!(outcome.data(0)["location_id"], json!(id(BERLIN)));
    let outcome = scene.when("reassign-asset", handed_to(EVE));
    assert_eq!(outcome.data(0).get("location_id"), None);
}

fn what_a_person_gets_is_not_at_a_place_that_is_closed(scene: &mut Scene) {
    ann_is_in_berlin(scene).in_stock();
    let outcome = scene.when("deploy-asset", with(handed_to(ANN), json!({"location_id": id(CLOSED_SITE)})));
    outcome.refused("unknown-reference").at("/location_id");
}
