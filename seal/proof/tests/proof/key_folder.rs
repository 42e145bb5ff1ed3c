//! The folder of a log's keys: made once, changed whole or not at all.

use std::fs;
use std::path::Path;

use itam_proof::{
    KeyError, KeyFolder, KeyPurpose, KeyStatement, KeySuccession, Origin, SignedCheckpoint, SigningKey,
    TrustError, VerifierKey,
};

use crate::world::World;

fn create(folder: &Path, world: &World) -> KeyFolder {
    let keys = KeyFolder::new(folder);
    assert!(matches!(keys.load(), Err(KeyError::Missing(_))));
    keys.create(&world.origin, &[1; 32]).expect("made");
    keys
}

fn rotate(keys: &KeyFolder, from_size: u64, seed: u8) {
    keys.hold().and_then(|held| held.rotate(from_size, &[seed; 32])).expect("changed");
}

#[test]
fn the_first_key_is_made_once_and_only_for_its_log() {
    let (world, dir) = (World::new(3, "a"), tempfile::tempdir().expect("a directory"));
    let folder = dir.path().join("keys");
    let keys = create(&folder, &world);
    let again = keys.load_for(&world.origin).expect("found");
    assert_eq!(again.key.public(), world.key.public());
    drop(again);
    assert!(matches!(keys.create(&world.origin, &[2; 32]), Err(KeyError::Exists(_))));
    let other = World::new(3, "b").origin;
    assert!(matches!(keys.load_for(&other), Err(KeyError::OtherLog { .. })));
}

#[test]
fn after_two_changes_whoever_trusts_the_first_key_trusts_the_last() {
    let (world, dir) = (World::new(9, "a"), tempfile::tempdir().expect("a directory"));
    let keys = create(dir.path(), &world);
    rotate(&keys, 4, 2);
    rotate(&keys, 7, 3);
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
    let new = SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[2; 32]).expect("a key");
    // Cut off before the statement.
    new.save_new(&next).expect("written");
    assert_eq!(keys.load().expect("undone").key.public(), world.key.public());
    assert!(!next.exists());
    // Cut off after it: the old secret is still in its place.
    let before = fs::read(&key).expect("read");
    rotate(&keys, 4, 2);
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
    let changing = std::thread::spawn(move || {
        rotate(&keys, 4, 2);
        keys
    });
    // Whether the thread waits already or not: the key that is held is the one that signs.
    assert_eq!(KeyFolder::new(dir.path()).load().expect("read").key.public(), held.key.public());
    drop(held);
    let keys = changing.join().expect("ended");
    assert_ne!(keys.load().expect("read").key.public(), world.key.public());
}

#[test]
fn a_chain_that_does_not_lead_to_the_key_is_refused() {
    let (world, dir) = (World::new(3, "a"), tempfile::tempdir().expect("a directory"));
    let keys = create(dir.path(), &world);
    rotate(&keys, 4, 2);
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

#[test]
fn a_lost_key_is_replaced_by_one_that_nobody_trusts_for_it() {
    let (world, dir) = (World::new(9, "a"), tempfile::tempdir().expect("a directory"));
    let keys = create(dir.path(), &world);
    let replace = |lost: &VerifierKey, from_size| {
        keys.hold().and_then(|held| held.replace_lost(lost, from_size, &[9; 32]))
    };
    assert!(matches!(replace(world.key.public(), 5), Err(KeyError::NotLost(_))));
    rotate(&keys, 3, 2);
    let lost = keys.load().expect("read").key.public().clone();
    fs::remove_file(dir.path().join("log.key")).expect("removed");
    // The first key was replaced before; it is not the one that is lost.
    assert!(matches!(replace(world.key.public(), 5), Err(KeyError::Chain(_))));
    let statement = replace(&lost, 5).expect("replaced");
    assert_eq!((statement.change(), statement.from_size()), (KeySuccession::Loss, 5));
    let now = keys.load_for(&world.origin).expect("read");
    assert_eq!((now.key.public(), now.statements.len()), (statement.successor(), 2));

    let sign = |size: u64| SignedCheckpoint::sign(world.checkpoint(size), &[&now.key]).expect("signed");
    sign(5).verify(&now.trust()).expect("its owner has said so");
    let mut auditor = world.trust();
    for statement in &now.statements {
        auditor.follow(statement).expect("it is signed");
    }
    let refused = sign(5).verify(&auditor).expect_err("nobody vouches for it");
    assert!(matches!(refused, TrustError::AfterLoss { .. }), "{refused}");
    assert_eq!(auditor.losses().count(), 0);
    // Once she was given the new key, the lost one signs nothing more.
    auditor.add(now.key.public().clone());
    auditor.follow(&statement).expect("it is signed");
    sign(5).verify(&auditor).expect("signed by a key that was given");
    assert_eq!(auditor.losses().next(), Some(&statement));
    let found = SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[2; 32]).expect("a key");
    let late = SignedCheckpoint::sign(world.checkpoint(6), &[&found]).expect("signed");
    let refused = late.verify(&auditor).expect_err("it was replaced");
    assert!(matches!(refused, TrustError::Replaced { until: 5, .. }), "{refused}");
    // A statement that a stranger makes of a key that was not lost changes nothing.
    let stranger = SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[66; 32]).expect("a key");
    let forged = KeyStatement::sign_loss(&world.origin, 1, now.key.public(), &stranger).expect("signed");
    auditor.follow(&forged).expect("it is signed, and says nothing");
    sign(7).verify(&auditor).expect("as before");
}
