//! Corrections of persons, requisitions, purchase orders and audits: of what binds nothing and nobody.

use itam_domain::CorrectedFact;
use serde_json::{Value, json};

use crate::audits::AUDIT;
use crate::fixtures::{
    BOB, CLOSED_DEPARTMENT, EVE, GONE, NOBODY, ORDER, PROJECT, REQUISITION, SALES, STORE, VENDOR, euros,
    order_line, requisition_line,
};
use crate::scene::{Outcome, Scene, id, laws};

laws! {
    "correct-person" Accepted: a_person_s_assignment_is_corrected;
    "correct-person" Refused: a_person_is_not_corrected_to_a_closed_department, an_erased_person_is_not_corrected,
        a_person_that_reads_the_same_is_not_corrected, a_person_s_assignment_is_corrected_once_in_a_command;
    "correct-purchase-order" Accepted: an_order_is_corrected_whatever_became_of_it;
    "correct-purchase-order" Refused: a_corrected_order_number_belongs_to_one_order,
        what_is_ordered_and_at_what_price_is_no_matter_of_corrections;
    "correct-requisition" Accepted: whoever_asked_corrects_what_she_asked_for_until_it_is_decided,
        when_a_line_is_needed_is_corrected_by_others_and_at_any_time;
    "correct-requisition" Refused: what_was_decided_on_stays, only_the_requester_corrects_what_a_decision_rests_on,
        nobody_takes_herself_off_and_approves, a_line_still_says_what_is_meant, a_correction_of_a_line_names_one;
    "correct-audit" Accepted: an_audit_is_corrected_before_it_starts_and_after_its_end;
    "correct-audit" Refused: an_audit_that_runs_is_not_corrected, an_audit_is_not_corrected_to_a_lead_who_left;
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

fn requisition(scene: &mut Scene, corrections: &Value) -> Outcome {
    scene.when("correct-requisition", json!({"requisition_id": id(REQUISITION), "corrections": corrections}))
}

/// Eve asks for ten laptops for Bob.
fn asked_for_bob(scene: &mut Scene) -> &mut Scene {
    let asked = json!({"lines": [requisition_line(10)], "requested_for": id(BOB), "justification": "growth"});
    scene.given_by(&id(EVE).to_string(), "requisition", id(REQUISITION), "requisition.submitted", asked)
}

fn whoever_asked_corrects_what_she_asked_for_until_it_is_decided(scene: &mut Scene) {
    asked_for_bob(scene);
    scene.sent_by(&id(EVE).to_string(), "requester");
    let outcome = requisition(
        scene,
        &json!([{"requested_for": id(EVE)}, {"justification": null},
               {"description": {"line": 1, "new": "with a dock"}}, {"needed_by": {"line": 1, "new": "2026-05-01"}},
               {"cost_center_id": {"line": 1, "new": id(SALES)}}, {"project_id": {"line": 1, "new": id(PROJECT)}}]),
    );
    let changes = json!([
        {"field": "requested_for", "old": id(BOB), "new": id(EVE)},
        {"field": "justification", "old": "growth", "new": null},
        {"field": "description", "line": 1, "old": null, "new": "with a dock"},
        {"field": "needed_by", "line": 1, "old": null, "new": "2026-05-01"},
        {"field": "cost_center", "line": 1, "old": null, "new": id(SALES)},
        {"field": "project", "line": 1, "old": null, "new": id(PROJECT)},
    ]);
    outcome.then("requisition", id(REQUISITION), "requisition.corrected", json!({"changes": changes}));
    let (_, event) = &outcome.decision().events[0];
    assert_eq!(event.corrected_facts()[2].field, "lines/1/description", "it says which line");
    requisition(scene, &json!([{"needed_by": {"line": 1, "new": "2026-05-01"}}]))
        .refused("nothing-to-correct");
}

fn when_a_line_is_needed_is_corrected_by_others_and_at_any_time(scene: &mut Scene) {
    scene.approved().sent_by("dora", "asset-manager");
    requisition(scene, &json!([{"needed_by": {"line": 1, "new": "2026-05-01"}}])).decision();
    scene.when("cancel-requisition", json!({"requisition_id": id(REQUISITION)})).decision();
    requisition(scene, &json!([{"needed_by": {"line": 1, "new": null}}])).decision();
}

fn what_was_decided_on_stays(scene: &mut Scene) {
    scene.approved();
    for correction in [
        json!({"requested_for": id(BOB)}),
        json!({"justification": "more"}),
        json!({"description": {"line": 1, "new": "gold"}}),
        json!({"cost_center_id": {"line": 1, "new": id(SALES)}}),
        json!({"project_id": {"line": 1, "new": id(PROJECT)}}),
    ] {
        let outcome = requisition(scene, &json!([correction]));
        outcome.refused("decided-on").fact("current_state", json!("approved"));
    }
}

fn only_the_requester_corrects_what_a_decision_rests_on(scene: &mut Scene) {
    asked_for_bob(scene).sent_by("dora", "asset-manager");
    requisition(scene, &json!([{"justification": "hers"}])).refused("only-by-requester");
    scene.sent_by("gil", "requester");
    requisition(scene, &json!([{"needed_by": {"line": 1, "new": "2026-05-01"}}])).refused("not-found");
}

fn nobody_takes_herself_off_and_approves(scene: &mut Scene) {
    asked_for_bob(scene).sent_by(&id(BOB).to_string(), "asset-manager");
    requisition(scene, &json!([{"requested_for": null}])).refused("only-by-requester");
    let approve = json!({"requisition_id": id(REQUISITION)});
    scene.when("approve-requisition", approve).refused("approver-is-beneficiary");
}

fn a_line_still_says_what_is_meant(scene: &mut Scene) {
    let line = json!({"description": "a desk", "quantity": 1, "estimated_unit_price": euros("400.00")});
    let eve = id(EVE).to_string();
    scene.given_by(&eve, "requisition", id(REQUISITION), "requisition.submitted", json!({"lines": [line]}));
    scene.sent_by(&id(EVE).to_string(), "requester");
    let outcome = requisition(scene, &json!([{"description": {"line": 1, "new": null}}]));
    outcome.refused("model-or-description").at("/corrections/0/description/new");
    requisition(scene, &json!([{"requested_for": id(GONE)}])).refused("unknown-reference");
}

fn a_correction_of_a_line_names_one(scene: &mut Scene) {
    asked_for_bob(scene);
    let outcome = requisition(scene, &json!([{"needed_by": {"line": 2, "new": null}}]));
    outcome.refused("unknown-reference").at("/corrections/0/needed_by/line");
    let twice =
        json!([{"needed_by": {"line": 1, "new": null}}, {"needed_by": {"line": 1, "new": "2026-05-01"}}]);
    requisition(scene, &twice).refused("corrected-twice").at("/corrections/1");
}

fn audit(scene: &mut Scene, corrections: &Value) -> Outcome {
    scene.when("correct-audit", json!({"campaign_id": id(AUDIT), "corrections": corrections}))
}

fn an_audit_is_corrected_before_it_starts_and_after_its_end(scene: &mut Scene) {
    scene.stocked().planned();
    let outcome = audit(scene, &json!([{"name": "Store 2027"}, {"lead_id": id(BOB)}]));
    let changes = json!([{"field": "name", "old": "Store 2026", "new": "Store 2027"},
                         {"field": "lead", "old": null, "new": id(BOB)}]);
    outcome.then("audit_campaign", id(AUDIT), "audit_campaign.corrected", json!({"changes": changes}));
    scene.when("start-audit", json!({"campaign_id": id(AUDIT)})).decision();
    scene.because("moved").when("cancel-audit", json!({"campaign_id": id(AUDIT)})).decision();
    audit(scene, &json!([{"lead_id": null}])).decision();
    audit(scene, &json!([{"lead_id": null}])).refused("nothing-to-correct");
}

fn an_audit_that_runs_is_not_corrected(scene: &mut Scene) {
    scene.running();
    let outcome = audit(scene, &json!([{"name": "Another"}]));
    outcome.refused("invalid-transition").fact("current_state", json!("running"));
}

fn an_audit_is_not_corrected_to_a_lead_who_left(scene: &mut Scene) {
    scene.stocked().planned();
    audit(scene, &json!([{"lead_id": id(GONE)}])).refused("unknown-reference").at("/corrections/0/lead_id");
    let twice = json!([{"name": "One"}, {"name": "Two"}]);
    audit(scene, &twice).refused("corrected-twice").at("/corrections/1");
}
