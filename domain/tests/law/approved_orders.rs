//! What an order may say, given what was approved.

use itam_domain::{ApprovalLimit, ApprovalPolicy, Currency, Money, Policies};
use serde_json::{Value, json};

use crate::fixtures::{
    LAPTOP_MODEL, ORDER, REQUISITION, VENDOR, euros, first_requisition_line, order_line, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "issue-purchase-order" Accepted: a_tolerance_lets_an_order_stray_so_far_and_no_further,
        a_role_orders_without_a_requisition_within_its_own_limit;
    "issue-purchase-order" Refused: no_piece_is_ordered_dearer_than_approved,
        nothing_is_ordered_in_another_currency_than_approved,
        nothing_is_ordered_without_a_requisition_unless_the_policy_says_so,
        several_orders_take_no_more_together_than_was_approved;
    "amend-purchase-order" Accepted: an_order_that_was_dearer_before_the_rule_goes_on;
    "amend-purchase-order" Refused: no_amendment_makes_a_piece_dearer_than_approved,
        no_amendment_adds_what_nobody_approved;
    "order-asset" Accepted: an_asset_is_ordered_on_its_own_within_the_limit;
    "order-asset" Refused: an_asset_is_not_ordered_on_its_own_beyond_the_limit;
}

fn issue(lines: Value) -> Value {
    let mut body = json!({"number": "PO-7", "vendor_id": id(VENDOR)});
    body["lines"] = lines;
    body
}

fn requisitioned(quantity: u32, price: &Value) -> Value {
    with(order_line(quantity), json!({"requisition_line": first_requisition_line(), "unit_price": price}))
}

fn amend(more: Value) -> Value {
    with(json!({"purchase_order_id": id(ORDER)}), more)
}

fn as_a_buyer(scene: &mut Scene) -> &mut Scene {
    scene.sent_by("dora", "procurement-manager")
}

/// The buyer orders for so much without a requisition.
fn with_direct_limit(scene: &mut Scene, amount: &str) {
    let euros = Money::parse(amount, Currency::try_new("EUR").expect("euro")).expect("amount");
    let limits = [("procurement-manager".to_owned(), ApprovalLimit::UpTo(vec![euros]))];
    let approval =
        ApprovalPolicy { without_requisition: limits.into_iter().collect(), ..ApprovalPolicy::default() };
    scene.policies(Policies { approval, ..Policies::default() });
    as_a_buyer(scene);
}

fn no_piece_is_ordered_dearer_than_approved(scene: &mut Scene) {
    scene.approved();
    let outcome = scene.when("issue-purchase-order", issue(json!([requisitioned(1, &euros("1000.01"))])));
    outcome
        .refused("beyond-approved-price")
        .at("/lines/0/unit_price")
        .fact("line", json!(1))
        .fact("approved", euros("1000.00"))
        .fact("ordered", euros("1000.01"))
        .fact("tolerance_percent", json!(0));
    scene.when("issue-purchase-order", issue(json!([requisitioned(10, &euros("1000.00"))]))).decision();
}

fn nothing_is_ordered_in_another_currency_than_approved(scene: &mut Scene) {
    scene.approved();
    let price = json!({"amount": "1.00", "currency": "USD"});
    let outcome = scene.when("issue-purchase-order", issue(json!([requisitioned(1, &price)])));
    outcome.refused("currency-not-approved").fact("approved", euros("1000.00")).fact("ordered", price);
}

fn a_tolerance_lets_an_order_stray_so_far_and_no_further(scene: &mut Scene) {
    let approval = ApprovalPolicy { tolerance_percent: 5, ..ApprovalPolicy::default() };
    scene.approved().policies(Policies { approval, ..Policies::default() });
    let line = |price: &str| issue(json!([requisitioned(1, &euros(price))]));
    scene.when("issue-purchase-order", line("1050.01")).refused("beyond-approved-price");
    scene.when("issue-purchase-order", line("1050.00")).decision();
}

fn nothing_is_ordered_without_a_requisition_unless_the_policy_says_so(scene: &mut Scene) {
    as_a_buyer(scene);
    let outcome = scene.when("issue-purchase-order", issue(json!([order_line(1)])));
    outcome.refused("beyond-direct-limit").at("/lines").fact("ordered", euros("1000.00"));
    let mixed = json!([
        order_line(1),
        with(order_line(1), json!({"unit_price": {"amount": "1", "currency": "USD"}}))
    ]);
    scene.when("issue-purchase-order", issue(mixed)).refused("beyond-direct-limit");
}

fn a_role_orders_without_a_requisition_within_its_own_limit(scene: &mut Scene) {
    with_direct_limit(scene, "2000.00");
    scene
        .when("issue-purchase-order", issue(json!([order_line(1), order_line(2)])))
        .refused("beyond-direct-limit");
    scene.when("issue-purchase-order", issue(json!([order_line(1), order_line(1)]))).decision();
}

fn several_orders_take_no_more_together_than_was_approved(scene: &mut Scene) {
    scene.approved();
    let order = |number: &str, quantity| {
        with(issue(json!([requisitioned(quantity, &euros("1000.00"))])), json!({"number": number}))
    };
    scene.when("issue-purchase-order", order("PO-8", 6)).decision();
    let outcome = scene.when("issue-purchase-order", order("PO-9", 5));
    outcome.refused("beyond-requisition").fact("approved", json!(10)).fact("requested", json!(5));
    scene.when("issue-purchase-order", order("PO-9", 4)).decision();
}

fn no_amendment_makes_a_piece_dearer_than_approved(scene: &mut Scene) {
    scene.ordered_for_requisition();
    let changed = json!({"changed": [{"line": 1, "unit_price": euros("999999999.00")}]});
    let outcome = scene.when("amend-purchase-order", amend(changed));
    outcome.refused("beyond-approved-price").at("/changed/0/unit_price").fact("line", json!(1));
    let added = json!({"added": [requisitioned(1, &euros("5000.00"))]});
    let outcome = scene.when("amend-purchase-order", amend(added));
    outcome.refused("beyond-approved-price").at("/added/0/unit_price").fact("line", json!(2));
    let cheaper = json!({"changed": [{"line": 1, "unit_price": euros("900.00")}]});
    scene.when("amend-purchase-order", amend(cheaper)).decision();
}

fn no_amendment_adds_what_nobody_approved(scene: &mut Scene) {
    scene.ordered_for_requisition();
    as_a_buyer(scene);
    let line = with(order_line(300), json!({"unit_price": euros("5000.00")}));
    let outcome = scene.when("amend-purchase-order", amend(json!({"added": [line]})));
    outcome.refused("beyond-direct-limit").fact("ordered", euros("1500000.00"));
}

/// As a build stored it that did not ask: it is read, delivered, made smaller, and not made larger.
fn an_order_that_was_dearer_before_the_rule_goes_on(scene: &mut Scene) {
    let dear = requisitioned(6, &euros("2000.00"));
    let issued = json!({"number": "PO-1", "vendor_id": id(VENDOR), "lines": [dear, order_line(3)]});
    let taken = json!({"purchase_order_id": id(ORDER), "lines": [{"line": 1, "quantity": 6}]});
    scene.approved().given("purchase_order", id(ORDER), "purchase_order.issued", issued).given(
        "requisition",
        id(REQUISITION),
        "requisition.ordered",
        taken,
    );
    as_a_buyer(scene);
    for line in [1, 2] {
        let changed = json!({"changed": [{"line": line, "quantity": 2}]});
        scene.when("amend-purchase-order", amend(changed)).decision();
    }
    let more = json!({"changed": [{"line": 1, "quantity": 3}]});
    scene.when("amend-purchase-order", amend(more)).refused("beyond-approved-price");
    let more = json!({"changed": [{"line": 2, "quantity": 3}]});
    scene.when("amend-purchase-order", amend(more)).refused("beyond-direct-limit");
    let delivery = json!({"purchase_order_id": id(ORDER), "line": 1, "quantity": 2, "location_id": id(crate::fixtures::STORE)});
    scene.when("receive-delivery", delivery).decision();
}

fn alone(price: &str) -> Value {
    json!({"model_id": id(LAPTOP_MODEL), "costs": {"price": euros(price)}})
}

fn an_asset_is_ordered_on_its_own_within_the_limit(scene: &mut Scene) {
    with_direct_limit(scene, "1000.00");
    scene.when("order-asset", alone("1000.00")).decision();
}

fn an_asset_is_not_ordered_on_its_own_beyond_the_limit(scene: &mut Scene) {
    with_direct_limit(scene, "1000.00");
    scene.when("order-asset", alone("1000.01")).refused("beyond-direct-limit").at("/costs");
}
