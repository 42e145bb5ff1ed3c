//! Corrections of persons and purchase orders: of what binds nothing and nobody.

use itam_domain::CorrectedFact;
use serde_json::{Value, json};

use crate::fixtures::{BOB, CLOSED_DEPARTMENT, NOBODY, ORDER, SALES, STORE, VENDOR, euros, order_line};
use crate::scene::{Outcome, Scene, id, laws};

laws! {
    "correct-person" Accepted: a_person_s_assignment_is_corrected;
    "correct-person" Refused: a_person_is_not_corrected_to_a_closed_department, an_erased_person_is_not_corrected,
        a_person_that_reads_the_same_is_not_corrected, a_person_s_assignment_is_corrected_once_in_a_command;
    "correct-purchase-order" Accepted: an_order_is_corrected_whatever_became_of_it;
    "correct-purchase-order" Refused: a_corrected_order_number_belongs_to_one_order,
        what_is_ordered_and_at_what_price_is_no_matter_of_corrections;
}

fn person(scene: &mut Scene, corrections: &Value) -> Outcome {
    scene.when("correct-person", json!({"person_id": id(BOB), "corrections": corrections}))
}

fn order(scene: &mut Scene, corrections: &Value) -> Outcome {
    scene.when("correct-purchase-order", json!({"purchase_order_id": id(ORDER), "corrections": corrections}))
}

fn a_person_s_assignment_is_corrected(scene: &mut Scene) {
    let outcome = person(scene, &json!([{"department_id": id(SALES)}, {"location_id": id(STORE)}]));
    let changes = json!([{"field": "department", "old": null, "new": id(SALES)},
                         {"field": "location", "old": null, "new": id(STORE)}]);
    outcome.then("person", id(BOB), "person.corrected", json!({"changes": changes}));
    let (_, event) = &outcome.decision().events[0];
    let fact = CorrectedFact { field: "location".to_owned(), old: Value::Null, new: json!(id(STORE)) };
    assert_eq!(event.corrected_facts()[1], fact);
    person(scene, &json!([{"department_id": null}])).decision();
}

fn a_person_is_not_corrected_to_a_closed_department(scene: &mut Scene) {
    for department in [CLOSED_DEPARTMENT, NOBODY] {
        let outcome = person(scene, &json!([{"location_id": id(STORE)}, {"department_id": id(department)}]));
        outcome.refused("unknown-reference").at("/corrections/1/department_id");
    }
}

fn an_erased_person_is_not_corrected(scene: &mut Scene) {
    scene.when("erase-person", json!({"person_id": id(BOB)})).decision();
    let outcome = person(scene, &json!([{"department_id": id(SALES)}]));
    outcome.refused("invalid-transition").fact("current_state", json!("erased"));
}

fn a_person_that_reads_the_same_is_not_corrected(scene: &mut Scene) {
    person(scene, &json!([{"department_id": null}])).refused("nothing-to-correct");
    person(scene, &json!([])).refused("nothing-to-correct");
    let unknown = json!({"person_id": id(NOBODY), "corrections": [{"department_id": id(SALES)}]});
    scene.when("correct-person", unknown).refused("not-found").at("/person_id");
}

fn a_person_s_assignment_is_corrected_once_in_a_command(scene: &mut Scene) {
    let outcome = person(scene, &json!([{"department_id": id(SALES)}, {"department_id": null}]));
    outcome.refused("corrected-twice").at("/corrections/1");
}

fn an_order_is_corrected_whatever_became_of_it(scene: &mut Scene) {
    scene.ordered();
    let outcome = order(
        scene,
        &json!([{"number": "PO-2"}, {"expected_on": "2026-05-01"}, {"notes": "by train"},
               {"cost_center_id": {"line": 1, "new": id(SALES)}}]),
    );
    let changes = json!([
        {"field": "number", "old": "PO-1", "new": "PO-2"},
        {"field": "expected_on", "old": null, "new": "2026-05-01"},
        {"field": "notes", "old": null, "new": "by train"},
        {"field": "cost_center", "line": 1, "old": null, "new": id(SALES)},
    ]);
    outcome.then("purchase_order", id(ORDER), "purchase_order.corrected", json!({"changes": changes}));
    assert_eq!(outcome.decision().keys.len(), 2, "the wrong number is free, the right one is held");
    scene.when("cancel-purchase-order", json!({"purchase_order_id": id(ORDER)})).decision();
    order(scene, &json!([{"notes": null}])).decision();
}

fn a_corrected_order_number_belongs_to_one_order(scene: &mut Scene) {
    scene.ordered();
    let other = json!({"number": "PO-2", "vendor_id": id(VENDOR),
                       "lines": [order_line(1)]});
    scene.when("issue-purchase-order", other).decision();
    order(scene, &json!([{"number": "po-2"}])).refused("order-number-held");
    order(scene, &json!([{"cost_center_id": {"line": 9, "new": null}}])).refused("unknown-reference");
    scene.sent_by("gil", "financial-analyst");
    order(scene, &json!([{"notes": "mine"}])).refused("role-may-not");
}

fn what_is_ordered_and_at_what_price_is_no_matter_of_corrections(scene: &mut Scene) {
    scene.ordered();
    for correction in [json!({"unit_price": {"line": 1, "new": euros("1.00")}}), json!({"quantity": 9})] {
        let body = json!({"purchase_order_id": id(ORDER), "corrections": [correction]});
        let read = itam_domain::Command::read("correct-purchase-order", body).expect("a command");
        assert!(read.is_err_and(|error| error.to_string().contains("unknown variant")));
    }
    order(scene, &json!([])).refused("nothing-to-correct");
}
