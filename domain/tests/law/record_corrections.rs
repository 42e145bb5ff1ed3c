//! Corrections of persons: of what the log knows of them.

use itam_domain::CorrectedFact;
use serde_json::{Value, json};

use crate::fixtures::{BOB, CLOSED_DEPARTMENT, NOBODY, SALES, STORE};
use crate::scene::{Outcome, Scene, id, laws};

laws! {
    "correct-person" Accepted: a_person_s_assignment_is_corrected;
    "correct-person" Refused: a_person_is_not_corrected_to_a_closed_department, an_erased_person_is_not_corrected,
        a_person_that_reads_the_same_is_not_corrected, a_person_s_assignment_is_corrected_once_in_a_command;
}

fn person(scene: &mut Scene, corrections: Value) -> Outcome {
    scene.when("correct-person", json!({"person_id": id(BOB), "corrections": corrections}))
}

fn a_person_s_assignment_is_corrected(scene: &mut Scene) {
    let outcome = person(scene, json!([{"department_id": id(SALES)}, {"location_id": id(STORE)}]));
    let changes = json!([{"field": "department", "old": null, "new": id(SALES)},
                         {"field": "location", "old": null, "new": id(STORE)}]);
    outcome.then("person", id(BOB), "person.corrected", json!({"changes": changes}));
    let (_, event) = &outcome.decision().events[0];
    let fact = CorrectedFact { field: "location".to_owned(), old: Value::Null, new: json!(id(STORE)) };
    assert_eq!(event.corrected_facts()[1], fact);
    person(scene, json!([{"department_id": null}])).decision();
}

fn a_person_is_not_corrected_to_a_closed_department(scene: &mut Scene) {
    for department in [CLOSED_DEPARTMENT, NOBODY] {
        let outcome = person(scene, json!([{"location_id": id(STORE)}, {"department_id": id(department)}]));
        outcome.refused("unknown-reference").at("/corrections/1/department_id");
    }
}

fn an_erased_person_is_not_corrected(scene: &mut Scene) {
    scene.when("erase-person", json!({"person_id": id(BOB)})).decision();
    let outcome = person(scene, json!([{"department_id": id(SALES)}]));
    outcome.refused("invalid-transition").fact("current_state", json!("erased"));
}

fn a_person_that_reads_the_same_is_not_corrected(scene: &mut Scene) {
    person(scene, json!([{"department_id": null}])).refused("nothing-to-correct");
    person(scene, json!([])).refused("nothing-to-correct");
    let unknown = json!({"person_id": id(NOBODY), "corrections": [{"department_id": id(SALES)}]});
    scene.when("correct-person", unknown).refused("not-found").at("/person_id");
}

fn a_person_s_assignment_is_corrected_once_in_a_command(scene: &mut Scene) {
    let outcome = person(scene, json!([{"department_id": id(SALES)}, {"department_id": null}]));
    outcome.refused("corrected-twice").at("/corrections/1");
}
