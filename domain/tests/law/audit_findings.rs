//! Scanning during a physical audit, and settling what it found.

use itam_domain::Tag;
use itam_domain::audit_finding::FindingSubject;
use serde_json::json;

use crate::audits::{AUDIT, SECOND, about, finding, finding_of_asset};
use crate::fixtures::{ASSET, BERLIN, BOB, CLOSED_SITE, NOBODY, OTHER, STORE, asset_id, laptop};
use crate::scene::{Scene, id, laws};

laws! {
    "scan-asset" Accepted: a_scan_finds_an_asset_and_verifies_it, a_scan_elsewhere_says_where_it_was_expected,
        a_scan_without_a_place_finds_what_is_expected, an_asset_beyond_the_scope_is_unexpected,
        an_asset_that_came_after_the_start_is_unexpected, a_label_that_nothing_bears_is_unexpected,
        a_serial_number_names_an_asset_within_its_maker, what_left_the_scope_after_the_start_is_still_expected,
        a_state_that_takes_no_verification_is_scanned_only, a_scan_that_comes_late_does_not_verify,
        the_last_scan_counts_and_opens_what_was_settled, a_count_is_held_against_the_register_of_its_day;
    "scan-asset" Refused: nothing_is_scanned_before_the_start, what_was_seen_before_the_start_says_nothing,
        an_id_that_nothing_has_is_not_found_in_a_scan, a_scan_names_an_active_place_and_a_known_person,
        a_placeholder_serial_names_nothing, nothing_is_scanned_after_the_end;
    "resolve-finding" Accepted: a_missing_asset_is_resolved_once_the_register_says_so, a_finding_is_named_by_its_id;
    "resolve-finding" Refused: a_finding_of_another_audit_is_not_found, what_was_found_needs_no_resolution,
        what_is_settled_is_not_settled_again, an_asset_is_reported_missing_in_the_register_first,
        what_is_neither_expected_nor_found_is_no_finding;
    "correct-finding" Accepted: a_corrected_place_changes_the_verdict, a_correction_leaves_settled_what_was_settled,
        what_is_not_expected_stays_unexpected_wherever_it_was_seen;
    "correct-finding" Refused: what_nobody_scanned_is_not_corrected, nothing_is_corrected_after_the_end,
        a_correction_names_an_active_place_and_a_known_person, a_finding_that_reads_the_same_is_not_corrected;
    "waive-finding" Accepted: a_finding_is_let_stand_for_a_reason;
    "waive-finding" Refused: letting_stand_asks_for_a_reason;
}

fn a_scan_finds_an_asset_and_verifies_it(scene: &mut Scene) {
    scene.running();
    let body = about("lt-1", json!({"location_id": id(STORE), "condition": "good", "scanned_by": id(BOB)}));
    let scanned = json!({"campaign_id": id(AUDIT), "subject": {"asset": id(ASSET)}, "verdict": "found",
                         "expected_location_id": id(STORE), "location_id": id(STORE), "condition": "good",
                         "scanned_by": id(BOB)});
    let verified = json!({"location_id": id(STORE), "condition": "good", "campaign_id": id(AUDIT)});
    let outcome = scene.when("scan-asset", body);
    outcome.then_all(&[
        ("audit_finding", finding_of_asset(), "audit_finding.scanned", scanned),
        ("asset", id(ASSET), "asset.verified", verified),
    ]);
    assert_eq!(outcome.decision().counters.len(), 1, "it counts on one lane of many");
}

fn a_scan_elsewhere_says_where_it_was_expected(scene: &mut Scene) {
    scene.running();
    let outcome = scene.when("scan-asset", about("LT-1", json!({"location_id": id(BERLIN)})));
    assert_eq!(outcome.data(0)["verdict"], "found_elsewhere");
    assert_eq!(outcome.data(0)["expected_location_id"], json!(id(STORE)));
    assert_eq!(outcome.data(1)["location_id"], json!(id(BERLIN)), "the register follows");
}

fn a_scan_without_a_place_finds_what_is_expected(scene: &mut Scene) {
    scene.running();
    let outcome = scene.when("scan-asset", about("LT-1", json!({})));
    assert_eq!(outcome.data(0)["verdict"], "found");
}

fn an_asset_beyond_the_scope_is_unexpected(scene: &mut Scene) {
    scene.other_in_stock().running();
    let outcome = scene.scans("LT-2");
    assert_eq!(outcome.data(0)["verdict"], "unexpected");
    assert_eq!(outcome.touched()[1].id, id(OTHER), "it is verified all the same");
}

fn an_asset_that_came_after_the_start_is_unexpected(scene: &mut Scene) {
    scene.running();
    let facts = laptop(json!({"tag": "LT-9", "location_id": id(STORE)}));
    scene.given("asset", id(109), "asset.registered", json!({"facts": facts}));
    assert_eq!(scene.scans("LT-9").data(0)["verdict"], "unexpected");
}

fn a_label_that_nothing_bears_is_unexpected(scene: &mut Scene) {
    scene.running();
    let unknown =
        FindingSubject::Tag(Tag(itam_domain::ShortText::try_new("NEW-1").expect("a text of that length")));
    for spelling in ["NEW-1", " new-1 "] {
        let outcome = scene.scans(spelling);
        assert_eq!(outcome.data(0)["verdict"], "unexpected");
        assert_eq!(outcome.touched()[0].id, finding(&unknown), "one finding, however it is written");
        assert_eq!(outcome.touched().len(), 1);
    }
}

fn a_serial_number_names_an_asset_within_its_maker(scene: &mut Scene) {
    scene.running();
    let body = |maker: &str| {
        json!({"campaign_id": id(AUDIT), "asset": {"serial": "pf1", "manufacturer": maker},
               "location_id": id(STORE)})
    };
    let outcome = scene.when("scan-asset", body("LENOVO"));
    assert_eq!(outcome.touched()[0].id, finding_of_asset());
    let outcome = scene.when("scan-asset", body("Dell"));
    assert_eq!(outcome.data(0)["subject"], json!({"serial": {"serial": "pf1", "manufacturer": "Dell"}}));
}

fn what_left_the_scope_after_the_start_is_still_expected(scene: &mut Scene) {
    scene.running();
    scene.asset("asset.shipped", json!({"destination_id": id(BERLIN)}));
    let outcome = scene.when("scan-asset", about("LT-1", json!({"location_id": id(BERLIN)})));
    assert_eq!(outcome.data(0)["verdict"], "found_elsewhere");
}

fn a_state_that_takes_no_verification_is_scanned_only(scene: &mut Scene) {
    scene.running();
    scene.asset("asset.reported_missing", json!({"loss": "lost"}));
    let outcome = scene.scans("LT-1");
    assert_eq!(outcome.data(0)["verdict"], "found");
    assert_eq!(outcome.touched().len(), 1, "recover-asset says in the register that it is there again");
}

fn a_scan_that_comes_late_does_not_verify(scene: &mut Scene) {
    scene.running();
    scene.when("verify-asset", json!({"asset": "LT-1", "location_id": id(BERLIN)})).decision();
    let outcome = scene.effective("2026-01-20T00:00:00Z").scans("LT-1");
    assert_eq!(outcome.data(0)["verdict"], "found");
    assert_eq!(outcome.touched().len(), 1, "the register knows of something later");
}

fn the_last_scan_counts_and_opens_what_was_settled(scene: &mut Scene) {
    scene.running();
    let settled = json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-1"}});
    scene.because("lost in the move").when("waive-finding", settled.clone()).decision();
    scene.when("scan-asset", about("LT-1", json!({"location_id": id(BERLIN)}))).decision();
    scene.scans("LT-3").decision();
    let close = json!({"campaign_id": id(AUDIT), "expected": 2});
    let outcome = scene.when("close-audit", close.clone());
    outcome.refused("findings-unresolved").fact("found_elsewhere", json!(1)).fact("missing", json!(0));
    scene.scans("LT-1").decision();
    assert_eq!(scene.when("close-audit", close).data(0)["found"], 2);
}

fn a_count_is_held_against_the_register_of_its_day(scene: &mut Scene) {
    scene.stocked();
    let moved = json!({"asset": "LT-1", "location_id": id(BERLIN)});
    scene.effective("2026-01-10T00:00:00Z").when("verify-asset", moved).decision();
    for (day, verdict) in [("2026-01-09", "found_elsewhere"), ("2026-01-10", "unexpected")] {
        let plan =
            scene.when("plan-audit", json!({"name": day, "as_of": day, "scope": crate::audits::scope()}));
        scene.when("start-audit", json!({"campaign_id": plan.id})).decision();
        let scan = json!({"campaign_id": plan.id, "asset": "LT-1", "location_id": id(BERLIN)});
        assert_eq!(scene.when("scan-asset", scan).data(0)["verdict"], verdict, "{day}");
    }
}

fn nothing_is_scanned_before_the_start(scene: &mut Scene) {
    scene.stocked().planned();
    scene.scans("LT-1").refused("invalid-transition").fact("current_state", json!("planned"));
}

fn what_was_seen_before_the_start_says_nothing(scene: &mut Scene) {
    scene.running();
    let outcome = scene.effective("2025-12-31T23:59:59Z").scans("LT-1");
    outcome.refused("effective-time-before-start").fact("started_at", json!("2026-01-01T00:00:00.000Z"));
}

fn an_id_that_nothing_has_is_not_found_in_a_scan(scene: &mut Scene) {
    scene.running();
    scene.scans(&id(NOBODY).to_string()).refused("not-found").at("/asset");
}

fn a_scan_names_an_active_place_and_a_known_person(scene: &mut Scene) {
    scene.running();
    let outcome = scene.when("scan-asset", about("LT-1", json!({"location_id": id(CLOSED_SITE)})));
    outcome.refused("unknown-reference").at("/location_id");
    let outcome = scene.when("scan-asset", about("LT-1", json!({"scanned_by": id(NOBODY)})));
    outcome.refused("unknown-reference").at("/scanned_by");
}

fn a_placeholder_serial_names_nothing(scene: &mut Scene) {
    scene.running();
    let body = json!({"campaign_id": id(AUDIT), "asset": {"serial": "To be filled by O.E.M."}});
    scene.when("scan-asset", body).refused("serial-placeholder").at("/asset/serial");
}

fn nothing_is_scanned_after_the_end(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    scene.scans("LT-3").decision();
    scene.when("close-audit", json!({"campaign_id": id(AUDIT), "expected": 2})).decision();
    scene.scans("LT-1").refused("invalid-transition").fact("current_state", json!("closed"));
}

fn a_missing_asset_is_resolved_once_the_register_says_so(scene: &mut Scene) {
    scene.running();
    scene.when("report-missing", json!({"asset": "LT-3", "loss": "not_found"})).decision();
    let subject = FindingSubject::Asset(itam_domain::AssetId(id(SECOND)));
    let body =
        json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-3"}, "resolution": "reported_missing"});
    let resolved = json!({"campaign_id": id(AUDIT), "subject": {"asset": id(SECOND)}, "verdict": "missing",
                          "resolution": "reported_missing"});
    let outcome = scene.when("resolve-finding", body);
    outcome.then("audit_finding", finding(&subject), "audit_finding.resolved", resolved);
}

fn a_finding_is_named_by_its_id(scene: &mut Scene) {
    scene.running();
    let scan = scene.scans("NEW-1");
    let found = scan.touched()[0].id;
    let facts = laptop(json!({"tag": "NEW-1", "location_id": id(STORE)}));
    scene.given("asset", id(109), "asset.registered", json!({"facts": facts}));
    let by_tag = json!({"campaign_id": id(AUDIT), "finding": {"asset": "NEW-1"}, "resolution": "registered"});
    scene.when("resolve-finding", by_tag).refused("not-found");
    let by_id = json!({"campaign_id": id(AUDIT), "finding": {"id": found}, "resolution": "registered"});
    assert_eq!(scene.when("resolve-finding", by_id).data(0)["subject"], json!({"tag": "NEW-1"}));
}

fn resolution(finding: &serde_json::Value) -> serde_json::Value {
    json!({"campaign_id": id(AUDIT), "finding": finding, "resolution": "explained"})
}

fn a_finding_of_another_audit_is_not_found(scene: &mut Scene) {
    scene.running();
    let other = scene.when("plan-audit", json!({"name": "Another"}));
    scene.when("start-audit", json!({"campaign_id": other.id})).decision();
    let scan = scene.when("scan-asset", json!({"campaign_id": other.id, "asset": "NEW-1"}));
    let outcome = scene.when("resolve-finding", resolution(&json!({"id": scan.touched()[0].id})));
    outcome.refused("not-found").at("/finding/id");
}

fn what_was_found_needs_no_resolution(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    let outcome = scene.when("resolve-finding", resolution(&json!({"asset": "LT-1"})));
    outcome.refused("finding-settled").fact("verdict", json!("found"));
}

fn what_is_settled_is_not_settled_again(scene: &mut Scene) {
    scene.running();
    scene.when("resolve-finding", resolution(&json!({"asset": "LT-1"}))).decision();
    scene.when("resolve-finding", resolution(&json!({"asset": asset_id()}))).refused("finding-settled");
}

fn an_asset_is_reported_missing_in_the_register_first(scene: &mut Scene) {
    scene.running();
    let body =
        json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-1"}, "resolution": "reported_missing"});
    scene
        .when("resolve-finding", body)
        .refused("not-reported-missing")
        .fact("current_state", json!("in_stock"));
}

fn what_is_neither_expected_nor_found_is_no_finding(scene: &mut Scene) {
    scene.other_in_stock().running();
    for name in ["LT-2", "NOTHING-BEARS-THIS"] {
        let outcome = scene.when("resolve-finding", resolution(&json!({"asset": name})));
        outcome.refused("not-found").at("/finding/asset");
    }
}

fn a_finding_is_let_stand_for_a_reason(scene: &mut Scene) {
    scene.running();
    let body = json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-1"}});
    let waived = json!({"campaign_id": id(AUDIT), "subject": {"asset": id(ASSET)}, "verdict": "missing"});
    let outcome = scene.because("given away, see minutes").when("waive-finding", body);
    outcome.then("audit_finding", finding_of_asset(), "audit_finding.waived", waived);
}

fn letting_stand_asks_for_a_reason(scene: &mut Scene) {
    scene.running();
    let body = json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-1"}});
    scene.when("waive-finding", body).refused("reason-required").at("/reason");
}

fn correction(finding: &serde_json::Value, corrections: &serde_json::Value) -> serde_json::Value {
    json!({"campaign_id": id(AUDIT), "finding": finding, "corrections": corrections})
}

fn a_corrected_place_changes_the_verdict(scene: &mut Scene) {
    scene.running();
    scene.when("scan-asset", about("LT-1", json!({"location_id": id(BERLIN)}))).decision();
    let body = correction(
        &json!({"asset": "LT-1"}),
        &json!([{"location_id": id(STORE)}, {"condition": "good"}, {"scanned_by": id(BOB)}]),
    );
    let outcome = scene.when("correct-finding", body);
    let corrected = json!({"campaign_id": id(AUDIT), "subject": {"asset": id(ASSET)}, "verdict": "found", "changes": [
        {"field": "location", "old": id(BERLIN), "new": id(STORE)},
        {"field": "condition", "old": null, "new": "good"},
        {"field": "scanned_by", "old": null, "new": id(BOB)},
    ]});
    outcome.then("audit_finding", finding_of_asset(), "audit_finding.corrected", corrected);
    scene.scans("LT-3").decision();
    let close = json!({"campaign_id": id(AUDIT), "expected": 2});
    assert_eq!(scene.when("close-audit", close).data(0)["found"], 2, "the lanes followed");
}

fn a_correction_leaves_settled_what_was_settled(scene: &mut Scene) {
    scene.running();
    scene.when("scan-asset", about("LT-1", json!({"location_id": id(BERLIN)}))).decision();
    let named = json!({"id": finding_of_asset()});
    scene.when("resolve-finding", resolution(&named)).decision();
    let body = correction(&named, &json!([{"condition": "broken"}]));
    assert_eq!(scene.when("correct-finding", body).data(0)["verdict"], "found_elsewhere");
    scene.when("resolve-finding", resolution(&named)).refused("finding-settled");
}

fn what_is_not_expected_stays_unexpected_wherever_it_was_seen(scene: &mut Scene) {
    scene.running();
    scene.scans("NEW-1").decision();
    let body = correction(&json!({"asset": "new-1"}), &json!([{"location_id": id(BERLIN)}]));
    assert_eq!(scene.when("correct-finding", body).data(0)["verdict"], "unexpected");
}

fn what_nobody_scanned_is_not_corrected(scene: &mut Scene) {
    scene.running();
    let body = |name: &str| correction(&json!({"asset": name}), &json!([{"condition": "good"}]));
    scene.when("correct-finding", body("LT-1")).refused("not-scanned");
    scene.when("correct-finding", body("NOTHING-BEARS-THIS")).refused("not-found").at("/finding/asset");
    scene
        .because("lost")
        .when("waive-finding", json!({"campaign_id": id(AUDIT), "finding": {"asset": "LT-1"}}));
    scene.when("correct-finding", body("LT-1")).refused("not-scanned");
}

fn nothing_is_corrected_after_the_end(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    scene.because("moved").when("cancel-audit", json!({"campaign_id": id(AUDIT)})).decision();
    let body = correction(&json!({"id": finding_of_asset()}), &json!([{"condition": "good"}]));
    scene
        .when("correct-finding", body)
        .refused("invalid-transition")
        .fact("current_state", json!("cancelled"));
}

fn a_correction_names_an_active_place_and_a_known_person(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    for (correction_of, pointer) in [
        (json!({"location_id": id(CLOSED_SITE)}), "/corrections/0/location_id"),
        (json!({"scanned_by": id(NOBODY)}), "/corrections/0/scanned_by"),
    ] {
        let body = correction(&json!({"asset": "LT-1"}), &json!([correction_of]));
        scene.when("correct-finding", body).refused("unknown-reference").at(pointer);
    }
    let body = correction(&json!({"asset": "LT-1"}), &json!([{"condition": "good"}]));
    let outcome = scene.effective("2025-12-31T23:59:59Z").when("correct-finding", body);
    outcome.refused("effective-time-before-start");
}

fn a_finding_that_reads_the_same_is_not_corrected(scene: &mut Scene) {
    scene.running();
    scene.scans("LT-1").decision();
    let body = correction(&json!({"asset": "LT-1"}), &json!([{"location_id": id(STORE)}]));
    scene.when("correct-finding", body).refused("nothing-to-correct");
}
