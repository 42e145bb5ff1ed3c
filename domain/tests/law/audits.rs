//! Planning, starting, closing a physical audit.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::{ASSET, BERLIN, BOB, GONE, LAPTOP_MODEL, NOBODY, STORE, laptop};
use crate::scene::{Outcome, Scene, id, laws};

laws! {
    "plan-audit" Accepted: an_audit_is_planned_for_what_the_filters_name, an_audit_without_a_scope_is_about_all_that_can_be_seen;
    "plan-audit" Refused: a_scope_that_names_what_does_not_exist_is_refused, a_scope_of_too_many_values_is_refused,
        an_audit_is_led_by_somebody_who_is_there, an_audit_is_planned_once;
    "start-audit" Accepted: starting_freezes_the_scope_of_the_plan, a_count_is_held_against_a_day_that_is_over_or_today;
    "start-audit" Refused: what_runs_is_not_started_again, a_count_is_not_held_against_a_day_to_come,
        a_start_does_not_lie_in_the_past, an_audit_that_nobody_knows_is_not_started;
    "close-audit" Accepted: an_audit_of_which_all_is_settled_is_closed_with_its_counts, an_audit_of_nothing_is_closed;
    "close-audit" Refused: what_was_not_seen_stands_in_the_way, what_was_found_elsewhere_stands_in_the_way,
        what_was_not_expected_stands_in_the_way, fewer_expected_than_found_cannot_be, a_closed_audit_stays_closed,
        what_is_only_planned_is_not_closed;
    "cancel-audit" Accepted: an_audit_is_given_up_for_a_reason;
    "cancel-audit" Refused: giving_an_audit_up_asks_for_a_reason, what_is_closed_is_not_given_up;
}

/// The audit of the scenes.
pub(crate) const AUDIT: u128 = 400;
/// A second expected asset, in the store like the first.
pub(crate) const SECOND: u128 = 102;

impl Scene {
    /// Two laptops, LT-1 and LT-3, are in the store.
    pub(crate) fn stocked(&mut self) -> &mut Self {
        self.in_stock_with(json!({"location_id": id(STORE)}));
        let facts = laptop(json!({"tag": "LT-3", "serial": "PF3", "location_id": id(STORE)}));
        self.given("asset", id(SECOND), "asset.registered", json!({"facts": facts}))
    }

    /// An audit of the store is planned.
    pub(crate) fn planned(&mut self) -> &mut Self {
        let plan = json!({"name": "Store 2026", "scope": scope()});
        self.given("audit_campaign", id(AUDIT), "audit_campaign.planned", plan)
    }

    /// An audit of the store, in which two laptops are expected, runs.
    pub(crate) fn running(&mut self) -> &mut Self {
        self.stocked().planned().given(
            "audit_campaign",
            id(AUDIT),
            "audit_campaign.started",
            json!({"scope": scope()}),
        )
    }

    /// Scans the asset of a name, in the store.
    pub(crate) fn scans(&mut self, name: &str) -> Outcome {
        self.when("scan-asset", about(name, json!({"location_id": id(STORE)})))
    }

    fn closes(&mut self, expected: u64) -> Outcome {
        self.when("close-audit", json!({"campaign_id": id(AUDIT), "expected": expected}))
    }
}

pub(crate) fn scope() -> Value {
    json!({"location_ids": [id(STORE)]})
}

/// A scan's body.
pub(crate) fn about(name: &str, more: Value) -> Value {
    crate::fixtures::with(json!({"campaign_id": id(AUDIT), "asset": name}), more)
}

fn audit() -> Value {
    json!({"campaign_id": id(AUDIT)})
}

fn an_audit_is_planned_for_what_the_filters_name(scene: &mut Scene) {
    let plan = json!({"name": "Store 2026", "as_of": "2025-12-31", "lead_id": id(BOB),
                      "scope": {"states": ["in_stock"], "kinds": ["hardware"], "hardware_kinds": ["laptop"],
                                "model_ids": [id(LAPTOP_MODEL)], "location_ids": [id(STORE)],
                                "custodians": [{"person": id(BOB)}], "ownerships": ["owned"]}});
    let outcome = scene.when("plan-audit", plan.clone());
    outcome.then("audit_campaign", outcome.id, "audit_campaign.planned", plan);
}

fn an_audit_without_a_scope_is_about_all_that_can_be_seen(scene: &mut Scene) {
    let outcome = scene.when("plan-audit", json!({"name": "Everything"}));
    outcome.then(
        "audit_campaign",
        outcome.id,
        "audit_campaign.planned",
        json!({"name": "Everything", "scope": {}}),
    );
}

fn a_scope_that_names_what_does_not_exist_is_refused(scene: &mut Scene) {
    for field in ["model_ids", "location_ids", "department_ids", "vendor_ids", "purchase_order_ids"] {
        let outcome = scene.when("plan-audit", json!({"name": "X", "scope": {field: [id(NOBODY)]}}));
        outcome.refused("unknown-reference").at(&format!("/scope/{field}/0"));
    }
}

fn a_scope_of_too_many_values_is_refused(scene: &mut Scene) {
    let outcome =
        scene.when("plan-audit", json!({"name": "X", "scope": {"location_ids": vec![id(STORE); 101]}}));
    outcome.refused("scope-size").at("/scope/location_ids");
    scene
        .when("plan-audit", json!({"name": "X", "scope": {"location_ids": vec![id(STORE); 100]}}))
        .decision();
}

fn an_audit_is_led_by_somebody_who_is_there(scene: &mut Scene) {
    let outcome = scene.when("plan-audit", json!({"name": "X", "lead_id": id(GONE)}));
    outcome.refused("unknown-reference").at("/lead_id");
}

fn an_audit_is_planned_once(scene: &mut Scene) {
    let first = scene.when_again("plan-audit", json!({"name": "X"}), 1_900);
    first.decision();
    scene.when_again("plan-audit", json!({"name": "X"}), 1_900).refused("already-exists");
}

fn starting_freezes_the_scope_of_the_plan(scene: &mut Scene) {
    scene.planned();
    let outcome = scene.when("start-audit", audit());
    outcome.then("audit_campaign", id(AUDIT), "audit_campaign.started", json!({"scope": scope()}));
    assert_eq!(outcome.decision().counters, [], "nothing is counted yet");
}

fn a_count_is_held_against_a_day_that_is_over_or_today(scene: &mut Scene) {
    for day in ["2025-12-31", "2026-02-01"] {
        let plan = scene.when("plan-audit", json!({"name": day, "as_of": day}));
        let outcome = scene.when("start-audit", json!({"campaign_id": plan.id}));
        assert_eq!(outcome.data(0)["as_of"], day);
    }
}

fn what_runs_is_not_started_again(scene: &mut Scene) {
    scene.running();
    let outcome = scene.when("start-audit", audit());
    outcome.refused("invalid-transition").fact("current_state", json!("running"));
}

fn a_count_is_not_held_against_a_day_to_come(scene: &mut Scene) {
    let plan = scene.when("plan-audit", json!({"name": "X", "as_of": "2026-02-02"}));
    scene.when("start-audit", json!({"campaign_id": plan.id})).refused("as-of-in-future");
}

fn a_start_does_not_lie_in_the_past(scene: &mut Scene) {
    scene.planned();
    let outcome = scene.effective("2026-01-15T00:00:00Z").when("start-audit", audit());
    outcome.refused("effective-time-of-start").at("/effective_time");
}

fn an_audit_that_nobody_knows_is_not_started(scene: &mut Scene) {
    let outcome = scene.when("start-audit", json!({"campaign_id": id(NOBODY)}));
    outcome.refused("not-found").at("/campaign_id");
}

fn an_audit_of_which_all_is_settled_is_closed_with_its_counts(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    scene.scans("WHO-KNOWS").decision();
    for name in ["LT-3", "WHO-KNOWS"] {
        let body = json!({"campaign_id": id(AUDIT), "finding": {"asset": name}});
        scene.because("looked everywhere").when("waive-finding", body).decision();
    }
    let outcome = scene.closes(2);
    let counts = json!({"expected": 2, "found": 1, "found_elsewhere": 0, "missing": 1, "unexpected": 1});
    outcome.then("audit_campaign", id(AUDIT), "audit_campaign.closed", counts);
    assert_eq!(outcome.decision().counters.len(), 64, "it counts on every lane, so that no scan slips in");
}

fn an_audit_of_nothing_is_closed(scene: &mut Scene) {
    scene.planned();
    scene.when("start-audit", audit()).decision();
    assert_eq!(scene.closes(0).data(0)["expected"], 0);
}

#[track_caller]
fn unresolved(outcome: &Outcome, unresolved: u64) {
    outcome.refused("findings-unresolved").fact("unresolved", json!(unresolved));
}

fn what_was_not_seen_stands_in_the_way(scene: &mut Scene) {
    scene.running();
    unresolved(&scene.closes(2), 2);
    scene.scans("LT-1").decision();
    let outcome = scene.closes(2);
    unresolved(&outcome, 1);
    outcome.refused("findings-unresolved").fact("missing", json!(1));
}

fn what_was_found_elsewhere_stands_in_the_way(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    scene.when("scan-asset", about("LT-3", json!({"location_id": id(BERLIN)}))).decision();
    unresolved(&scene.closes(2), 1);
    let body = json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-3"}, "resolution": "relocated"});
    scene.when("resolve-finding", body).decision();
    assert_eq!(scene.closes(2).data(0)["found_elsewhere"], 1);
}

fn what_was_not_expected_stands_in_the_way(scene: &mut Scene) {
    scene.running();
    for name in ["LT-1", "LT-3", "WHO-KNOWS"] {
        scene.scans(name).decision();
    }
    unresolved(&scene.closes(2), 1);
}

fn fewer_expected_than_found_cannot_be(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    scene.closes(0).refused("expected-differs").fact("found", json!(1));
}

fn a_closed_audit_stays_closed(scene: &mut Scene) {
    an_audit_of_which_all_is_settled_is_closed_with_its_counts(scene);
    scene.closes(2).refused("invalid-transition").fact("allowed_commands", json!(["correct-audit"]));
}

fn what_is_only_planned_is_not_closed(scene: &mut Scene) {
    scene.planned();
    scene.closes(0).refused("invalid-transition").fact("current_state", json!("planned"));
}

fn an_audit_is_given_up_for_a_reason(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    let outcome = scene.because("the store burnt down").when("cancel-audit", audit());
    outcome.then("audit_campaign", id(AUDIT), "audit_campaign.cancelled", json!({}));
    assert_eq!(outcome.decision().counters.len(), 64);
    scene.scans("LT-3").refused("invalid-transition");
}

fn giving_an_audit_up_asks_for_a_reason(scene: &mut Scene) {
    scene.planned();
    scene.when("cancel-audit", audit()).refused("reason-required").at("/reason");
}

fn what_is_closed_is_not_given_up(scene: &mut Scene) {
    an_audit_of_which_all_is_settled_is_closed_with_its_counts(scene);
    scene.because("too late").when("cancel-audit", audit()).refused("invalid-transition");
}

/// The id of the finding about a thing: what the domain derives for whoever knows no more.
pub(crate) fn finding(subject: &itam_domain::audit_finding::FindingSubject) -> Uuid {
    let campaign = itam_domain::AuditCampaignId(id(AUDIT));
    itam_domain::AuditFindingId::of(campaign, subject).0
}

/// The finding about the asset of most scenes.
pub(crate) fn finding_of_asset() -> Uuid {
    finding(&itam_domain::audit_finding::FindingSubject::Asset(itam_domain::AssetId(id(ASSET))))
}
