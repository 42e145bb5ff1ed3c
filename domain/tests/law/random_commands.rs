//! Random lives of a small organization: commands that mostly make sense, one after another.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use itam_domain::asset::{Asset, AssetName, allowed_commands};
use itam_domain::purchase_order::PurchaseOrder;
use itam_domain::requisition::Requisition;
use itam_domain::testing::{Circumstances, MemoryStore, actor};
use itam_domain::{Aggregate, AggregateRef, Command, CommandId, Decision, Loaded, Note, Project, Rejection};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::asset_commands::{Choices, SERIALS, TAGS, body};
use crate::audit_commands::audit;
use crate::fixtures::{
    BERLIN, BOB, EVE, LAPTOP_MODEL, MONITOR_MODEL, NOBODY, OTHER_PROJECT, PROJECT, SALES, STORE, VENDOR,
    euros,
};
use crate::scene::{Scene, command, id, instant};

/// So many things of a sort are enough: more happens to each.
const FEW: usize = 4;

/// What decides one command: a number for what it is, one for what it is about, and the choices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    what: u16,
    which: u16,
    choices: Choices,
    when: u8,
}

/// A command that was sent, under which circumstances, and what became of it.
pub(crate) struct Sent {
    pub(crate) command: Command,
    pub(crate) circumstances: Circumstances,
    pub(crate) before: BTreeMap<AggregateRef, Loaded>,
    pub(crate) decided: Result<Decision, Box<Rejection>>,
    pub(crate) history: usize,
}

/// A life: everything that was sent, and the store after it.
pub(crate) struct Life {
    pub(crate) store: MemoryStore,
    pub(crate) sent: Vec<Sent>,
}

/// Up to `longest` random steps.
pub(crate) fn steps(longest: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (any::<u16>(), any::<u16>(), any::<[u16; 4]>(), any::<u8>());
    let step =
        step.prop_map(|(what, which, choices, when)| Step { what, which, choices: Choices(choices), when });
    proptest::collection::vec(step, 1..longest)
}

/// Lives through the steps, each command decided on the world that those before it left.
pub(crate) fn live(steps: &[Step]) -> Life {
    let mut store = Scene::with_organization().store;
    let mut sent = Vec::new();
    for (n, step) in (0_u16..).zip(steps) {
        let (name, body) = next(&store, *step);
        let command = command(name, body);
        let circumstances = circumstances(*step, n);
        let before = store.aggregates.clone();
        let decided = store.decide(&command, &circumstances);
        if let Ok(decision) = &decided {
            store.commit(decision, &circumstances);
        }
        sent.push(Sent { command, circumstances, before, decided, history: store.history.len() });
    }
    Life { store, sent }
}

fn circumstances(step: Step, n: u16) -> Circumstances {
    let actors = [("ann", "administrator"), ("dora", "asset-manager"), ("carl", "administrator")];
    let (who, role) = actors[usize::from(step.when) % actors.len()];
    let now = instant("2026-02-01T12:00:00Z") + TimeDelta::minutes(i64::from(n));
    let effective_time = match step.when % 16 {
        0 => Some(now - TimeDelta::minutes(3)),
        1 => Some(now + TimeDelta::minutes(1)),
        2 => Some(now - TimeDelta::microseconds(1_500)),
        _ => None,
    };
    Circumstances {
        command_id: CommandId(id(10_000 + u128::from(n))),
        actor: actor(who, role),
        now,
        effective_time,
        reason: (!step.when.is_multiple_of(8)).then(|| Note::try_new("a reason").expect("a reason")),
    }
}

fn next(store: &MemoryStore, step: Step) -> (&'static str, Value) {
    match step.what % 18 {
        0 | 1 if all(store, as_asset).iter().filter(|asset| !asset.is_ended()).count() < FEW => {
            enter(step.choices)
        }
        2 => organization(store, step),
        16 | 17 => audit(store, step.which, step.choices),
        3 | 4 => requisition(store, step),
        5..=7 => purchase_order(store, step),
        _ => about_an_asset(store, step).unwrap_or_else(|| enter(step.choices)),
    }
}

fn enter(choices: Choices) -> (&'static str, Value) {
    let model = choices.of(0, &[id(LAPTOP_MODEL), id(MONITOR_MODEL)]);
    if choices.of(3, &[true, false, false, false]) {
        return ("order-asset", json!({"model_id": model, "costs": {"price": euros("9")}}));
    }
    let classification = choices.of(0, &[None, Some("internal"), Some("confidential"), Some("restricted")]);
    let body = json!({
        "model_id": model, "tag": choices.of(1, &TAGS.map(Some)), "serial": choices.of(2, &SERIALS.map(Some)),
        "data_classification": classification, "location_id": id(STORE),
    });
    ("register-asset", body)
}

fn organization(store: &MemoryStore, step: Step) -> (&'static str, Value) {
    let choices = step.choices;
    let location = choices.of(0, &[id(BERLIN), id(STORE)]);
    let person = choices.of(0, &[id(BOB), id(EVE)]);
    match step.which % 11 {
        0 => (
            choices.of(3, &["define-location", "correct-location"]),
            json!({"location_id": location, "name": choices.of(1, &["Berlin", "Store", "X"]),
                                        "parent_id": choices.of(2, &[json!(null), json!(id(BERLIN)), json!(id(STORE))])}),
        ),
        1 => (
            choices.of(3, &["define-department", "correct-department"]),
            json!({"department_id": id(SALES), "name": choices.of(0, &["Sales", "Retail", "Telex"]),
                                          "parent_id": choices.of(1, &[json!(null), json!(id(SALES))])}),
        ),
        2 => ("define-vendor", json!({"name": choices.of(0, &["Dell", "dell", "Bechtle"])})),
        3 => (
            "define-model",
            json!({"name": choices.of(0, &["T14", "X1"]), "kind": "hardware",
                                     "manufacturer": choices.of(1, &["Lenovo", "Dell"])}),
        ),
        4 => ("add-person", json!({"person_id": person, "name": "somebody"})),
        5 if choices.of(1, &[true, false]) => ("deactivate-person", json!({"person_id": person})),
        5 => {
            let corrections = [json!({"department_id": id(SALES)}), json!({"location_id": location})];
            let correction = choices.of(2, &corrections);
            ("correct-person", json!({"person_id": person, "corrections": [correction]}))
        }
        6 => ("erase-person", json!({"person_id": id(EVE)})),
        7 => (
            "correct-vendor",
            json!({"vendor_id": id(VENDOR), "name": choices.of(0, &["Dell", "Bechtle AG"])}),
        ),
        8 => (
            "correct-model",
            json!({"model_id": id(LAPTOP_MODEL), "name": "T14", "kind": "hardware", "hardware_kind": "laptop",
                   "manufacturer": "Lenovo", "model_number": choices.of(0, &["21ML", "21MM"])}),
        ),
        9 => {
            let projects = all(store, as_project);
            let project = projects.first().map_or(id(NOBODY), |project| project.id.0);
            let code = choices.of(0, &["P-1", "P-2", "P-3"]);
            ("correct-project", json!({"project_id": project, "code": code, "name": "Move"}))
        }
        _ => (
            "define-project",
            json!({"project_id": choices.of(2, &[json!(null), json!(null), json!(id(OTHER_PROJECT))]),
                   "standing": choices.of(3, &["active", "active", "inactive"]),
                   "code": choices.of(0, &["P-1", "p-1", "P-2"]), "name": "Move",
                                       "department_id": choices.of(1, &[json!(null), json!(id(SALES))])}),
        ),
    }
}

fn requisition(store: &MemoryStore, step: Step) -> (&'static str, Value) {
    let choices = step.choices;
    let existing = all(store, as_requisition);
    if existing.is_empty() || (existing.len() < FEW && step.which.is_multiple_of(4)) {
        let line = |n: usize| {
            json!({"model_id": choices.of(n, &[id(LAPTOP_MODEL), id(MONITOR_MODEL)]),
                   "quantity": choices.of(n, &[1, 3, 5]),
                   "project_id": choices.of(n, &[json!(null), json!(id(PROJECT)), json!(id(OTHER_PROJECT))]),
                   "estimated_unit_price": {"amount": "700", "currency": choices.of(n, &["EUR", "USD", "JPY"])}})
        };
        return ("submit-requisition", json!({"lines": [line(0), line(1), line(2)]}));
    }
    let requisition = choices.of(0, &existing).id;
    if step.which % 8 == 1 {
        let places = [json!(null), json!(id(PROJECT)), json!(id(OTHER_PROJECT))];
        let corrections = [
            json!({"requested_for": id(BOB)}),
            json!({"project_id": {"line": choices.of(2, &[1, 2, 4]), "new": choices.of(3, &places)}}),
            json!({"needed_by": {"line": 1, "new": "2026-05-01"}}),
        ];
        let body = json!({"requisition_id": requisition, "corrections": [choices.of(1, &corrections)]});
        return ("correct-requisition", body);
    }
    let name = choices.of(
        1,
        &[
            "approve-requisition",
            "approve-requisition",
            "approve-requisition",
            "reject-requisition",
            "cancel-requisition",
        ],
    );
    (name, json!({"requisition_id": requisition}))
}

fn purchase_order(store: &MemoryStore, step: Step) -> (&'static str, Value) {
    let choices = step.choices;
    let existing = all(store, as_purchase_order);
    if existing.is_empty() || (existing.len() < FEW && step.which.is_multiple_of(4)) {
        let number = choices.of(3, &["PO-1", "po-1", "PO-2", "PO-3", "PO-4"]);
        let body = json!({"number": number, "vendor_id": id(VENDOR), "lines": [line(store, choices, 0), line(store, choices, 1)]});
        return ("issue-purchase-order", body);
    }
    let order = choices.of(0, &existing).id;
    let number = choices.of(1, &[1, 1, 2, 3]);
    match step.which % 16 {
        1..=7 => (
            "receive-delivery",
            json!({"purchase_order_id": order, "line": number, "quantity": choices.of(2, &[1, 2, 4]),
                   "location_id": id(STORE)}),
        ),
        8..=13 => {
            let changed = json!([{"line": number, "quantity": choices.of(2, &[0, 1, 3, 5, 9])},
                                 {"line": choices.of(3, &[2, 1]), "unit_price": euros("5"),
                                  "project_id": choices.of(3, &[json!(null), json!(id(PROJECT))])}]);
            let added = choices.of(3, &[json!([]), json!([line(store, choices, 2)])]);
            ("amend-purchase-order", json!({"purchase_order_id": order, "changed": changed, "added": added}))
        }
        14 => ("cancel-purchase-order", json!({"purchase_order_id": order})),
        15 if choices.of(2, &[true, false]) => {
            let correction = choices.of(3, &[json!({"number": "PO-5"}), json!({"notes": "by train"})]);
            ("correct-purchase-order", json!({"purchase_order_id": order, "corrections": [correction]}))
        }
        _ => ("close-purchase-order", json!({"purchase_order_id": order})),
    }
}

/// A line of an order: mostly for a line of a requisition.
fn line(store: &MemoryStore, choices: Choices, n: usize) -> Value {
    let mut line = json!({"model_id": id(LAPTOP_MODEL), "quantity": choices.of(n, &[1, 2, 3, 5]),
                          "unit_price": euros("650")});
    let requisitions = all(store, as_requisition);
    if requisitions.is_empty() || choices.of(n, &[false, false, false, true]) {
        return line;
    }
    let requisition = choices.of(3, &requisitions);
    let number = choices.of(n, &[1, 2, 3]);
    let asked = &requisition.lines[&number].line;
    line["requisition_line"] = json!({"requisition_id": requisition.id, "line": number});
    line["model_id"] = json!(asked.model_id);
    line
}

/// Mostly a command that the state of the asset allows.
fn about_an_asset(store: &MemoryStore, step: Step) -> Option<(&'static str, Value)> {
    let assets = all(store, as_asset);
    let asset = assets.get(usize::from(step.which) % assets.len().max(1))?;
    let other = step.choices.of(1, &assets);
    let allowed = allowed_commands(asset.state());
    let name = if allowed.is_empty() || step.what % 64 < 16 {
        let about_assets = Command::NAMES.iter().filter(|name| {
            Command::read(name, body(name, "a", "b", step.choices)).is_some_and(|read| read.is_ok())
        });
        step.choices.of(3, &about_assets.copied().collect::<Vec<_>>())
    } else {
        // The way out is long, so it is taken more often than other ways.
        let onward = ["retire-asset", "record-sanitization", "dispose-asset", "place-hold"];
        let favored: Vec<_> = allowed.iter().filter(|name| onward.contains(*name)).copied().collect();
        step.choices.of(3, &[allowed, favored.clone(), favored].concat())
    };
    let tag = asset.facts.tag.as_ref().filter(|_| step.what.is_multiple_of(2) && !asset.is_ended());
    let asset = tag.map_or(asset.id.to_string(), ToString::to_string);
    Some((name, body(name, &asset, &other.id.to_string(), step.choices)))
}

/// Every aggregate of a sort.
pub(crate) fn all<T>(store: &MemoryStore, read: fn(&Aggregate) -> Option<&T>) -> Vec<&T> {
    let states = store.aggregates.values().filter_map(|loaded| loaded.state.as_deref());
    states.filter_map(read).collect()
}

/// The aggregate, if it is an asset.
pub(crate) fn as_asset(aggregate: &Aggregate) -> Option<&Asset> {
    if let Aggregate::Asset(asset) = aggregate { Some(asset) } else { None }
}

/// The aggregate, if it is a project.
fn as_project(aggregate: &Aggregate) -> Option<&Project> {
    if let Aggregate::Project(project) = aggregate { Some(project) } else { None }
}

/// The aggregate, if it is a requisition.
pub(crate) fn as_requisition(aggregate: &Aggregate) -> Option<&Requisition> {
    if let Aggregate::Requisition(requisition) = aggregate { Some(requisition) } else { None }
}

/// The aggregate, if it is a purchase order.
pub(crate) fn as_purchase_order(aggregate: &Aggregate) -> Option<&PurchaseOrder> {
    if let Aggregate::PurchaseOrder(order) = aggregate { Some(order) } else { None }
}

/// The asset that a command names, as the store resolves it.
pub(crate) fn resolve(store: &MemoryStore, name: &AssetName) -> Option<uuid::Uuid> {
    match name {
        AssetName::Id(id) => Some(id.0),
        AssetName::Tag(tag) => store.bearer(&itam_domain::UniqueLabel::tag(tag)),
    }
}
