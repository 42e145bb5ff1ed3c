//! Corrections of persons.

use serde_json::{Value, json};

use super::{BERLIN, BOB, EventSample, SALES, STORE, id};

pub(super) fn commands() -> Vec<(&'static str, Value)> {
    vec![(
        "correct-person",
        json!({"person_id": id(BOB), "corrections": [{"department_id": id(SALES)}, {"location_id": id(BERLIN)}],
               "effective_time": "2026-02-01T00:00:00Z"}),
    )]
}

pub(super) fn events() -> Vec<EventSample> {
    let sample = |name, aggregate, version, changes: Value| EventSample {
        name,
        aggregate,
        version,
        data: json!({"changes": changes}),
    };
    vec![sample(
        "person.corrected",
        BOB,
        2,
        json!([
            {"field": "department", "old": null, "new": id(SALES)},
            {"field": "location", "old": id(STORE), "new": id(BERLIN)},
        ]),
    )]
}
