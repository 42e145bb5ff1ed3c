//! Evidence: one asset's history with proofs, and every way to lie in one.

use itam_proof::{EvidenceWriter, FoldError, Known, VerifyError, verify_evidence};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Message, World};

/// The asset of the golden samples.
const ASSET: &str = "019a5c3e-8000-7000-8000-000000000101";
/// The positions of its events in [`world`].
const POSITIONS: [u64; 4] = [2, 3, 6, 9];

fn asset() -> Uuid {
    ASSET.parse().expect("an id")
}

/// The golden sample of an event, with another number.
fn event(name: &str, version: u64) -> Vec<u8> {
    let file = format!("{}/../../schemas/samples/events/{name}.v1.json", env!("CARGO_MANIFEST_DIR"));
    let mut event: Value = serde_json::from_slice(&std::fs::read(file).expect("a sample")).expect("JSON");
    event["aggregateversion"] = json!(version);
    event["subject"] = json!(format!("asset/{ASSET}"));
    serde_json::to_vec(&event).expect("JSON")
}

/// A log in which an asset is registered, deployed, returned and retired.
pub(crate) fn world() -> World {
    let mut messages = World::new(12, "a").messages;
    let events = ["asset.registered", "asset.deployed", "asset.returned", "asset.retired"];
    for ((version, name), position) in (1..).zip(events).zip(POSITIONS) {
        messages[usize::try_from(position - 1).expect("small")] = Message {
            position,
            subject: format!("itam.main.event.asset.{ASSET}"),
            body: event(name, version),
        };
    }
    World::of(messages)
}

/// Evidence for the asset in the checkpoint of `size`.
pub(crate) fn evidence(world: &World, size: u64) -> Vec<u8> {
    let mut evidence = EvidenceWriter::begin(asset(), &world.signed(size));
    for position in POSITIONS.into_iter().filter(|position| *position <= size) {
        let message = &world.messages[usize::try_from(position - 1).expect("small")];
        let inclusion = world.snapshot().prove_inclusion(position, size).expect("covered");
        evidence.event(&message.leaf(), inclusion).expect("its next event");
    }
    evidence.end().expect("there are events")
}

fn verify(world: &World, file: &[u8]) -> Result<Value, VerifyError> {
    verify_evidence(file, &mut world.trust(), &mut Known::new()).map(|report| report.state)
}

/// Changes the evidence, and says what is wrong then.
fn refused(world: &World, change: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_slice(&evidence(world, 12)).expect("JSON");
    change(&mut file["evidence"]);
    verify(world, file.to_string().as_bytes()).expect_err("a lie").to_string()
}

#[test]
fn evidence_shows_the_state_that_the_events_made() {
    let world = world();
    let state = verify(&world, &evidence(&world, 12)).expect("it holds");
    assert_eq!((&state["id"], &state["state"]), (&json!(ASSET), &json!("retired")));
    assert_eq!(state["facts"]["serial"], json!("PF3A9X7K"));
    let before = verify(&world, &evidence(&world, 4)).expect("it holds");
    assert_eq!(before["state"], json!("deployed"));
    assert!(before["custody"]["custodian"].is_object(), "{before}");
}

#[test]
fn an_edited_an_omitted_and_a_foreign_event_are_named() {
    let world = world();
    let edited = refused(&world, |file| {
        let text = file["events"][2]["body"]["text"].as_str().expect("text").replacen("4711", "4712", 1);
        file["events"][2]["body"]["text"] = json!(text);
    });
    assert_eq!(edited, "the proof of position 6 does not lead to the root of the checkpoint of 12");
    let omitted = refused(&world, |file| drop(file["events"].as_array_mut().expect("events").remove(1)));
    assert_eq!(omitted, "position 6: the event has the number 3, and number 2 should come");
    let first = refused(&world, |file| drop(file["events"].as_array_mut().expect("events").remove(0)));
    assert_eq!(first, "position 3: the event has the number 2, and number 1 should come");
    let doubled = refused(&world, |file| {
        let event = file["events"][3].clone();
        file["events"].as_array_mut().expect("events").push(event);
    });
    assert_eq!(doubled, "position 9 does not come after 9");
    let foreign = refused(&world, |file| file["asset"] = json!(Uuid::nil()));
    assert!(foreign.starts_with("position 2: the subject is "), "{foreign}");
    let none = refused(&world, |file| file["events"] = json!([]));
    assert_eq!(none, "the asset has no events");
}

#[test]
fn another_state_than_the_events_make_is_refused_by_field() {
    let world = world();
    let state = refused(&world, |file| file["state"]["state"] = json!("in_stock"));
    assert_eq!(state, "the state is not what the events make of the asset: state differs");
    let more = refused(&world, |file| file["state"]["more"] = json!(1));
    assert!(more.ends_with("more differs"), "{more}");
    assert!(refused(&world, |file| file["state"] = json!(null)).ends_with("it differs"));
}

#[test]
fn a_wrong_proof_key_checkpoint_or_form_is_refused() {
    let world = world();
    let beyond = refused(&world, |file| file["checkpoint"] = json!(world.signed(8).encode()));
    assert!(beyond.starts_with("the proof of position 2 does not lead"), "{beyond}");
    let beyond = refused(&world, |file| {
        let old: Value = serde_json::from_slice(&evidence(&world, 8)).expect("JSON");
        let last = file["events"][3].clone();
        *file = old["evidence"].clone();
        file["events"].as_array_mut().expect("events").push(last);
    });
    assert_eq!(beyond, "position 9 is beyond the checkpoint, which covers 8");
    let proof =
        refused(&world, |file| file["events"][0]["inclusion"][0] = json!(itam_proof::Hash::EMPTY_ROOT));
    assert_eq!(proof, "the proof of position 2 does not lead to the root of the checkpoint of 12");
    let other = refused(&world, |file| file["checkpoint"] = json!(World::new(12, "b").signed(12).encode()));
    assert!(other.ends_with("and the given keys are of others"), "{other}");
    let renamed = refused(&world, |file| file["origin"] = json!("itam/main/0"));
    assert_eq!(renamed, "the checkpoint is of another log");
    assert!(refused(&world, |file| file["format"] = json!(2)).ends_with("use a newer itam"));
    assert!(refused(&world, |file| file["more"] = json!(2)).starts_with("this is not what itam writes here"));
    let wrong_key =
        verify_evidence(&evidence(&world, 12), &mut World::new(3, "b").trust(), &mut Known::new());
    assert!(wrong_key.expect_err("a wrong key").to_string().ends_with("and the given keys are of others"));
}

#[test]
fn truncated_evidence_is_refused() {
    let world = world();
    let file = evidence(&world, 12);
    // The end is a brace and a newline.
    for length in 0..file.len() - 2 {
        let refused = verify(&world, &file[..length]).expect_err("cut off").to_string();
        assert!(refused.contains("cut off"), "{length}: {refused}");
    }
}

#[test]
fn what_is_alien_to_an_asset_is_proven_in_its_evidence_and_changes_nothing() {
    let world = world_with_aliens();
    let positions: Vec<u64> = (2..=9).collect();
    let file = evidence_with_aliens(&world);
    let report = verify_evidence(&file, &mut world.trust(), &mut Known::new()).expect("it holds");
    assert_eq!((report.positions.as_slice(), report.aliens.as_slice()), (&positions[..], &ALIENS[..]));
    assert_eq!(report.state, verify(&self::world(), &self::evidence(&self::world(), 12)).expect("it holds"));
    // They are proven as the events are: edited, they are found out.
    let mut edited: Value = serde_json::from_slice(&file).expect("JSON");
    edited["evidence"]["events"][2]["body"] = json!({"text": "another"});
    let edited = verify(&world, edited.to_string().as_bytes()).expect_err("edited").to_string();
    assert!(edited.starts_with("the proof of position 4 does not lead"), "{edited}");
}

/// Where strangers wrote to the asset's subject in [`world_with_aliens`].
pub(crate) const ALIENS: [u64; 4] = [4, 5, 7, 8];

/// The log of [`world`], and what else stands on the asset's subject: bytes, another's event, a copy of
/// one that stands there, and one without its command.
pub(crate) fn world_with_aliens() -> World {
    let mut messages = world().messages;
    let mut foreign: Value = serde_json::from_slice(&event("asset.retired", 2)).expect("JSON");
    foreign["subject"] = json!(format!("asset/{}", Uuid::nil()));
    let mut anonymous: Value = serde_json::from_slice(&event("asset.retired", 2)).expect("JSON");
    anonymous.as_object_mut().expect("an object").remove("commandid");
    let bodies =
        [vec![0xff, 0], foreign.to_string().into(), event("asset.deployed", 2), anonymous.to_string().into()];
    for (position, body) in ALIENS.into_iter().zip(bodies) {
        let subject = format!("itam.main.event.asset.{ASSET}");
        messages[usize::try_from(position - 1).expect("small")] = Message { position, subject, body };
    }
    World::of(messages)
}

/// Evidence for the asset in [`world_with_aliens`].
pub(crate) fn evidence_with_aliens(world: &World) -> Vec<u8> {
    let mut evidence = EvidenceWriter::begin(asset(), &world.signed(12));
    for position in 2..=9 {
        let message = &world.messages[usize::try_from(position - 1).expect("small")];
        let inclusion = world.snapshot().prove_inclusion(position, 12).expect("covered");
        evidence.event(&message.leaf(), inclusion).expect("an event, or alien");
    }
    evidence.end().expect("there are events")
}

#[test]
fn evidence_is_not_written_of_what_is_not_the_assets_next_event() {
    let world = world();
    let mut evidence = EvidenceWriter::begin(asset(), &world.signed(12));
    let third = world.messages[5].leaf();
    let refused = evidence.event(&third, Vec::new()).expect_err("the first is missing");
    assert!(matches!(refused, FoldError::Missing { found: 3, expected: 1, .. }), "{refused}");
    assert!(matches!(evidence.end(), Err(FoldError::Nothing)));
}
