//! The folder of a log's keys: made once, changed whole or not at all.

use std::fs;
use std::path::Path;

use itam_proof::{KeyError, KeyFolder, KeyKind, Origin, SignedCheckpoint, SigningKey};

use crate::world::World;

fn create(folder: &Path, world: &World) -> KeyFolder {
    let keys = KeyFolder::new(folder);
    assert!(matches!(keys.load(), Err(KeyError::Missing(_))));
    keys.load_or_create(&world.origin, || [1; 32]).expect("made");
    keys
}

#[test]
fn the_first_key_is_made_once_and_only_for_its_log() {
    let (world, dir) = (World::new(3, "a"), tempfile::tempdir().expect("a directory"));
    let folder = dir.path().join("keys");
    let keys = create(&folder, &world);
    let again = keys.load_or_create(&world.origin, || unreachable!("there is a key")).expect("found");
    assert_eq!(again.key.public(), world.key.public());
    drop(again);
    assert!(matches!(keys.create(&world.origin, &[2; 32]), Err(KeyError::Exists(_))));
    let other = World::new(3, "b").origin;
    assert!(matches!(keys.load_or_create(&other, || [1; 32]), Err(KeyError::OtherLog { .. })));
}

#[test]
fn after_two_changes_whoever_trusts_the_first_key_trusts_the_last() {
    let (world, dir) = (World::new(9, "a"), tempfile::tempdir().expect("a directory"));
    let keys = create(dir.path(), &world);
    keys.rotate(4, &[2; 32]).expect("changed");
    keys.rotate(7, &[3; 32]).expect("changed");
    let now = keys.load().expect("read");
    assert_eq!((now.first(), now.statements.len()), (world.key.public(), 2));
    let signed = SignedCheckpoint::sign(world.checkpoint(8), &[&now.key]).expect("signed");
    signed.verify(&now.trust()).expect("trusted");
    let old = SignedCheckpoint::sign(world.checkpoint(8), &[&world.key]).expect("signed");
    assert!(old.verify(&now.trust()).is_err());
}

#[test]
fn a_change_that_was_cut_short_is_finished_or_undone_by_whether_it_was_said() {
    let (world, dir) = (World::new(9, "a"), tempfile::tempdir().expect("a directory"));
    let keys = create(dir.path(), &world);
    let (next, key) = (dir.path().join("log.key.next"), dir.path().join("log.key"));
    let new = SigningKey::from_seed(world.origin.as_str(), KeyKind::Log, &[2; 32]).expect("a key");
    // Cut off before the statement.
    new.save_new(&next).expect("written");
    assert_eq!(keys.load().expect("undone").key.public(), world.key.public());
    assert!(!next.exists());
    // Cut off after it: the old secret is still in its place.
    let before = fs::read(&key).expect("read");
    keys.rotate(4, &[2; 32]).expect("changed");
    fs::rename(&key, &next).expect("moved back");
    fs::write(&key, before).expect("moved back");
    assert_eq!(keys.load().expect("finished").key.public(), new.public());
    assert!(!next.exists());
    // Cut off while the next key was being written.
    fs::write(&next, "PRIVATE+KEY+").expect("written");
    assert_eq!(keys.load().expect("undone").key.public(), new.public());
}

#[test]
fn keys_are_not_changed_while_one_is_held_and_then_they_are() {
    let (world, dir) = (World::new(3, "a"), tempfile::tempdir().expect("a directory"));
    let keys = create(dir.path(), &world);
    let held = keys.load().expect("read");
    let changing = std::thread::spawn(move || keys.rotate(4, &[2; 32]).map(|_| keys));
    // Whether the thread waits already or not: the key that is held is the one that signs.
    assert_eq!(KeyFolder::new(dir.path()).load().expect("read").key.public(), held.key.public());
    drop(held);
    let keys = changing.join().expect("ended").expect("changed");
    assert_ne!(keys.load().expect("read").key.public(), world.key.public());
}

#[test]
fn a_chain_that_does_not_lead_to_the_key_is_refused() {
    let (world, dir) = (World::new(3, "a"), tempfile::tempdir().expect("a directory"));
    let keys = create(dir.path(), &world);
    keys.rotate(4, &[2; 32]).expect("changed");
    let chain = dir.path().join("chain.ndjson");
    let text = fs::read_to_string(&chain).expect("read");
    for wrong in [text.repeat(2), text.replacen("v1\\n", "v2\\n", 1), "{}\n".to_owned()] {
        fs::write(&chain, wrong).expect("written");
        assert!(matches!(keys.load(), Err(KeyError::Chain(_))));
    }
    fs::write(&chain, text).expect("written");
    let foreign = Origin::of_log("main", World::new(3, "b").messages[0].leaf().hash());
    fs::remove_file(dir.path().join("log.key")).expect("removed");
    keys.create(&foreign, &[2; 32]).expect("made");
    assert!(matches!(keys.load(), Err(KeyError::Chain(_))));
}
