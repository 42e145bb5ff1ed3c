//! Models, locations, vendors, departments and persons.

use itam_domain::GuardName;
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{
    BERLIN, BOB, CLOSED_DEPARTMENT, CLOSED_SITE, GONE, LAPTOP_MODEL, NOBODY, SALES, STORE, VENDOR, person,
    with,
};
use crate::scene::{Scene, id, laws};

laws! {
    "define-model" Accepted: a_model_is_defined_and_defined_anew, a_model_usually_bears_data_as_its_kind_does,
        two_models_of_one_name_differ_in_maker_or_number;
    "define-model" Refused: what_assets_copy_from_a_model_is_fixed_once_defined, only_hardware_has_a_hardware_kind,
        a_model_of_the_same_maker_name_and_number_exists_once, a_model_that_reads_the_same_is_not_defined;
    "define-location" Accepted: a_location_is_part_of_another, moving_a_location_is_guarded,
        a_location_of_an_inactive_parent_may_still_be_changed;
    "define-location" Refused: a_location_is_not_part_of_itself, locations_nest_sixteen_deep,
        a_location_s_name_is_unique_within_its_parent, a_parent_exists_and_is_active,
        a_location_that_reads_the_same_is_not_defined;
    "define-vendor" Accepted: a_vendor_is_defined_and_made_inactive;
    "define-vendor" Refused: a_vendor_s_name_is_unique, a_vendor_that_reads_the_same_is_not_defined;
    "define-department" Accepted: a_department_is_part_of_another, moving_a_department_is_guarded;
    "define-department" Refused: a_department_is_not_part_of_itself, departments_nest_sixteen_deep,
        a_department_s_name_is_unique, a_department_that_reads_the_same_is_not_defined,
        a_new_department_has_an_active_parent;
    "define-project" Accepted: a_project_is_defined_and_defined_anew;
    "define-project" Refused: a_project_s_code_is_unique, a_project_does_not_end_before_it_begins,
        a_project_belongs_to_an_active_department, a_project_that_reads_the_same_is_not_defined;
    "add-person" Accepted: the_log_does_not_know_a_person_s_name, somebody_who_left_may_come_back;
    "add-person" Refused: an_erased_person_does_not_come_back, a_person_belongs_to_an_active_department;
    "deactivate-person" Accepted: a_person_leaves;
    "deactivate-person" Refused: somebody_who_left_does_not_leave_again, a_person_that_nobody_knows_is_not_found;
    "erase-person" Accepted: a_person_is_erased_whether_she_left_or_not;
    "erase-person" Refused: erasure_is_final;
}

fn a_model_is_defined_and_defined_anew(scene: &mut Scene) {
    let data = json!({"name": "T16", "kind": "hardware", "hardware_kind": "laptop", "manufacturer": "Lenovo",
                      "model_number": "21K", "data_bearing": true, "end_of_life_months": 48, "notes": "n",
                      "standing": "active"});
    let outcome = scene.when("define-model", data.clone());
    outcome.then("asset_model", outcome.id, "asset_model.defined", data.clone());
    let renamed = with(data, json!({"name": "T16 Gen 2"}));
    let again = scene.when("define-model", with(renamed.clone(), json!({"model_id": outcome.id})));
    again.then("asset_model", outcome.id, "asset_model.defined", renamed);
    assert_eq!(again.decision().keys.len(), 2, "the old name is free, the new one is held");
}

fn a_model_usually_bears_data_as_its_kind_does(scene: &mut Scene) {
    let kinds = [
        ("laptop", true),
        ("desktop", true),
        ("monitor", false),
        ("phone", true),
        ("server", true),
        ("network", true),
        ("printer", true),
        ("other", false),
    ];
    for (kind, bears_data) in kinds {
        let outcome =
            scene.when("define-model", json!({"name": kind, "kind": "hardware", "hardware_kind": kind}));
        assert_eq!(outcome.data(0)["data_bearing"], bears_data, "{kind}");
    }
    let outcome = scene.when("define-model", json!({"name": "Office", "kind": "software"}));
    assert_eq!(outcome.data(0)["data_bearing"], false);
}

fn two_models_of_one_name_differ_in_maker_or_number(scene: &mut Scene) {
    for more in
        [json!({}), json!({"manufacturer": "Dell"}), json!({"manufacturer": "Dell", "model_number": "2"})]
    {
        scene.when("define-model", with(json!({"name": "X", "kind": "hardware"}), more)).decision();
    }
}

fn what_assets_copy_from_a_model_is_fixed_once_defined(scene: &mut Scene) {
    let body = json!({"model_id": id(LAPTOP_MODEL), "name": "T14", "kind": "hardware", "hardware_kind": "laptop",
                      "manufacturer": "Lenovo"});
    let changes = [
        (json!({"kind": "cloud", "hardware_kind": null}), "/kind"),
        (json!({"hardware_kind": "desktop"}), "/hardware_kind"),
        (json!({"manufacturer": "Dell"}), "/manufacturer"),
    ];
    for (change, pointer) in changes {
        let outcome = scene.when("define-model", with(body.clone(), change));
        outcome.refused("fixed-once-defined").at(pointer);
    }
}

fn only_hardware_has_a_hardware_kind(scene: &mut Scene) {
    let body = json!({"name": "Office", "kind": "software", "hardware_kind": "laptop"});
    scene.when("define-model", body).refused("not-hardware").at("/hardware_kind");
}

fn a_model_of_the_same_maker_name_and_number_exists_once(scene: &mut Scene) {
    let body = json!({"name": "t14", "kind": "hardware", "manufacturer": "LENOVO"});
    let outcome = scene.when("define-model", body);
    outcome.refused("name-held").fact("holder", json!(id(LAPTOP_MODEL)));
    let detail = &outcome.rejection().detail;
    assert!(detail.starts_with("the model \"lenovo t14\" belongs to"), "{detail}");
}

fn a_model_that_reads_the_same_is_not_defined(scene: &mut Scene) {
    let body = json!({"model_id": id(LAPTOP_MODEL), "name": "T14", "kind": "hardware", "hardware_kind": "laptop",
                      "manufacturer": "Lenovo"});
    scene.when("define-model", body).refused("nothing-to-do");
}

fn a_location_is_part_of_another(scene: &mut Scene) {
    let outcome = scene.when(
        "define-location",
        json!({"name": "Room 1", "kind": "room", "parent_id": id(BERLIN), "country": "DE", "address": "A\nB"}),
    );
    let data = json!({"name": "Room 1", "kind": "room", "parent_id": id(BERLIN), "country": "DE", "address": "A\nB",
                      "standing": "active"});
    outcome.then("location", outcome.id, "location.defined", data);
    assert_eq!(outcome.decision().guards, [], "a new leaf cannot close a circle");
}

fn moving_a_location_is_guarded(scene: &mut Scene) {
    let body = json!({"location_id": id(STORE), "name": "Store", "parent_id": id(BERLIN)});
    let outcome = scene.when("define-location", body.clone());
    assert_eq!(outcome.decision().guards, [GuardName::LocationTree]);
    let outcome = scene.when("define-location", with(body, json!({"notes": "locked"})));
    assert_eq!(outcome.decision().guards, []);
}

fn a_location_of_an_inactive_parent_may_still_be_changed(scene: &mut Scene) {
    let room = json!({"name": "Room", "kind": "room", "parent_id": id(CLOSED_SITE), "standing": "active"});
    scene.given("location", id(50), "location.defined", room.clone());
    let body = with(room, json!({"location_id": id(50), "standing": "inactive"}));
    scene.when("define-location", body).decision();
}

fn a_location_is_not_part_of_itself(scene: &mut Scene) {
    let body = json!({"location_id": id(STORE), "name": "Store", "parent_id": id(STORE)});
    scene.when("define-location", body).refused("circle").at("/parent_id");
    let room = scene.when("define-location", json!({"name": "Room", "parent_id": id(STORE)})).id;
    let shelf = scene.when("define-location", json!({"name": "Shelf", "parent_id": room})).id;
    let body = json!({"location_id": id(STORE), "name": "Store", "parent_id": shelf});
    scene.when("define-location", body).refused("circle").at("/parent_id");
}

fn locations_nest_sixteen_deep(scene: &mut Scene) {
    let mut parent = id(BERLIN);
    for level in 2..=16 {
        let outcome =
            scene.when("define-location", json!({"name": format!("L{level}"), "parent_id": parent}));
        outcome.decision();
        parent = outcome.id;
    }
    let outcome = scene.when("define-location", json!({"name": "L17", "parent_id": parent}));
    outcome.refused("too-deep").at("/parent_id");
}

fn a_location_s_name_is_unique_within_its_parent(scene: &mut Scene) {
    let outcome = scene.when("define-location", json!({"name": "BERLIN"}));
    outcome.refused("name-held").fact("holder", json!(id(BERLIN)));
    assert!(outcome.rejection().detail.contains("\"berlin\""));
    scene.when("define-location", json!({"name": "Berlin", "parent_id": id(STORE)})).decision();
}

fn a_parent_exists_and_is_active(scene: &mut Scene) {
    for parent in [NOBODY, CLOSED_SITE] {
        let outcome = scene.when("define-location", json!({"name": "Room", "parent_id": id(parent)}));
        outcome.refused("unknown-reference").at("/parent_id");
    }
}

fn a_location_that_reads_the_same_is_not_defined(scene: &mut Scene) {
    let body = json!({"location_id": id(BERLIN), "name": "Berlin"});
    scene.when("define-location", body).refused("nothing-to-do");
}

fn a_vendor_is_defined_and_made_inactive(scene: &mut Scene) {
    let data =
        json!({"name": "Dell", "account_number": "K-1", "website": "dell.example", "standing": "active"});
    let outcome = scene.when("define-vendor", data.clone());
    outcome.then("vendor", outcome.id, "vendor.defined", data.clone());
    let closed = with(data, json!({"standing": "inactive"}));
    let again = scene.when("define-vendor", with(closed.clone(), json!({"vendor_id": outcome.id})));
    again.then("vendor", outcome.id, "vendor.defined", closed);
    let order = json!({"model_id": id(LAPTOP_MODEL), "vendor_id": outcome.id});
    scene.when("order-asset", order).refused("unknown-reference");
}

fn a_vendor_s_name_is_unique(scene: &mut Scene) {
    let outcome = scene.when("define-vendor", json!({"name": " bechtle"}));
    outcome.refused("name-held").fact("holder", json!(id(VENDOR)));
}

fn a_vendor_that_reads_the_same_is_not_defined(scene: &mut Scene) {
    let body = json!({"vendor_id": id(VENDOR), "name": "Bechtle"});
    scene.when("define-vendor", body).refused("nothing-to-do");
}

fn a_department_is_part_of_another(scene: &mut Scene) {
    let data =
        json!({"name": "Inside Sales", "cost_center": "4711", "parent_id": id(SALES), "standing": "active"});
    let outcome = scene.when("define-department", data.clone());
    outcome.then("department", outcome.id, "department.defined", data);
    assert_eq!(outcome.decision().guards, []);
}

fn moving_a_department_is_guarded(scene: &mut Scene) {
    let other = scene.when("define-department", json!({"name": "Marketing"})).id;
    let body = json!({"department_id": id(SALES), "name": "Sales", "parent_id": other});
    let outcome = scene.when("define-department", body);
    assert_eq!(outcome.decision().guards, [GuardName::DepartmentTree]);
}

fn a_department_is_not_part_of_itself(scene: &mut Scene) {
    let part = scene.when("define-department", json!({"name": "Part", "parent_id": id(SALES)})).id;
    let body = json!({"department_id": id(SALES), "name": "Sales", "parent_id": part});
    scene.when("define-department", body).refused("circle").at("/parent_id");
}

fn departments_nest_sixteen_deep(scene: &mut Scene) {
    let mut parent = id(SALES);
    for level in 2..=16 {
        let outcome =
            scene.when("define-department", json!({"name": format!("L{level}"), "parent_id": parent}));
        outcome.decision();
        parent = outcome.id;
    }
    let outcome = scene.when("define-department", json!({"name": "L17", "parent_id": parent}));
    outcome.refused("too-deep").at("/parent_id");
}

fn a_department_s_name_is_unique(scene: &mut Scene) {
    let outcome = scene.when("define-department", json!({"name": "SALES", "parent_id": id(SALES)}));
    outcome.refused("name-held").fact("holder", json!(id(SALES)));
}

fn a_department_that_reads_the_same_is_not_defined(scene: &mut Scene) {
    let body = json!({"department_id": id(SALES), "name": "Sales"});
    scene.when("define-department", body).refused("nothing-to-do");
}

fn a_new_department_has_an_active_parent(scene: &mut Scene) {
    let outcome = scene.when("define-department", json!({"name": "Fax", "parent_id": id(CLOSED_DEPARTMENT)}));
    outcome.refused("unknown-reference").at("/parent_id");
}

fn project(scene: &mut Scene) -> Uuid {
    scene.when("define-project", json!({"code": "P-1", "name": "Move", "department_id": id(SALES)})).id
}

fn a_project_is_defined_and_defined_anew(scene: &mut Scene) {
    let data = json!({"code": "P-2", "name": "Move", "department_id": id(SALES), "active_from": "2026-01-01",
                      "active_until": "2026-12-31", "notes": "n", "standing": "active"});
    let outcome = scene.when("define-project", data.clone());
    outcome.then("project", outcome.id, "project.defined", data.clone());
    let ended = with(data, json!({"code": "P-2a", "standing": "inactive"}));
    let again = scene.when("define-project", with(ended.clone(), json!({"project_id": outcome.id})));
    again.then("project", outcome.id, "project.defined", ended);
    assert_eq!(again.decision().keys.len(), 2, "the old code is free, the new one is held");
    assert!(again.decision().ends_reference);
}

fn a_project_s_code_is_unique(scene: &mut Scene) {
    let first = project(scene);
    let outcome = scene.when("define-project", json!({"code": "p-1", "name": "Another"}));
    outcome.refused("code-held").fact("holder", json!(first));
}

fn a_project_does_not_end_before_it_begins(scene: &mut Scene) {
    let body =
        json!({"code": "P-2", "name": "Move", "active_from": "2026-02-01", "active_until": "2026-01-31"});
    scene.when("define-project", body).refused("ends-before-it-begins").at("/active_until");
}

fn a_project_belongs_to_an_active_department(scene: &mut Scene) {
    let body = json!({"code": "P-2", "name": "Move", "department_id": id(CLOSED_DEPARTMENT)});
    scene.when("define-project", body).refused("unknown-reference").at("/department_id");
}

fn a_project_that_reads_the_same_is_not_defined(scene: &mut Scene) {
    let first = project(scene);
    let body = json!({"project_id": first, "code": "P-1", "name": "Move", "department_id": id(SALES)});
    scene.when("define-project", body).refused("nothing-to-do");
}

fn the_log_does_not_know_a_person_s_name(scene: &mut Scene) {
    let body = json!({"name": "Ada Lovelace", "email": "ada@example.org", "username": "ada", "employee_number": "1",
                      "job_title": "Countess", "department_id": id(SALES), "location_id": id(BERLIN)});
    let outcome = scene.when("add-person", body);
    let data = json!({"department_id": id(SALES), "location_id": id(BERLIN)});
    outcome.then("person", outcome.id, "person.added", data);
    let stored = scene.store.history.last().expect("an event").encode();
    assert!(!String::from_utf8_lossy(&stored).contains("Ada"));
}

fn somebody_who_left_may_come_back(scene: &mut Scene) {
    scene.when("add-person", json!({"person_id": id(GONE), "name": "Gone"})).decision();
    scene.in_stock();
    scene.when("deploy-asset", json!({"asset": "LT-1", "custodian": person(GONE)})).decision();
}

fn an_erased_person_does_not_come_back(scene: &mut Scene) {
    scene.given("person", id(BOB), "person.erased", json!({}));
    scene.when("add-person", json!({"person_id": id(BOB), "name": "Bob"})).refused("person-erased");
}

fn a_person_belongs_to_an_active_department(scene: &mut Scene) {
    for (field, reference) in [("department_id", CLOSED_DEPARTMENT), ("location_id", CLOSED_SITE)] {
        let outcome = scene.when("add-person", json!({"name": "Ada", field: id(reference)}));
        outcome.refused("unknown-reference").at(&format!("/{field}"));
    }
}

fn a_person_leaves(scene: &mut Scene) {
    let outcome = scene.when("deactivate-person", json!({"person_id": id(BOB)}));
    outcome.then("person", id(BOB), "person.deactivated", json!({}));
}

fn somebody_who_left_does_not_leave_again(scene: &mut Scene) {
    let outcome = scene.when("deactivate-person", json!({"person_id": id(GONE)}));
    outcome
        .refused("invalid-transition")
        .fact("current_state", json!("inactive"))
        .fact("allowed_commands", json!(["add-person", "correct-person", "erase-person"]));
}

fn a_person_that_nobody_knows_is_not_found(scene: &mut Scene) {
    for command in ["deactivate-person", "erase-person"] {
        scene.when(command, json!({"person_id": id(NOBODY)})).refused("not-found").at("/person_id");
    }
}

fn a_person_is_erased_whether_she_left_or_not(scene: &mut Scene) {
    for who in [BOB, GONE] {
        let outcome = scene.when("erase-person", json!({"person_id": id(who)}));
        outcome.then("person", id(who), "person.erased", json!({}));
    }
}

fn erasure_is_final(scene: &mut Scene) {
    scene.given("person", id(BOB), "person.erased", json!({}));
    for command in ["erase-person", "deactivate-person"] {
        let outcome = scene.when(command, json!({"person_id": id(BOB)}));
        outcome
            .refused("invalid-transition")
            .fact("current_state", json!("erased"))
            .fact("allowed_commands", json!([]));
    }
}
