//! What an answer says is allowed, and what really is.

use std::collections::BTreeSet;

use itam_domain::Command;
use itam_domain::asset::{allowed_commands, states_allowing};
use itam_domain::vocabulary::AssetState;
use serde_json::{Value, json};

use crate::asset_commands::{Choices, body};
use crate::audits::AUDIT;
use crate::fixtures::{ASSET, BOB, ORDER, REQUISITION, with};
use crate::scene::{Scene, command, id};

/// The commands about an asset that exists.
fn asset_commands() -> Vec<&'static str> {
    let about_an_asset = |name: &&&str| {
        let body = body(name, "LT-1", "LT-2", Choices::default());
        Command::read(name, body)
            .is_some_and(|read| read.is_ok_and(|read| read.to_json().get("asset").is_some()))
    };
    Command::NAMES.iter().filter(about_an_asset).copied().collect()
}

fn in_state(state: AssetState) -> Scene {
    let mut scene = Scene::with_organization();
    let prepared = match state {
        AssetState::OnOrder => scene.on_order(),
        AssetState::Received => scene.received(),
        AssetState::InStock => scene.in_stock(),
        AssetState::Deployed => scene.deployed(),
        AssetState::InTransit => scene.in_transit(),
        AssetState::InMaintenance => scene.in_maintenance(),
        AssetState::Missing => scene.missing(),
        AssetState::Retired => scene.retired(),
        AssetState::Disposed => scene.disposed(),
        AssetState::Voided => scene.voided(),
        AssetState::Cancelled => scene.cancelled(),
    };
    prepared.because("a reason");
    assert_eq!(scene.state(ASSET), state.as_str());
    scene
}

#[test]
fn an_asset_takes_exactly_the_commands_of_the_table() {
    let commands = asset_commands();
    assert_eq!(commands.len(), 28, "{commands:?}");
    for state in AssetState::ALL.iter().copied() {
        for name in commands.iter().copied() {
            let mut scene = in_state(state);
            let asset = id(ASSET).to_string();
            let outcome = scene.when(name, body(name, &asset, "LT-2", Choices::default()));
            let is_invalid = outcome.reason() == Some("invalid-transition");
            let is_allowed = allowed_commands(state).contains(&name);
            assert_eq!(is_invalid, !is_allowed, "{name} of an asset that is {state}: {:?}", outcome.reason());
            if is_invalid {
                outcome
                    .fact("current_state", json!(state))
                    .fact("allowed_commands", json!(allowed_commands(state)));
            }
        }
    }
}

#[test]
fn the_table_knows_no_command_that_does_not_exist_and_reads_both_ways() {
    let commands: BTreeSet<&str> = asset_commands().into_iter().collect();
    let mut allowed = BTreeSet::new();
    for state in AssetState::ALL.iter().copied() {
        for name in allowed_commands(state) {
            assert!(states_allowing(name).contains(&state), "{name} {state}");
            allowed.insert(name);
        }
    }
    assert_eq!(allowed, commands, "each command about an asset is allowed somewhere");
}

/// Asserts that of these commands the subject takes those that its refusals call allowed.
fn assert_told_truly(prepare: impl Fn() -> Scene, commands: &[(&'static str, Value)]) {
    let outcomes: Vec<_> = commands
        .iter()
        .map(|(name, body)| (*name, prepare().because("a reason").when(name, body.clone())))
        .collect();
    let is_invalid = |name: &str| {
        let (_, outcome) = outcomes.iter().find(|(other, _)| *other == name).expect("listed");
        outcome.reason() == Some("invalid-transition")
    };
    for (name, outcome) in &outcomes {
        if outcome.reason() != Some("invalid-transition") {
            continue;
        }
        let told = outcome.rejection().facts["allowed_commands"].clone();
        let told: BTreeSet<String> = serde_json::from_value(told).expect("a list of names");
        for (other, _) in commands {
            assert_eq!(told.contains(*other), !is_invalid(other), "{name} was refused and told of {other}");
        }
    }
}

#[test]
fn requisitions_persons_and_orders_say_truly_what_is_allowed() {
    let requisition = json!({"requisition_id": id(REQUISITION)});
    let needed_by = json!({"requisition_id": id(REQUISITION),
                           "corrections": [{"needed_by": {"line": 1, "new": "2026-05-01"}}]});
    let of_requisitions = [
        ("approve-requisition", requisition.clone()),
        ("reject-requisition", requisition.clone()),
        ("cancel-requisition", requisition),
        ("correct-requisition", needed_by),
    ];
    for event in ["requisition.approved", "requisition.rejected", "requisition.cancelled"] {
        let data =
            if event == "requisition.approved" { json!({"role": "r", "totals": []}) } else { json!({}) };
        let prepare = || {
            let mut scene = Scene::with_organization();
            scene.submitted().given("requisition", id(REQUISITION), event, data.clone());
            scene
        };
        assert_told_truly(prepare, &of_requisitions);
    }
    let of_persons = ["deactivate-person", "erase-person"].map(|name| (name, json!({"person_id": id(BOB)})));
    let of_orders = [
        ("cancel-purchase-order", json!({"purchase_order_id": id(ORDER)})),
        ("close-purchase-order", json!({"purchase_order_id": id(ORDER)})),
        ("amend-purchase-order", json!({"purchase_order_id": id(ORDER), "expected_on": "2026-05-01"})),
        (
            "correct-purchase-order",
            json!({"purchase_order_id": id(ORDER), "corrections": [{"notes": "late"}]}),
        ),
    ];
    for (ended, gone) in [("closed", "deactivated"), ("cancelled", "erased")] {
        let prepare = || {
            let mut scene = Scene::with_organization();
            scene.given("person", id(BOB), &format!("person.{gone}"), json!({})).ordered().given(
                "purchase_order",
                id(ORDER),
                &format!("purchase_order.{ended}"),
                json!({}),
            );
            scene
        };
        assert_told_truly(prepare, &of_persons);
        assert_told_truly(prepare, &of_orders);
    }
}

#[test]
fn audits_say_truly_what_is_allowed() {
    let about = json!({"campaign_id": id(AUDIT)});
    let about_it = |more: Value| with(about.clone(), more);
    let of_audits = [
        ("start-audit", about.clone()),
        ("scan-asset", about_it(json!({"asset": "LT-1"}))),
        (
            "correct-finding",
            about_it(json!({"finding": {"asset": "LT-1"}, "corrections": [{"condition": "good"}]})),
        ),
        ("close-audit", about_it(json!({"expected": 2}))),
        ("correct-audit", about_it(json!({"corrections": [{"name": "Another"}]}))),
        ("cancel-audit", about.clone()),
    ];
    let closed = json!({"expected": 0, "found": 0, "found_elsewhere": 0, "missing": 0, "unexpected": 0});
    for end in [None, Some(("audit_campaign.closed", closed)), Some(("audit_campaign.cancelled", json!({})))]
    {
        let prepare = || {
            let mut scene = Scene::with_organization();
            scene.running();
            if let Some((event, data)) = &end {
                scene.given("audit_campaign", id(AUDIT), event, data.clone());
            }
            scene
        };
        assert_told_truly(prepare, &of_audits);
    }
    let planned = || {
        let mut scene = Scene::with_organization();
        scene.stocked().planned();
        scene
    };
    assert_told_truly(planned, &of_audits);
}

#[test]
fn every_command_reads_what_it_writes_and_refuses_fields_that_it_does_not_know() {
    for name in asset_commands() {
        let body = body(name, "LT-1", "LT-2", Choices::default());
        let read = command(name, body.clone());
        assert_eq!(read.name(), name);
        assert_eq!(command(name, read.to_json()), read);
        let mut unknown = body;
        unknown["colour"] = json!("red");
        let error = Command::read(name, unknown).expect("a command").expect_err("an unknown field");
        assert!(error.to_string().contains("unknown field `colour`"), "{error}");
    }
    assert!(Command::read("paint-asset", json!({})).is_none());
}
