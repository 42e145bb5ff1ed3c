//! A body for every command about an asset that exists.

use itam_domain::vocabulary::{
    Condition, DisposalMethod, HoldKind, LossKind, MaintenanceKind, MaintenanceOutcome, RetirementCause,
    SanitizationMethod,
};
use serde_json::{Value, json};

use crate::fixtures::{
    BERLIN, BOB, CLOSED_PROJECT, EVE, LAPTOP_MODEL, MONITOR_MODEL, OTHER_PROJECT, PROJECT, SALES, STORE,
    euros, with,
};
use crate::scene::id;

/// Choices that make one command differ from another. Choosing nothing but zeros makes commands
/// that only the state of the asset can forbid.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices(pub(crate) [u16; 4]);

impl Choices {
    /// The `n`-th choice among these.
    pub(crate) fn of<T: Clone>(self, n: usize, among: &[T]) -> T {
        among[usize::from(self.0[n]) % among.len()].clone()
    }
}

/// Tags that are given, some of which compare alike.
pub(crate) const TAGS: [&str; 6] = ["T-1", "t-1 ", "T-2", "T-3", "T-4", "T-5"];
/// Serial numbers that are given, one of which is a placeholder.
pub(crate) const SERIALS: [&str; 5] = ["S-1", "s-1", "S-2", "S-3", "N/A"];

/// The fields of `command` about `asset`; `other` is another asset's name.
pub(crate) fn body(command: &str, asset: &str, other: &str, choices: Choices) -> Value {
    let location = choices.of(1, &[json!(null), json!(id(STORE)), json!(id(BERLIN))]);
    let condition = choices.of(2, &[json!(null), json!(Condition::Good), json!(Condition::Broken)]);
    let custodian = choices.of(
        0,
        &[
            json!({"person": id(BOB)}),
            json!({"asset": other}),
            json!({"person": id(EVE)}),
            json!({"department": id(SALES)}),
            json!({"location": id(BERLIN)}),
        ],
    );
    let acceptance = choices.of(2, &["required", "not_required"]);
    let day = choices.of(3, &[json!(null), json!("2026-12-31"), json!("2026-02-03")]);
    let hold = choices.of(0, HoldKind::ALL);
    let fields = match command {
        "tag-asset" => {
            json!({"tag": choices.of(0, &TAGS), "serial": choices.of(1, &[None, Some("S-1"), Some("S-2")])})
        }
        "reserve-asset" => json!({"reserved_for": custodian, "until": day}),
        "deploy-asset" | "reassign-asset" => {
            json!({"custodian": custodian, "acceptance": acceptance, "location_id": location, "due_back_on": day})
        }
        "receive-asset" | "arrive-asset" | "reinstate-asset" => json!({"location_id": location}),
        "return-asset" | "verify-asset" => json!({"location_id": location, "condition": condition}),
        "ship-asset" => json!({"destination_id": choices.of(0, &[id(BERLIN), id(STORE)])}),
        "start-maintenance" => json!({"kind": choices.of(0, MaintenanceKind::ALL)}),
        "complete-maintenance" => {
            json!({"outcome": choices.of(0, MaintenanceOutcome::ALL), "cost": euros("10"), "location_id": location})
        }
        "report-missing" => json!({"loss": choices.of(0, LossKind::ALL)}),
        "recover-asset" => {
            json!({"location_id": choices.of(0, &[id(BERLIN), id(STORE)]), "condition": condition})
        }
        "relocate-asset" => json!({"location_id": choices.of(0, &[id(BERLIN), id(STORE)])}),
        "charge-asset" => {
            json!({"project_id": choices.of(1, &[json!(id(PROJECT)), json!(null), json!(id(OTHER_PROJECT))])})
        }
        "place-hold" | "release-hold" => json!({"hold": hold}),
        "correct-asset" => json!({"corrections": [correction(choices)]}),
        "retire-asset" => json!({"cause": choices.of(0, RetirementCause::ALL)}),
        "record-sanitization" => json!({"method": choices.of(0, SanitizationMethod::ALL)}),
        "dispose-asset" => json!({"method": choices.of(0, DisposalMethod::ALL)}),
        _ => json!({}),
    };
    with(fields, json!({"asset": asset}))
}

fn correction(choices: Choices) -> Value {
    choices.of(
        0,
        &[
            json!({"name": choices.of(1, &["a", "b"])}),
            json!({"tag": choices.of(1, &TAGS)}),
            json!({"serial": choices.of(1, &SERIALS)}),
            json!({"data_bearing": choices.of(1, &[true, false])}),
            json!({"data_classification": choices.of(1, &["public", "confidential", "restricted"])}),
            json!({"project_id": choices.of(1, &[id(PROJECT), id(CLOSED_PROJECT)])}),
            json!({"model_id": choices.of(1, &[id(LAPTOP_MODEL), id(MONITOR_MODEL)])}),
            json!({"costs": {"price": {"amount": "7", "currency": choices.of(1, &["EUR", "JPY"])},
                             "freight": {"amount": "1", "currency": choices.of(2, &["EUR", "JPY"])}}}),
        ],
    )
}
