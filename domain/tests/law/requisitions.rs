//! Asking, approving, refusing, withdrawing.

use itam_domain::{ApprovalLimit, ApprovalPolicy, Approvers, Currency, Money, Policies};
use serde_json::{Value, json};

use crate::fixtures::{
    BOB, CLOSED_DEPARTMENT, GONE, OLD_MODEL, ORDER, REQUISITION, SALES, euros, requisition_line, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "submit-requisition" Accepted: somebody_asks_for_something;
    "submit-requisition" Refused: a_line_names_a_model_or_describes_it, a_requisition_has_lines_but_not_too_many,
        a_line_asks_for_one_piece_to_a_million, a_total_that_is_too_large_is_refused,
        nobody_asks_for_somebody_who_left, a_line_refers_to_what_is_active, a_requisition_is_submitted_once;
    "approve-requisition" Accepted: another_approves_within_the_limit_of_her_role,
        only_an_unlimited_role_approves_several_currencies, the_policy_says_who_approves_how_much,
        where_the_policy_says_so_any_token_approves;
    "approve-requisition" Refused: nobody_approves_her_own_requisition, nobody_approves_beyond_the_limit_of_her_role,
        a_limit_in_several_currencies_is_one_limit, nobody_approves_what_is_for_her,
        the_same_person_through_a_second_token_is_the_same, a_token_that_is_tied_to_nobody_approves_nothing,
        a_role_without_a_limit_approves_nothing, a_currency_without_a_limit_is_not_approved,
        what_is_approved_is_not_approved_again, a_requisition_that_nobody_knows_is_not_found;
    "reject-requisition" Accepted: a_requisition_is_refused_for_a_reason;
    "reject-requisition" Refused: refusing_asks_for_a_reason, what_is_rejected_is_not_rejected_again;
    "cancel-requisition" Accepted: a_requisition_of_which_nothing_is_ordered_is_withdrawn;
    "cancel-requisition" Refused: what_is_being_ordered_is_not_withdrawn, what_is_withdrawn_stays_withdrawn;
}

fn requisition() -> Value {
    json!({"requisition_id": id(REQUISITION)})
}

fn somebody_asks_for_something(scene: &mut Scene) {
    let described = json!({"description": "a standing desk", "quantity": 1, "estimated_unit_price": euros("400.00"),
                           "needed_by": "2026-04-01", "cost_center_id": id(SALES)});
    let data = json!({"lines": [requisition_line(10), described], "requested_for": id(BOB), "justification": "growth"});
    let outcome = scene.when("submit-requisition", data.clone());
    outcome.then("requisition", outcome.id, "requisition.submitted", data);
}

fn a_line_names_a_model_or_describes_it(scene: &mut Scene) {
    let line = json!({"quantity": 1, "estimated_unit_price": euros("1")});
    let outcome = scene.when("submit-requisition", json!({"lines": [requisition_line(1), line]}));
    outcome.refused("model-or-description").at("/lines/1");
}

fn a_requisition_has_lines_but_not_too_many(scene: &mut Scene) {
    for count in [0, 501] {
        let lines = vec![requisition_line(1); count];
        scene.when("submit-requisition", json!({"lines": lines})).refused("line-count").at("/lines");
    }
    scene.when("submit-requisition", json!({"lines": vec![requisition_line(1); 500]})).decision();
}

fn a_line_asks_for_one_piece_to_a_million(scene: &mut Scene) {
    for quantity in [0, 1_000_001] {
        let outcome = scene.when("submit-requisition", json!({"lines": [requisition_line(quantity)]}));
        outcome.refused("quantity").at("/lines/0/quantity");
    }
}

fn a_total_that_is_too_large_is_refused(scene: &mut Scene) {
    let price = |amount: &str| with(requisition_line(1), json!({"estimated_unit_price": euros(amount)}));
    let huge = "92233720368547758.07";
    for lines in [json!([with(price(huge), json!({"quantity": 2}))]), json!([price(huge), price("0.01")])] {
        let outcome = scene.when("submit-requisition", json!({"lines": lines}));
        outcome.refused("total-too-large").at("/lines");
    }
}

fn nobody_asks_for_somebody_who_left(scene: &mut Scene) {
    let body = json!({"lines": [requisition_line(1)], "requested_for": id(GONE)});
    scene.when("submit-requisition", body).refused("unknown-reference").at("/requested_for");
}

fn a_line_refers_to_what_is_active(scene: &mut Scene) {
    for (field, reference) in [("model_id", OLD_MODEL), ("cost_center_id", CLOSED_DEPARTMENT)] {
        let line = with(requisition_line(1), json!({field: id(reference)}));
        let outcome = scene.when("submit-requisition", json!({"lines": [line]}));
        outcome.refused("unknown-reference").at(&format!("/lines/0/{field}"));
    }
}

fn a_requisition_is_submitted_once(scene: &mut Scene) {
    let body = json!({"lines": [requisition_line(1)]});
    scene.when_again("submit-requisition", body.clone(), 5_000).decision();
    scene.when_again("submit-requisition", body, 5_000).refused("already-exists");
}

fn another_approves_within_the_limit_of_her_role(scene: &mut Scene) {
    scene.submitted().sent_by("dora", "procurement-manager");
    let outcome = scene.when("approve-requisition", requisition());
    let data = json!({"role": "procurement-manager", "totals": [euros("10000.00")]});
    outcome.then("requisition", id(REQUISITION), "requisition.approved", data);
}

fn in_two_currencies(scene: &mut Scene, euro: &str, dollar: &str) {
    let line = |price: Value| with(requisition_line(1), json!({"estimated_unit_price": price}));
    let lines = json!([line(euros(euro)), line(json!({"amount": dollar, "currency": "USD"}))]);
    scene.given("requisition", id(REQUISITION), "requisition.submitted", json!({"lines": lines}));
}

fn only_an_unlimited_role_approves_several_currencies(scene: &mut Scene) {
    in_two_currencies(scene, "5000.00", "5000.00");
    scene.sent_by("dora", "administrator");
    let outcome = scene.when("approve-requisition", requisition());
    let dollars = json!({"amount": "5000.00", "currency": "USD"});
    assert_eq!(outcome.data(0)["totals"], json!([euros("5000.00"), dollars]));
}

fn a_limit_in_several_currencies_is_one_limit(scene: &mut Scene) {
    in_two_currencies(scene, "5000.00", "5000.00");
    scene.sent_by("dora", "asset-manager");
    let dollars = json!({"amount": "5000.00", "currency": "USD"});
    let outcome = scene.when("approve-requisition", requisition());
    outcome.refused("mixed-currencies").fact("totals", json!([euros("5000.00"), dollars]));
}

fn for_bob(scene: &mut Scene) {
    let data = json!({"lines": [requisition_line(1)], "requested_for": id(BOB)});
    scene.given("requisition", id(REQUISITION), "requisition.submitted", data);
}

fn nobody_approves_what_is_for_her(scene: &mut Scene) {
    for_bob(scene);
    scene.sent_by(&id(BOB).to_string(), "administrator");
    scene.when("approve-requisition", requisition()).refused("approver-is-beneficiary");
    scene.sent_by("dora", "administrator");
    scene.when("approve-requisition", requisition()).decision();
}

/// Tokens of one person name her alike, so it does not matter which role the other one has.
fn the_same_person_through_a_second_token_is_the_same(scene: &mut Scene) {
    let lines = json!({"lines": [requisition_line(1)]});
    let person = id(BOB).to_string();
    scene.given_by(&person, "requisition", id(REQUISITION), "requisition.submitted", lines);
    scene.sent_by(&person, "financial-analyst");
    scene.when("approve-requisition", requisition()).refused("approver-is-requester");
}

fn a_token_that_is_tied_to_nobody_approves_nothing(scene: &mut Scene) {
    scene.submitted().sent_by_program("token-2", "administrator");
    scene.when("approve-requisition", requisition()).refused("approver-is-nobody");
}

fn where_the_policy_says_so_any_token_approves(scene: &mut Scene) {
    let approval = ApprovalPolicy { approvers: Approvers::AnyToken, ..ApprovalPolicy::default() };
    scene.submitted().policies(Policies { approval, ..Policies::default() });
    scene.sent_by_program("carl", "administrator");
    scene.when("approve-requisition", requisition()).refused("approver-is-requester");
    scene.sent_by_program("token-2", "administrator");
    scene.when("approve-requisition", requisition()).decision();
}

fn the_policy_says_who_approves_how_much(scene: &mut Scene) {
    let euros = Money::parse("10000", Currency::try_new("EUR").expect("euro")).expect("amount");
    let roles = [("financial-analyst".to_owned(), ApprovalLimit::UpTo(vec![euros]))];
    scene.submitted().policies(Policies {
        approval: ApprovalPolicy { roles: roles.into_iter().collect(), ..ApprovalPolicy::default() },
        ..Policies::default()
    });
    scene.sent_by("dora", "administrator");
    scene.when("approve-requisition", requisition()).refused("beyond-approval-limit");
    scene.sent_by("dora", "financial-analyst");
    scene.when("approve-requisition", requisition()).decision();
}

fn nobody_approves_her_own_requisition(scene: &mut Scene) {
    scene.submitted().sent_by("carl", "administrator");
    scene.when("approve-requisition", requisition()).refused("approver-is-requester");
}

fn nobody_approves_beyond_the_limit_of_her_role(scene: &mut Scene) {
    scene.submitted().sent_by("dora", "asset-manager");
    let outcome = scene.when("approve-requisition", requisition());
    outcome.refused("beyond-approval-limit").fact("total", euros("10000.00"));
}

fn a_role_without_a_limit_approves_nothing(scene: &mut Scene) {
    scene.submitted().policies(Policies {
        approval: ApprovalPolicy { roles: std::collections::BTreeMap::new(), ..ApprovalPolicy::default() },
        ..Policies::default()
    });
    scene.sent_by("dora", "asset-manager");
    scene.when("approve-requisition", requisition()).refused("beyond-approval-limit");
}

fn a_currency_without_a_limit_is_not_approved(scene: &mut Scene) {
    let price = json!({"estimated_unit_price": {"amount": "1", "currency": "KWD"}});
    let lines = json!([requisition_line(1), with(requisition_line(1), price)]);
    scene.given("requisition", id(REQUISITION), "requisition.submitted", json!({"lines": lines}));
    scene.sent_by("dora", "financial-analyst");
    let outcome = scene.when("approve-requisition", requisition());
    outcome.refused("beyond-approval-limit").fact("total", json!({"amount": "1.000", "currency": "KWD"}));
}

fn what_is_approved_is_not_approved_again(scene: &mut Scene) {
    scene.approved();
    let outcome = scene.when("approve-requisition", requisition());
    outcome.refused("invalid-transition").fact("current_state", json!("approved")).fact(
        "allowed_commands",
        json!(["issue-purchase-order", "correct-requisition", "cancel-requisition"]),
    );
}

fn a_requisition_that_nobody_knows_is_not_found(scene: &mut Scene) {
    for command in ["approve-requisition", "reject-requisition", "cancel-requisition"] {
        scene.when(command, requisition()).refused("not-found").at("/requisition_id");
    }
}

fn a_requisition_is_refused_for_a_reason(scene: &mut Scene) {
    scene.submitted().because("no budget");
    let outcome = scene.when("reject-requisition", requisition());
    outcome.then("requisition", id(REQUISITION), "requisition.rejected", json!({}));
}

fn refusing_asks_for_a_reason(scene: &mut Scene) {
    scene.submitted();
    scene.when("reject-requisition", requisition()).refused("reason-required").at("/reason");
}

fn what_is_rejected_is_not_rejected_again(scene: &mut Scene) {
    scene.submitted().given("requisition", id(REQUISITION), "requisition.rejected", json!({}));
    let outcome = scene.when("reject-requisition", requisition());
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("rejected"))
        .fact("allowed_commands", json!(["correct-requisition"]));
}

fn a_requisition_of_which_nothing_is_ordered_is_withdrawn(scene: &mut Scene) {
    scene.ordered_for_requisition();
    scene.when("cancel-purchase-order", json!({"purchase_order_id": id(ORDER)})).decision();
    let outcome = scene.when("cancel-requisition", requisition());
    outcome.then("requisition", id(REQUISITION), "requisition.cancelled", json!({}));
}

fn what_is_being_ordered_is_not_withdrawn(scene: &mut Scene) {
    scene.ordered_for_requisition();
    scene.when("cancel-requisition", requisition()).refused("being-ordered");
}

fn what_is_withdrawn_stays_withdrawn(scene: &mut Scene) {
    scene.submitted();
    scene.when("cancel-requisition", requisition()).decision();
    scene.when("cancel-requisition", requisition()).refused("invalid-transition");
    let outcome = scene.when("approve-requisition", requisition());
    outcome.refused("invalid-transition").fact("current_state", json!("cancelled"));
}
