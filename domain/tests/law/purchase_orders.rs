//! Ordering, amending, cancelling, closing.

use serde_json::{Value, json};

use crate::fixtures::{
    CLOSED_DEPARTMENT, CLOSED_VENDOR, MONITOR_MODEL, OLD_MODEL, ORDER, REQUISITION, STORE, VENDOR, euros,
    first_requisition_line, order_line, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "issue-purchase-order" Accepted: an_order_takes_up_what_was_approved;
    "issue-purchase-order" Refused: no_more_is_ordered_than_was_approved,
        only_an_approved_requisition_is_ordered,
        an_order_s_line_names_what_the_requisition_asks_for,
        an_order_number_belongs_to_one_order,
        an_order_refers_to_what_is_active,
        an_order_has_lines_with_pieces,
        an_order_is_issued_once,
        an_order_is_not_issued_before_its_requisition_was_approved;
    "amend-purchase-order" Accepted: an_amended_order_takes_up_more_or_less,
        a_line_is_struck_and_another_added;
    "amend-purchase-order" Refused: an_amendment_takes_no_more_than_was_approved,
        a_line_is_amended_once_in_a_command,
        a_struck_line_is_not_raised_for_a_cancelled_requisition,
        an_amendment_changes_something,
        a_line_keeps_what_arrived_of_it,
        a_line_keeps_its_currency,
        only_a_line_of_the_order_is_amended;
    "cancel-purchase-order" Accepted: a_cancelled_order_lets_go_of_its_requisition;
    "cancel-purchase-order" Refused: an_order_of_which_pieces_arrived_is_not_cancelled,
        what_is_cancelled_stays_cancelled;
    "close-purchase-order" Accepted: a_closed_order_lets_go_of_what_never_arrived;
    "close-purchase-order" Refused: what_is_closed_takes_nothing_more,
        an_order_that_nobody_knows_is_not_found;
}

fn order() -> Value {
    json!({"purchase_order_id": id(ORDER)})
}

fn issue(line: Value) -> Value {
    let mut body = json!({"number": "PO-7", "vendor_id": id(VENDOR)});
    body["lines"] = Value::Array(vec![line]);
    body
}

fn requisitioned(quantity: u32) -> Value {
    with(order_line(quantity), json!({"requisition_line": first_requisition_line()}))
}

fn delivery(quantity: u32) -> Value {
    json!({"purchase_order_id": id(ORDER), "line": 1, "quantity": quantity, "location_id": id(STORE)})
}

fn amend(changed: Value) -> Value {
    let mut body = order();
    body["changed"] = changed;
    body
}

fn an_order_takes_up_what_was_approved(scene: &mut Scene) {
    scene.approved();
    let outcome = scene.when("issue-purchase-order", issue(requisitioned(10)));
    outcome.then_all(&[
        ("purchase_order", outcome.id, "purchase_order.issued", issue(requisitioned(10))),
        (
            "requisition",
            id(REQUISITION),
            "requisition.ordered",
            json!({"purchase_order_id": outcome.id, "lines": [{"line": 1, "quantity": 10}]}),
        ),
    ]);
}

fn no_more_is_ordered_than_was_approved(scene: &mut Scene) {
    scene.ordered_for_requisition();
    let outcome = scene.when("issue-purchase-order", issue(requisitioned(5)));
    outcome.refused("beyond-requisition").fact("approved", json!(10)).fact("ordered", json!(6));
    let lines = json!([requisitioned(2), requisitioned(3)]);
    let body = with(issue(json!({})), json!({"lines": lines}));
    scene.when("issue-purchase-order", body).refused("beyond-requisition");
    scene.when("issue-purchase-order", issue(requisitioned(4))).decision();
}

fn only_an_approved_requisition_is_ordered(scene: &mut Scene) {
    scene.submitted();
    let outcome = scene.when("issue-purchase-order", issue(requisitioned(1)));
    outcome
        .refused("requisition-not-approved")
        .at("/lines/0/requisition_line")
        .fact("current_state", json!("submitted"));
}

fn an_order_s_line_names_what_the_requisition_asks_for(scene: &mut Scene) {
    scene.approved();
    let other_model = with(requisitioned(1), json!({"model_id": id(MONITOR_MODEL)}));
    let outcome = scene.when("issue-purchase-order", issue(other_model));
    outcome.refused("other-model").at("/lines/0/requisition_line");
    let no_line = json!({"requisition_line": {"requisition_id": id(REQUISITION), "line": 2}});
    let outcome = scene.when("issue-purchase-order", issue(with(order_line(1), no_line)));
    outcome.refused("unknown-reference").at("/lines/0/requisition_line/line");
}

fn an_order_number_belongs_to_one_order(scene: &mut Scene) {
    scene.ordered();
    let body = with(issue(order_line(1)), json!({"number": "po-1"}));
    let outcome = scene.when("issue-purchase-order", body);
    outcome.refused("order-number-held").fact("holder", json!(id(ORDER)));
}

fn an_order_refers_to_what_is_active(scene: &mut Scene) {
    let body = with(issue(order_line(1)), json!({"vendor_id": id(CLOSED_VENDOR)}));
    scene.when("issue-purchase-order", body).refused("unknown-reference").at("/vendor_id");
    for (field, reference) in [("model_id", OLD_MODEL), ("cost_center_id", CLOSED_DEPARTMENT)] {
        let line = with(order_line(1), json!({field: id(reference)}));
        let outcome = scene.when("issue-purchase-order", issue(line));
        outcome.refused("unknown-reference").at(&format!("/lines/0/{field}"));
    }
}

fn an_order_has_lines_with_pieces(scene: &mut Scene) {
    let body = with(issue(json!({})), json!({"lines": []}));
    scene.when("issue-purchase-order", body).refused("line-count").at("/lines");
    let outcome = scene.when("issue-purchase-order", issue(order_line(0)));
    outcome.refused("quantity").at("/lines/0/quantity");
}

fn an_order_is_issued_once(scene: &mut Scene) {
    scene.when_again("issue-purchase-order", issue(order_line(1)), 5_000).decision();
    scene.when_again("issue-purchase-order", issue(order_line(1)), 5_000).refused("already-exists");
}

fn an_order_is_not_issued_before_its_requisition_was_approved(scene: &mut Scene) {
    scene.approved().effective("2025-12-31T00:00:00Z");
    let outcome = scene.when("issue-purchase-order", issue(requisitioned(1)));
    outcome.refused("effective-time-before-last").at("/effective_time");
}

fn an_amended_order_takes_up_more_or_less(scene: &mut Scene) {
    scene.ordered_for_requisition();
    for quantity in [10, 2] {
        let changed = json!([{"line": 1, "quantity": quantity, "unit_price": euros("900.00")}]);
        let outcome = scene.when("amend-purchase-order", amend(changed.clone()));
        let taken = json!({"purchase_order_id": id(ORDER), "lines": [{"line": 1, "quantity": quantity}]});
        outcome.then_all(&[
            ("purchase_order", id(ORDER), "purchase_order.amended", json!({"changed": changed})),
            ("requisition", id(REQUISITION), "requisition.ordered", taken),
        ]);
    }
}

fn a_line_is_struck_and_another_added(scene: &mut Scene) {
    scene.ordered();
    let data = json!({"changed": [{"line": 1, "quantity": 0}], "added": [order_line(2)], "expected_on": "2026-03-01"});
    let outcome = scene.when("amend-purchase-order", with(data.clone(), order()));
    outcome.then("purchase_order", id(ORDER), "purchase_order.amended", data);
    scene.when("receive-delivery", delivery(1)).refused("beyond-ordered");
    let second = with(delivery(2), json!({"line": 2}));
    scene.when("receive-delivery", second).decision();
}

fn an_amendment_takes_no_more_than_was_approved(scene: &mut Scene) {
    scene.ordered_for_requisition();
    let outcome = scene.when("amend-purchase-order", amend(json!([{"line": 1, "quantity": 11}])));
    outcome.refused("beyond-requisition").fact("approved", json!(10));
    let body = with(order(), json!({"added": [requisitioned(5)]}));
    scene.when("amend-purchase-order", body).refused("beyond-requisition");
}

fn a_line_is_amended_once_in_a_command(scene: &mut Scene) {
    scene.ordered_for_requisition();
    let changed = json!([{"line": 1, "quantity": 1000}, {"line": 1, "unit_price": euros("1")}]);
    scene.when("amend-purchase-order", amend(changed)).refused("changed-twice").at("/changed/1");
}

fn a_struck_line_is_not_raised_for_a_cancelled_requisition(scene: &mut Scene) {
    scene.ordered_for_requisition();
    scene.when("amend-purchase-order", amend(json!([{"line": 1, "quantity": 0}]))).decision();
    scene.when("cancel-requisition", json!({"requisition_id": id(REQUISITION)})).decision();
    let outcome = scene.when("amend-purchase-order", amend(json!([{"line": 1, "quantity": 6}])));
    outcome.refused("requisition-not-approved").fact("current_state", json!("cancelled"));
}

fn an_amendment_changes_something(scene: &mut Scene) {
    scene.ordered();
    for body in [order(), amend(json!([]))] {
        scene.when("amend-purchase-order", body).refused("nothing-to-do");
    }
}

fn a_line_keeps_what_arrived_of_it(scene: &mut Scene) {
    scene.ordered().two_delivered();
    let outcome = scene.when("amend-purchase-order", amend(json!([{"line": 1, "quantity": 1}])));
    outcome.refused("below-received").at("/changed/0/quantity").fact("received", json!(2));
}

fn a_line_keeps_its_currency(scene: &mut Scene) {
    scene.ordered();
    let price = json!({"amount": "1", "currency": "USD"});
    let outcome = scene.when("amend-purchase-order", amend(json!([{"line": 1, "unit_price": price}])));
    outcome.refused("other-currency").at("/changed/0/unit_price");
}

fn only_a_line_of_the_order_is_amended(scene: &mut Scene) {
    scene.ordered();
    let outcome = scene.when("amend-purchase-order", amend(json!([{"line": 2, "quantity": 1}])));
    outcome.refused("unknown-reference").at("/changed/0/line");
    let outcome = scene.when("amend-purchase-order", amend(json!([{"line": 1, "quantity": 1_000_001}])));
    outcome.refused("quantity").at("/changed/0/quantity");
}

fn a_cancelled_order_lets_go_of_its_requisition(scene: &mut Scene) {
    scene.ordered_for_requisition();
    let outcome = scene.when("cancel-purchase-order", order());
    outcome.then_all(&[
        ("purchase_order", id(ORDER), "purchase_order.cancelled", json!({})),
        (
            "requisition",
            id(REQUISITION),
            "requisition.ordered",
            json!({"purchase_order_id": id(ORDER), "lines": [{"line": 1, "quantity": 0}]}),
        ),
    ]);
}

fn an_order_of_which_pieces_arrived_is_not_cancelled(scene: &mut Scene) {
    scene.ordered().two_delivered();
    scene.when("cancel-purchase-order", order()).refused("partly-received");
}

fn what_is_cancelled_stays_cancelled(scene: &mut Scene) {
    scene.ordered().given("purchase_order", id(ORDER), "purchase_order.cancelled", json!({}));
    for command in ["cancel-purchase-order", "close-purchase-order"] {
        let outcome = scene.when(command, order());
        outcome
            .refused("invalid-transition")
            .fact("current_state", json!("cancelled"))
            .fact("allowed_commands", json!(["correct-purchase-order"]));
    }
}

fn a_closed_order_lets_go_of_what_never_arrived(scene: &mut Scene) {
    scene.ordered_for_requisition().two_delivered();
    let outcome = scene.when("close-purchase-order", order());
    outcome.then_all(&[
        ("purchase_order", id(ORDER), "purchase_order.closed", json!({})),
        (
            "requisition",
            id(REQUISITION),
            "requisition.ordered",
            json!({"purchase_order_id": id(ORDER), "lines": [{"line": 1, "quantity": 2}]}),
        ),
    ]);
    scene.when("issue-purchase-order", issue(requisitioned(8))).decision();
}

fn what_is_closed_takes_nothing_more(scene: &mut Scene) {
    scene.ordered().given("purchase_order", id(ORDER), "purchase_order.closed", json!({}));
    scene.when("close-purchase-order", order()).refused("invalid-transition");
    scene.when("receive-delivery", delivery(1)).refused("invalid-transition");
    let outcome = scene.when("amend-purchase-order", amend(json!([{"line": 1, "quantity": 9}])));
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("closed"))
        .fact("allowed_commands", json!(["correct-purchase-order"]));
}

fn an_order_that_nobody_knows_is_not_found(scene: &mut Scene) {
    scene.when("close-purchase-order", order()).refused("not-found").at("/purchase_order_id");
    scene.when("receive-delivery", delivery(1)).refused("not-found").at("/purchase_order_id");
}
