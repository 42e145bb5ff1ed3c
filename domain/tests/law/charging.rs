//! Charging to a project: what is asked for, what is ordered, and the asset itself.

use serde_json::{Value, json};

use crate::fixtures::{
    CLOSED_PROJECT, LAPTOP_MODEL, NOBODY, ORDER, OTHER_PROJECT, PROJECT, REQUISITION, STORE, VENDOR,
    asset_id, euros, first_requisition_line, order_line, requisition_line, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "charge-asset" Accepted: an_asset_is_charged_to_a_project_and_to_none_again,
        an_asset_is_charged_on_the_first_and_on_the_last_day_of_a_project;
    "charge-asset" Refused: an_asset_is_not_charged_to_what_it_is_charged_to_already,
        nothing_is_charged_to_a_project_outside_of_its_days,
        nothing_is_charged_to_a_project_that_nobody_knows_or_that_has_ended;
    "register-asset" Accepted: an_asset_enters_the_register_charged_to_a_project;
    "register-asset" Refused: an_asset_enters_the_register_on_a_day_of_its_project;
    "order-asset" Accepted: an_asset_is_ordered_for_a_project;
    "order-asset" Refused: an_asset_is_not_ordered_for_a_project_that_has_ended;
    "correct-asset" Accepted: a_charge_is_corrected_from_an_earlier_day_on;
    "correct-asset" Refused: a_charge_is_not_corrected_to_a_day_before_the_project;
    "submit-requisition" Accepted: a_line_is_asked_for_a_project;
    "submit-requisition" Refused: a_line_is_not_asked_for_a_project_that_does_not_run;
    "issue-purchase-order" Accepted: an_order_s_line_is_charged_as_its_requisition_line,
        an_order_s_line_may_name_another_project_than_its_requisition_line;
    "issue-purchase-order" Refused: what_was_asked_for_a_project_is_not_ordered_for_it_once_it_has_ended,
        a_line_is_not_ordered_for_a_project_that_has_ended;
    "amend-purchase-order" Accepted: an_amended_line_is_charged_to_another_project,
        a_line_of_a_project_that_has_ended_may_still_be_amended;
    "amend-purchase-order" Refused: a_line_is_not_amended_to_a_project_that_has_ended,
        another_project_buys_no_dearer_than_approved;
    "receive-delivery" Accepted: a_piece_is_charged_as_its_line_whatever_became_of_the_project;
}

fn charge(project: u128) -> Value {
    json!({"asset": "LT-1", "project_id": id(project)})
}

fn asked_for(project: u128) -> Value {
    with(requisition_line(10), json!({"project_id": id(project)}))
}

/// Ten laptops for the project were approved.
fn approved_for_project(scene: &mut Scene) -> &mut Scene {
    let lines = json!([asked_for(PROJECT)]);
    scene.given("requisition", id(REQUISITION), "requisition.submitted", json!({"lines": lines})).given(
        "requisition",
        id(REQUISITION),
        "requisition.approved",
        json!({"role": "administrator", "totals": [euros("10000.00")]}),
    )
}

/// Six laptops are ordered for the project, without a requisition.
fn ordered_for_project(scene: &mut Scene) -> &mut Scene {
    let line = with(order_line(6), json!({"project_id": id(PROJECT)}));
    let issued = json!({"number": "PO-1", "vendor_id": id(VENDOR), "lines": [line]});
    scene.given("purchase_order", id(ORDER), "purchase_order.issued", issued)
}

fn the_project_has_ended(scene: &mut Scene) {
    let ended = json!({"code": "MOVE", "name": "Move", "active_from": "2026-01-15", "active_until": "2026-12-31",
                       "standing": "inactive"});
    scene.given("project", id(PROJECT), "project.defined", ended);
}

fn issue(line: Value) -> Value {
    let mut body = json!({"number": "PO-7", "vendor_id": id(VENDOR)});
    body["lines"] = Value::Array(vec![line]);
    body
}

fn of_requisition(more: Value) -> Value {
    with(with(order_line(5), json!({"requisition_line": first_requisition_line()})), more)
}

fn amend(change: Value) -> Value {
    let mut body = json!({"purchase_order_id": id(ORDER)});
    body["changed"] = Value::Array(vec![with(json!({"line": 1}), change)]);
    body
}

fn an_asset_is_charged_to_a_project_and_to_none_again(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("charge-asset", charge(PROJECT));
    outcome.then("asset", asset_id(), "asset.charged", json!({"project_id": id(PROJECT)}));
    let outcome = scene.when("charge-asset", charge(OTHER_PROJECT));
    outcome.then("asset", asset_id(), "asset.charged", json!({"project_id": id(OTHER_PROJECT)}));
    let outcome = scene.when("charge-asset", json!({"asset": "LT-1", "project_id": null}));
    outcome.then("asset", asset_id(), "asset.charged", json!({}));
}

fn an_asset_is_charged_on_the_first_and_on_the_last_day_of_a_project(scene: &mut Scene) {
    let short = json!({"code": "S", "name": "Short", "active_from": "2026-02-01", "active_until": "2026-02-01",
                       "standing": "active"});
    scene.in_stock().given("project", id(70), "project.defined", short);
    scene.effective("2026-02-01T00:00:00Z").when("charge-asset", charge(70)).decision();
}

fn an_asset_is_not_charged_to_what_it_is_charged_to_already(scene: &mut Scene) {
    scene.in_stock_with(json!({"project_id": id(PROJECT)}));
    scene.when("charge-asset", charge(PROJECT)).refused("nothing-to-do").at("/project_id");
    scene.when("charge-asset", json!({"asset": "LT-1", "project_id": null})).decision();
    let outcome = scene.when("charge-asset", json!({"asset": "LT-1", "project_id": null}));
    outcome.refused("nothing-to-do");
    assert_eq!(outcome.rejection().detail, "the asset is charged to no project already");
}

fn nothing_is_charged_to_a_project_outside_of_its_days(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.effective("2026-01-14T23:59:59Z").when("charge-asset", charge(PROJECT));
    outcome
        .refused("project-not-running")
        .at("/project_id")
        .fact("active_from", json!("2026-01-15"))
        .fact("active_until", json!("2026-12-31"))
        .fact("effective_on", json!("2026-01-14"));
    let expected = "project MOVE runs from 2026-01-15 until 2026-12-31, and 2026-01-14 is not within that: nothing is \
                    charged to it on that day";
    assert_eq!(outcome.rejection().detail, expected);
    let over = json!({"code": "OLD", "name": "Old", "active_until": "2026-01-31", "standing": "active"});
    scene.given("project", id(70), "project.defined", over);
    let outcome = scene.when("charge-asset", charge(70));
    outcome.refused("project-not-running").fact("active_from", json!(null));
    let detail = &outcome.rejection().detail;
    assert!(detail.starts_with("project OLD runs until 2026-01-31, and 2026-02-01 is"), "{detail}");
}

fn nothing_is_charged_to_a_project_that_nobody_knows_or_that_has_ended(scene: &mut Scene) {
    scene.in_stock();
    for project in [NOBODY, CLOSED_PROJECT] {
        scene.when("charge-asset", charge(project)).refused("unknown-reference").at("/project_id");
    }
}

fn an_asset_enters_the_register_charged_to_a_project(scene: &mut Scene) {
    let body = json!({"model_id": id(LAPTOP_MODEL), "project_id": id(PROJECT)});
    let outcome = scene.when("register-asset", body);
    assert_eq!(outcome.data(0)["facts"]["project_id"], json!(id(PROJECT)));
}

fn an_asset_enters_the_register_on_a_day_of_its_project(scene: &mut Scene) {
    let body = json!({"model_id": id(LAPTOP_MODEL), "project_id": id(PROJECT)});
    scene.effective("2025-12-01T00:00:00Z");
    scene.when("register-asset", body).refused("project-not-running").at("/project_id");
}

fn an_asset_is_ordered_for_a_project(scene: &mut Scene) {
    let outcome = scene.when("order-asset", json!({"model_id": id(LAPTOP_MODEL), "project_id": id(PROJECT)}));
    assert_eq!(outcome.data(0)["facts"]["project_id"], json!(id(PROJECT)));
}

fn an_asset_is_not_ordered_for_a_project_that_has_ended(scene: &mut Scene) {
    let body = json!({"model_id": id(LAPTOP_MODEL), "project_id": id(CLOSED_PROJECT)});
    scene.when("order-asset", body).refused("unknown-reference").at("/project_id");
}

fn a_charge_is_corrected_from_an_earlier_day_on(scene: &mut Scene) {
    scene.in_stock();
    scene.when("charge-asset", charge(OTHER_PROJECT)).decision();
    scene.effective("2026-01-20T00:00:00Z");
    let corrections = json!([{"project_id": id(PROJECT)}]);
    let outcome = scene.when("correct-asset", json!({"asset": "LT-1", "corrections": corrections}));
    let change = json!({"field": "project", "old": id(OTHER_PROJECT), "new": id(PROJECT)});
    outcome.then("asset", asset_id(), "asset.corrected", json!({"changes": [change]}));
}

fn a_charge_is_not_corrected_to_a_day_before_the_project(scene: &mut Scene) {
    scene.in_stock();
    let corrections = json!([{"project_id": id(PROJECT)}]);
    scene.effective("2026-01-10T00:00:00Z");
    let outcome = scene.when("correct-asset", json!({"asset": "LT-1", "corrections": corrections}));
    outcome.refused("project-not-running").at("/corrections/0/project_id");
}

fn a_line_is_asked_for_a_project(scene: &mut Scene) {
    let data = json!({"lines": [asked_for(PROJECT)]});
    let outcome = scene.when("submit-requisition", data.clone());
    outcome.then("requisition", outcome.id, "requisition.submitted", data);
}

fn a_line_is_not_asked_for_a_project_that_does_not_run(scene: &mut Scene) {
    let body = json!({"lines": [requisition_line(1), asked_for(PROJECT)]});
    scene.effective("2026-01-10T00:00:00Z");
    scene.when("submit-requisition", body.clone()).refused("project-not-running").at("/lines/1/project_id");
    the_project_has_ended(scene);
    scene.when("submit-requisition", body).refused("unknown-reference").at("/lines/1/project_id");
}

fn an_order_s_line_is_charged_as_its_requisition_line(scene: &mut Scene) {
    approved_for_project(scene);
    let outcome = scene.when("issue-purchase-order", issue(of_requisition(json!({}))));
    assert_eq!(outcome.data(0)["lines"][0], of_requisition(json!({"project_id": id(PROJECT)})));
    let mut body = json!({"purchase_order_id": outcome.id});
    body["added"] = json!([of_requisition(json!({"quantity": 1}))]);
    let outcome = scene.when("amend-purchase-order", body);
    let added = of_requisition(json!({"quantity": 1, "project_id": id(PROJECT)}));
    assert_eq!(outcome.data(0)["added"], json!([added]));
}

fn an_order_s_line_may_name_another_project_than_its_requisition_line(scene: &mut Scene) {
    approved_for_project(scene);
    let line = of_requisition(json!({"project_id": id(OTHER_PROJECT)}));
    let outcome = scene.when("issue-purchase-order", issue(line.clone()));
    assert_eq!(outcome.data(0)["lines"][0], line);
}

fn what_was_asked_for_a_project_is_not_ordered_for_it_once_it_has_ended(scene: &mut Scene) {
    approved_for_project(scene);
    the_project_has_ended(scene);
    let outcome = scene.when("issue-purchase-order", issue(of_requisition(json!({}))));
    outcome.refused("unknown-reference").at("/lines/0/requisition_line");
    let line = of_requisition(json!({"project_id": id(OTHER_PROJECT)}));
    scene.when("issue-purchase-order", issue(line)).decision();
}

fn a_line_is_not_ordered_for_a_project_that_has_ended(scene: &mut Scene) {
    let line = with(order_line(1), json!({"project_id": id(CLOSED_PROJECT)}));
    let outcome = scene.when("issue-purchase-order", issue(line));
    outcome.refused("unknown-reference").at("/lines/0/project_id");
}

fn an_amended_line_is_charged_to_another_project(scene: &mut Scene) {
    ordered_for_project(scene);
    let outcome = scene.when("amend-purchase-order", amend(json!({"project_id": id(OTHER_PROJECT)})));
    let changed = json!({"changed": [{"line": 1, "project_id": id(OTHER_PROJECT)}]});
    outcome.then("purchase_order", id(ORDER), "purchase_order.amended", changed);
    let delivery =
        json!({"purchase_order_id": id(ORDER), "line": 1, "quantity": 1, "location_id": id(STORE)});
    let outcome = scene.when("receive-delivery", delivery);
    assert_eq!(outcome.data(1)["facts"]["project_id"], json!(id(OTHER_PROJECT)));
}

fn a_line_of_a_project_that_has_ended_may_still_be_amended(scene: &mut Scene) {
    ordered_for_project(scene);
    the_project_has_ended(scene);
    let change = json!({"quantity": 5, "project_id": id(PROJECT)});
    scene.when("amend-purchase-order", amend(change)).decision();
}

fn a_line_is_not_amended_to_a_project_that_has_ended(scene: &mut Scene) {
    ordered_for_project(scene);
    let outcome = scene.when("amend-purchase-order", amend(json!({"project_id": id(CLOSED_PROJECT)})));
    outcome.refused("unknown-reference").at("/changed/0/project_id");
}

fn another_project_buys_no_dearer_than_approved(scene: &mut Scene) {
    scene.ordered_for_requisition();
    let dearer = json!({"project_id": id(PROJECT), "unit_price": euros("1000.01")});
    scene.when("amend-purchase-order", amend(dearer)).refused("beyond-approved-price");
    scene.when("amend-purchase-order", amend(json!({"project_id": id(PROJECT)}))).decision();
}

fn a_piece_is_charged_as_its_line_whatever_became_of_the_project(scene: &mut Scene) {
    ordered_for_project(scene);
    the_project_has_ended(scene);
    let delivery =
        json!({"purchase_order_id": id(ORDER), "line": 1, "quantity": 1, "location_id": id(STORE)});
    let outcome = scene.when("receive-delivery", delivery);
    assert_eq!(outcome.data(1)["facts"]["project_id"], json!(id(PROJECT)));
}
