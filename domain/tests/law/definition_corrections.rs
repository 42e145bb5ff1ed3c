//! Corrections of models, locations, vendors, departments and projects: what may be defined may be corrected.

use itam_domain::{CorrectedFact, GuardName};
use serde_json::{Value, json};

use crate::fixtures::{
    BERLIN, CLOSED_DEPARTMENT, CLOSED_SITE, CLOSED_VENDOR, LAPTOP_MODEL, NOBODY, SALES, STORE, VENDOR, with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "correct-vendor" Accepted: a_correction_of_a_vendor_names_the_old_and_the_new_reading,
        a_correction_reaches_back_behind_the_last_thing_that_happened, a_corrected_name_is_held_and_the_wrong_one_free;
    "correct-vendor" Refused: a_vendor_that_reads_the_same_is_not_corrected, a_correction_takes_no_other_vendor_s_name,
        a_vendor_that_nobody_knows_is_not_corrected, a_correction_is_of_no_time_to_come,
        who_may_not_define_a_vendor_may_not_correct_one;
    "correct-location" Accepted: a_corrected_parent_is_guarded,
        a_location_of_a_closed_parent_may_still_be_corrected;
    "correct-location" Refused: a_correction_makes_no_location_part_of_itself,
        a_correction_moves_nothing_to_a_closed_location;
    "correct-department" Accepted: a_department_s_cost_center_is_corrected;
    "correct-department" Refused: a_correction_makes_no_department_part_of_itself;
    "correct-model" Accepted: a_model_s_number_is_corrected;
    "correct-model" Refused: what_assets_copy_from_a_model_is_not_corrected;
    "correct-project" Accepted: a_project_s_code_is_corrected;
    "correct-project" Refused: a_correction_lets_no_project_end_before_it_begins,
        a_correction_gives_no_project_to_a_closed_department;
}

fn a_correction_of_a_vendor_names_the_old_and_the_new_reading(scene: &mut Scene) {
    let outcome = scene.when("correct-vendor", json!({"vendor_id": id(VENDOR), "name": "Bechtle AG"}));
    let data = json!({"old": {"name": "Bechtle", "standing": "active"},
                      "new": {"name": "Bechtle AG", "standing": "active"}});
    outcome.then("vendor", id(VENDOR), "vendor.corrected", data);
    assert!(!outcome.decision().ends_reference);
    let (_, event) = &outcome.decision().events[0];
    let fact = CorrectedFact { field: "name".to_owned(), old: json!("Bechtle"), new: json!("Bechtle AG") };
    assert_eq!(event.corrected_facts(), [fact]);
    let closed = json!({"vendor_id": id(VENDOR), "name": "Bechtle AG", "standing": "inactive"});
    let outcome = scene.when("correct-vendor", closed);
    assert!(outcome.decision().ends_reference, "whoever refers to it at the same moment must notice");
}

fn a_correction_reaches_back_behind_the_last_thing_that_happened(scene: &mut Scene) {
    let renamed = |name: &str| json!({"vendor_id": id(VENDOR), "name": name});
    scene.when("define-vendor", renamed("Bechtle AG")).decision();
    scene
        .effective("2026-01-10T00:00:00Z")
        .when("define-vendor", renamed("B"))
        .refused("effective-time-before-last");
    scene.effective("2026-01-10T00:00:00Z").when("correct-vendor", renamed("B")).decision();
    scene
        .effective("2026-01-20T00:00:00Z")
        .when("define-vendor", renamed("C"))
        .refused("effective-time-before-last");
}

fn a_corrected_name_is_held_and_the_wrong_one_free(scene: &mut Scene) {
    scene.when("correct-vendor", json!({"vendor_id": id(VENDOR), "name": "Bechtle AG"})).decision();
    scene.when("define-vendor", json!({"name": "bechtle ag"})).refused("name-held");
    scene.when("define-vendor", json!({"name": "Bechtle"})).decision();
}

fn a_vendor_that_reads_the_same_is_not_corrected(scene: &mut Scene) {
    let outcome = scene.when("correct-vendor", json!({"vendor_id": id(VENDOR), "name": "Bechtle"}));
    outcome.refused("nothing-to-correct");
}

fn a_correction_takes_no_other_vendor_s_name(scene: &mut Scene) {
    let outcome = scene.when("correct-vendor", json!({"vendor_id": id(VENDOR), "name": "ESCOM"}));
    outcome.refused("name-held").fact("holder", json!(id(CLOSED_VENDOR)));
}

fn a_vendor_that_nobody_knows_is_not_corrected(scene: &mut Scene) {
    let outcome = scene.when("correct-vendor", json!({"vendor_id": id(NOBODY), "name": "Bechtle AG"}));
    outcome.refused("not-found").at("/vendor_id");
    assert!(outcome.rejection().detail.starts_with("there is no vendor"));
}

fn a_correction_is_of_no_time_to_come(scene: &mut Scene) {
    let body = json!({"vendor_id": id(VENDOR), "name": "Bechtle AG"});
    scene.effective("2027-01-01T00:00:00Z").when("correct-vendor", body).refused("effective-time-in-future");
}

fn who_may_not_define_a_vendor_may_not_correct_one(scene: &mut Scene) {
    let body = json!({"vendor_id": id(VENDOR), "name": "Bechtle AG"});
    for role in ["requester", "auditor", "asset-analyst", "financial-analyst", "compliance-officer"] {
        scene.sent_by("eve", role).when("correct-vendor", body.clone()).refused("role-may-not");
    }
}

fn a_corrected_parent_is_guarded(scene: &mut Scene) {
    let body = json!({"location_id": id(STORE), "name": "Store", "parent_id": id(BERLIN)});
    let outcome = scene.when("correct-location", body.clone());
    assert_eq!(outcome.decision().guards, [GuardName::LocationTree]);
    let outcome = scene.when("correct-location", with(body, json!({"notes": "locked"})));
    assert_eq!(outcome.decision().guards, []);
}

fn a_location_of_a_closed_parent_may_still_be_corrected(scene: &mut Scene) {
    let room = json!({"name": "Room", "kind": "room", "parent_id": id(CLOSED_SITE), "standing": "active"});
    scene.given("location", id(50), "location.defined", room.clone());
    let body = with(room, json!({"location_id": id(50), "name": "Room 1"}));
    scene.when("correct-location", body).decision();
}

fn a_correction_makes_no_location_part_of_itself(scene: &mut Scene) {
    let room = scene.when("define-location", json!({"name": "Room", "parent_id": id(STORE)})).id;
    for parent in [id(STORE), room] {
        let body = json!({"location_id": id(STORE), "name": "Store", "parent_id": parent});
        scene.when("correct-location", body).refused("circle").at("/parent_id");
    }
}

fn a_correction_moves_nothing_to_a_closed_location(scene: &mut Scene) {
    for parent in [NOBODY, CLOSED_SITE] {
        let body = json!({"location_id": id(STORE), "name": "Store", "parent_id": id(parent)});
        scene.when("correct-location", body).refused("unknown-reference").at("/parent_id");
    }
}

fn a_department_s_cost_center_is_corrected(scene: &mut Scene) {
    let body = json!({"department_id": id(SALES), "name": "Sales", "cost_center": "4100"});
    let outcome = scene.when("correct-department", body);
    assert_eq!(outcome.data(0)["new"]["cost_center"], "4100");
    assert_eq!(outcome.data(0)["old"].get("cost_center"), None);
}

fn a_correction_makes_no_department_part_of_itself(scene: &mut Scene) {
    let body = json!({"department_id": id(SALES), "name": "Sales", "parent_id": id(SALES)});
    scene.when("correct-department", body).refused("circle").at("/parent_id");
}

fn laptop() -> Value {
    json!({"model_id": id(LAPTOP_MODEL), "name": "T14", "kind": "hardware", "hardware_kind": "laptop",
           "manufacturer": "Lenovo"})
}

fn a_model_s_number_is_corrected(scene: &mut Scene) {
    let outcome = scene.when("correct-model", with(laptop(), json!({"model_number": "21ML"})));
    assert_eq!(outcome.data(0)["new"]["model_number"], "21ML");
}

fn what_assets_copy_from_a_model_is_not_corrected(scene: &mut Scene) {
    let outcome = scene.when("correct-model", with(laptop(), json!({"manufacturer": "Dell"})));
    outcome.refused("fixed-once-defined").at("/manufacturer");
}

fn a_project_s_code_is_corrected(scene: &mut Scene) {
    let project = scene.when("define-project", json!({"code": "P-1", "name": "Move"})).id;
    let outcome =
        scene.when("correct-project", json!({"project_id": project, "code": "P-2", "name": "Move"}));
    assert_eq!(outcome.data(0)["new"]["code"], "P-2");
    scene.when("define-project", json!({"code": "P-2", "name": "Other"})).refused("code-held");
}

fn a_correction_lets_no_project_end_before_it_begins(scene: &mut Scene) {
    let project = scene.when("define-project", json!({"code": "P-1", "name": "Move"})).id;
    let body = json!({"project_id": project, "code": "P-1", "name": "Move", "active_from": "2026-02-02",
                      "active_until": "2026-02-01"});
    scene.when("correct-project", body).refused("ends-before-it-begins");
}

fn a_correction_gives_no_project_to_a_closed_department(scene: &mut Scene) {
    let project = scene.when("define-project", json!({"code": "P-1", "name": "Move"})).id;
    let body =
        json!({"project_id": project, "code": "P-1", "name": "Move", "department_id": id(CLOSED_DEPARTMENT)});
    scene.when("correct-project", body).refused("unknown-reference").at("/department_id");
}
