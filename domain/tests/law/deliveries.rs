//! Receiving what was ordered.

use itam_domain::purchase_order::MAX_DELIVERY;
use serde_json::{Value, json};

use crate::fixtures::{CLOSED_SITE, ORDER, STORE, VENDOR, euros, laptop, order_line, with};
use crate::scene::{Scene, id, laws};

laws! {
    "receive-delivery" Accepted: each_delivered_piece_becomes_an_asset,
        the_largest_delivery_fits_one_commit;
    "receive-delivery" Refused: no_more_arrives_than_was_ordered,
        a_delivery_that_is_too_large_is_split,
        there_are_as_many_serials_as_pieces,
        a_delivery_has_pieces,
        two_pieces_do_not_share_a_serial,
        a_delivery_is_for_a_line_of_the_order,
        a_delivery_arrives_at_an_active_location,
        a_piece_is_delivered_once;
}

fn delivery(quantity: u32) -> Value {
    json!({"purchase_order_id": id(ORDER), "line": 1, "quantity": quantity, "location_id": id(STORE)})
}

fn each_delivered_piece_becomes_an_asset(scene: &mut Scene) {
    scene.ordered();
    let more = json!({"serials": ["PF7", "PF8"], "delivery_note": "D-1", "warranty_until": "2029-02-01"});
    let outcome = scene.when("receive-delivery", with(delivery(2), more));
    let pieces: Vec<_> = outcome.touched().iter().skip(1).map(|piece| piece.id).collect();
    let costs = json!({"price": euros("1000.00")});
    let facts = |serial: &str| {
        let facts = json!({"serial": serial, "condition": "new", "costs": costs, "acquired_on": "2026-02-01",
                           "order_line": {"purchase_order_id": id(ORDER), "line": 1}, "vendor_id": id(VENDOR),
                           "warranty_until": "2029-02-01", "location_id": id(STORE)});
        json!({"facts": laptop(facts)})
    };
    let received =
        json!({"line": 1, "quantity": 2, "location_id": id(STORE), "costs": costs, "delivery_note": "D-1"});
    outcome.then_all(&[
        ("purchase_order", id(ORDER), "purchase_order.delivery_received", received),
        ("asset", pieces[0], "asset.delivered", facts("PF7")),
        ("asset", pieces[1], "asset.delivered", facts("PF8")),
    ]);
    assert_ne!(pieces[0], pieces[1]);
    assert_eq!(outcome.decision().keys.len(), 2);
}

fn the_largest_delivery_fits_one_commit(scene: &mut Scene) {
    let body = json!({"number": "PO-1", "vendor_id": id(VENDOR), "lines": [order_line(1_000)]});
    scene.given("purchase_order", id(ORDER), "purchase_order.issued", body);
    let outcome = scene.when("receive-delivery", delivery(MAX_DELIVERY));
    let messages = outcome.touched().len() + outcome.decision().keys.len();
    assert!(messages <= 990, "{messages} messages");
}

fn no_more_arrives_than_was_ordered(scene: &mut Scene) {
    scene.ordered().two_delivered();
    let outcome = scene.when("receive-delivery", delivery(4));
    outcome.refused("beyond-ordered").at("/quantity").fact("open", json!(3));
}

fn a_delivery_that_is_too_large_is_split(scene: &mut Scene) {
    let body = json!({"number": "PO-1", "vendor_id": id(VENDOR), "lines": [order_line(1_000)]});
    scene.given("purchase_order", id(ORDER), "purchase_order.issued", body);
    let outcome = scene.when("receive-delivery", delivery(901));
    outcome.refused("delivery-too-large").at("/quantity");
    let serials: Vec<String> = (0..491).map(|n| format!("S-{n}")).collect();
    let outcome = scene.when("receive-delivery", with(delivery(491), json!({"serials": serials})));
    outcome.refused("delivery-too-large").at("/quantity");
}

fn there_are_as_many_serials_as_pieces(scene: &mut Scene) {
    scene.ordered();
    for serials in [json!(["PF7"]), json!(["PF7", "PF8", "PF9"])] {
        let outcome = scene.when("receive-delivery", with(delivery(2), json!({"serials": serials})));
        outcome.refused("serial-count").at("/serials");
    }
}

fn a_delivery_has_pieces(scene: &mut Scene) {
    scene.ordered();
    scene.when("receive-delivery", delivery(0)).refused("quantity").at("/quantity");
}

fn two_pieces_do_not_share_a_serial(scene: &mut Scene) {
    scene.ordered().in_stock();
    for serials in [json!(["PF7", "pf7"]), json!(["PF7", "PF1"])] {
        let outcome = scene.when("receive-delivery", with(delivery(2), json!({"serials": serials})));
        outcome.refused("serial-held");
    }
    let placeholders = json!({"serials": ["N/A", "N/A"]});
    scene.when("receive-delivery", with(delivery(2), placeholders)).decision();
}

fn a_delivery_is_for_a_line_of_the_order(scene: &mut Scene) {
    scene.ordered();
    let outcome = scene.when("receive-delivery", with(delivery(1), json!({"line": 2})));
    outcome.refused("unknown-reference").at("/line");
}

fn a_delivery_arrives_at_an_active_location(scene: &mut Scene) {
    scene.ordered();
    let outcome = scene.when("receive-delivery", with(delivery(1), json!({"location_id": id(CLOSED_SITE)})));
    outcome.refused("unknown-reference").at("/location_id");
    let costs = json!({"price": euros("1"), "freight": {"amount": "1", "currency": "USD"}});
    let outcome = scene.when("receive-delivery", with(delivery(1), json!({"costs": costs})));
    outcome.refused("costs-do-not-add-up").at("/costs");
}

fn a_piece_is_delivered_once(scene: &mut Scene) {
    scene.ordered();
    scene.when_again("receive-delivery", delivery(1), 5_000).decision();
    scene.when_again("receive-delivery", delivery(1), 5_000).refused("already-exists");
}
