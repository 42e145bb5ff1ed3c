//! What commands declare that they touch. The store holds every law and every random life to it; here every command's
//! sample is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use itam_domain::testing::{Circumstances, MemoryStore, actor};
use itam_domain::{
    Access, AggregateKind, AggregateRef, Command, CommandId, CommandMeta, ShortText, Stop, Tag, TouchedKey,
    Touches, UniqueLabel, World,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::{ASSET, BERLIN, LAPTOP_MODEL, NOBODY, OTHER, order_line, with};
use crate::scene::{Scene, command, id, instant};

/// The golden sample of a command, with the id under which it is sent.
fn sample(name: &str) -> (Command, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/samples/commands");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("every command has a sample");
    let mut fields: Value = serde_json::from_str(&text).expect("JSON");
    for field in CommandMeta::FIELDS {
        fields.as_object_mut().expect("an object").remove(field);
    }
    (command(name, fields.clone()), fields)
}

/// The ids that stand anywhere in a command's fields.
fn mentioned(value: &Value) -> Vec<Uuid> {
    match value {
        Value::String(text) => Uuid::try_parse(text).into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(mentioned).collect(),
        Value::Object(fields) => fields.values().flat_map(mentioned).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn touches(name: &str, body: Value) -> Touches {
    command(name, body).touches(CommandId(id(7_000)))
}

#[test]
fn every_command_declares_whatever_its_sample_names() {
    for name in Command::NAMES {
        let (command, fields) = sample(name);
        let touches = command.touches(CommandId(id(7_000)));
        let declared: BTreeSet<Uuid> = touches.things().map(|(thing, _)| thing.id).collect();
        for id in mentioned(&fields) {
            assert!(declared.contains(&id), "{name} does not declare {id}");
        }
    }
}

#[test]
fn every_command_s_sample_loads_only_what_it_declares() {
    let circumstances = |n: u128| Circumstances {
        command_id: CommandId(id(7_000 + n)),
        actor: actor("ann", "administrator"),
        now: instant("2026-06-01T12:00:00Z"),
        effective_time: None,
        reason: None,
    };
    for (n, name) in (0..).zip(Command::NAMES) {
        let (command, _) = sample(name);
        // The store fails at whatever is not declared; whether there is what the sample is about is no matter here.
        let _ = MemoryStore::default().decide(&command, &circumstances(n));
    }
}

#[test]
fn every_command_changes_or_makes_what_it_is_about() {
    for name in Command::NAMES {
        let (command, _) = sample(name);
        let touches = command.touches(CommandId(id(7_000)));
        let named = touches.things().any(|(_, access)| access != Access::Reads);
        let found = touches.paths().iter().any(|(_, access)| *access == Access::Changes);
        assert!(named || found, "{name} changes nothing");
    }
}

#[test]
fn what_is_not_declared_is_told() {
    let verification = touches("verify-asset", json!({"asset": id(ASSET), "location_id": id(BERLIN)}));
    let world = World::default();
    let load = |kind, n| Err(Stop::Load(AggregateRef::new(kind, id(n))));
    assert_eq!(verification.check(&load(AggregateKind::Asset, ASSET), &world), Ok(()));
    assert_eq!(verification.check(&load(AggregateKind::Location, BERLIN), &world), Ok(()));
    let undeclared = verification.check(&load(AggregateKind::Asset, OTHER), &world);
    assert!(undeclared.expect_err("another asset").to_string().contains("does not declare"));
}

#[test]
fn a_path_leads_only_from_what_was_loaded() {
    let mut scene = Scene::empty();
    let berlin = json!({"name": "Berlin", "kind": "site", "standing": "active"});
    let room = json!({"name": "Room", "kind": "room", "parent_id": id(BERLIN), "standing": "active"});
    scene.given("location", id(BERLIN), "location.defined", berlin);
    scene.given("location", id(NOBODY), "location.defined", room);
    let desk = touches("define-location", json!({"name": "Desk", "parent_id": id(NOBODY)}));
    let above = Err(Stop::Load(AggregateRef::new(AggregateKind::Location, id(BERLIN))));
    let mut world = World::default();
    assert!(desk.check(&above, &world).is_err(), "nothing was seen that leads there");
    let room = AggregateRef::new(AggregateKind::Location, id(NOBODY));
    world.show(room, scene.store.aggregates[&room].clone());
    assert_eq!(desk.check(&above, &world), Ok(()));
}

#[test]
fn what_a_tag_names_is_a_label_and_whatever_bears_it() {
    let touches = touches("retire-asset", json!({"asset": " lt-1", "cause": "obsolete"}));
    let tag = TouchedKey::from(&UniqueLabel::tag(&Tag(ShortText::try_new("LT-1").expect("a tag"))));
    assert_eq!(touches.labels().collect::<Vec<_>>(), [(&tag, Access::Reads)]);
    assert!(touches.rests_on_contents() && touches.things().next().is_none());
}

#[test]
fn a_delivery_makes_its_pieces_and_an_order_changes_the_requisitions_that_it_takes_from() {
    let body = json!({"purchase_order_id": id(1), "line": 1, "quantity": 3, "location_id": id(BERLIN)});
    assert_eq!(touches("receive-delivery", body).created().count(), 3);
    let line = with(order_line(2), json!({"requisition_line": {"requisition_id": id(2), "line": 1}}));
    let order =
        touches("issue-purchase-order", json!({"number": "PO-9", "vendor_id": id(3), "lines": [line]}));
    let changed: Vec<AggregateRef> =
        order.things().filter(|(_, access)| *access == Access::Changes).map(|(thing, _)| thing).collect();
    assert_eq!(changed, [AggregateRef::new(AggregateKind::Requisition, id(2))]);
    let model = AggregateRef::new(AggregateKind::AssetModel, id(LAPTOP_MODEL));
    assert!(order.things().any(|touched| touched == (model, Access::Reads)));
}
