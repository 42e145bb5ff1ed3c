//! Keys, checkpoints, countersignatures and key statements.

use std::os::unix::fs::PermissionsExt;

use chrono::TimeDelta;
use itam_proof::{
    KeyError, KeyPurpose, KeyStatement, Known, Origin, SignedCheckpoint, SigningKey, TreeCheckpoint, Trust,
    VerifierKey, verify_checkpoint, verify_statement,
};

use crate::world::{World, now};

fn witness(seed: u8) -> SigningKey {
    SigningKey::from_seed("witness.example.com/w1", KeyPurpose::Witness, &[seed; 32]).expect("a key")
}

fn refused(signed: &SignedCheckpoint, trust: &Trust) -> String {
    signed.verify(trust).expect_err("it does not hold").to_string()
}

#[test]
fn a_checkpoint_is_a_signed_note_of_c2sp() {
    let world = World::new(3, "a");
    let signed = world.signed(3);
    let note = signed.encode();
    let root = world.snapshot().root(3).expect("covered");
    let origin = &world.origin;
    let start = format!("{origin}\n3\n{root}\ntime 2026-01-01T00:00:00.123Z\n\n— {origin} ");
    assert!(note.starts_with(&start), "{note}");
    assert_eq!(SignedCheckpoint::parse(&note).expect("a checkpoint"), signed);
    assert_eq!(Origin::parse(origin.as_str()).as_ref(), Some(origin));
    assert_eq!(origin.tenant(), "main");
}

/// The example of C2SP tlog-cosignature, whose keys we do not have: its form must be taken.
#[test]
fn the_signatures_of_strangers_are_kept_and_say_nothing() {
    let world = World::new(3, "a");
    let stranger = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX\
                    3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let note = format!("{}{stranger}", world.signed(3).encode());
    let signed = SignedCheckpoint::parse(&note).expect("a checkpoint");
    let attestation = signed.verify(&world.trust()).expect("signed");
    assert_eq!((attestation.signers.len(), attestation.unknown), (1, 1));
    assert_eq!(signed.encode(), note);
}

/// RFC 8032 §7.1, test 1: the public key of this secret.
#[test]
fn a_public_key_is_the_vkey_of_c2sp() {
    let seed = data_encoding::HEXLOWER
        .decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        .expect("digits");
    let key =
        SigningKey::from_seed("a", KeyPurpose::Log, &seed.try_into().expect("32 bytes")).expect("a key");
    let vkey = key.public().to_string();
    assert!(vkey.ends_with("+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"), "{vkey}");
    assert_eq!(vkey.parse::<VerifierKey>().expect("a key"), *key.public());
    for wrong in ["", "a", "a+00000000+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea", &vkey[..vkey.len() - 4]]
    {
        assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
    }
}

#[test]
fn every_byte_of_a_note_counts() {
    let world = World::new(3, "a");
    let mut signed = world.signed(3);
    signed.cosign(&witness(2), now()).expect("countersigned");
    let mut trust = world.trust();
    trust.add(witness(2).public().clone());
    let note = signed.encode();
    verify_checkpoint(&note, &trust, &mut Known::new()).expect("it holds");
    for index in 0..note.len() {
        let mut changed = note.clone().into_bytes();
        changed[index] ^= 1 << (index % 8);
        if let Ok(changed) = String::from_utf8(changed) {
            let verified = verify_checkpoint(&changed, &trust, &mut Known::new());
            let is_right = verified.is_ok_and(|attested| trust.check_countersigned(&attested).is_ok());
            assert!(!is_right, "byte {index}: {changed}");
        }
    }
}

#[test]
fn a_countersignature_carries_the_time_of_its_witness_and_can_be_demanded() {
    let world = World::new(3, "a");
    let mut trust = world.trust();
    trust.add(witness(2).public().clone());
    let alone = verify_checkpoint(&world.signed(3).encode(), &trust, &mut Known::new()).expect("signed");
    let alone = trust.check_countersigned(&alone).expect_err("alone");
    assert!(
        alone.to_string().starts_with("the checkpoint of 3 is not countersigned by witness.example.com/w1+")
    );

    let (mut one, mut two) = (world.signed(3), world.signed(3));
    one.cosign(&witness(2), now() + TimeDelta::minutes(1)).expect("countersigned");
    two.cosign(&witness(3), now()).expect("countersigned");
    one.merge(&two).expect("the same checkpoint");
    let attestation = one.verify(&trust).expect("signed");
    let given = &attestation.countersignatures[0];
    assert_eq!((given.time.timestamp(), &given.witness), (1_767_225_660, witness(2).public()));
    assert_eq!((attestation.countersignatures.len(), attestation.unknown), (1, 1));
    assert!(one.merge(&world.signed(2)).is_err());
    // A countersignature does not replace the log's own signature.
    let mut unsigned = SignedCheckpoint::sign(world.checkpoint(3), &[]).expect("not signed");
    unsigned.cosign(&witness(2), now()).expect("countersigned");
    assert!(refused(&unsigned, &trust).contains("is signed by none of the given keys"));
}

#[test]
fn a_wrong_key_is_told_from_the_key_of_another_log() {
    let (world, other) = (World::new(3, "a"), World::new(3, "b"));
    let signed = world.signed(3);
    assert!(refused(&signed, &other.trust()).ends_with("and the given keys are of others"));
    let wrong = SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[9; 32]).expect("a key");
    let mut trust = Trust::new();
    trust.add(wrong.public().clone());
    assert!(refused(&signed, &trust).ends_with("is signed by none of the given keys"));
    assert!(SignedCheckpoint::sign(world.checkpoint(3), &[&other.key]).is_err());
}

#[test]
fn whoever_trusts_one_key_of_the_chain_trusts_those_after_it_for_their_sizes() {
    let world = World::new(9, "a");
    let key =
        |seed| SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[seed; 32]).expect("a key");
    let (second, third) = (key(2), key(3));
    let chain = [
        KeyStatement::sign(&world.origin, 4, &world.key, &second).expect("signed"),
        KeyStatement::sign(&world.origin, 7, &second, &third).expect("signed"),
    ];
    let signed =
        |size, key: &SigningKey| SignedCheckpoint::sign(world.checkpoint(size), &[key]).expect("signed");
    let mut trust = world.trust();
    assert!(signed(8, &third).verify(&trust).is_err());
    for statement in &chain {
        verify_statement(&statement.encode(), &mut trust).expect("it holds");
    }
    for (size, key) in [(3, &world.key), (4, &second), (6, &second), (7, &third), (9, &third)] {
        signed(size, key).verify(&trust).expect("its own time");
    }
    let late = refused(&signed(4, &world.key), &trust);
    assert!(late.ends_with("which was replaced at 4"), "{late}");
    // While it is handed over, both sign, and those who know only the old one follow.
    let both = SignedCheckpoint::sign(world.checkpoint(4), &[&world.key, &second]).expect("signed");
    both.verify(&world.trust()).expect("by the old key");
    both.verify(&trust).expect("by the new key");

    let forked = KeyStatement::sign(&world.origin, 4, &world.key, &key(5)).expect("signed");
    let fork = trust.follow(&forked).expect_err("a fork").to_string();
    assert!(fork.ends_with("has two successors"), "{fork}");
    // A stranger's statement adds nobody.
    let mut stranger = Trust::new();
    stranger.add(key(9).public().clone());
    stranger.follow(&chain[0]).expect("passed over");
    assert!(signed(4, &second).verify(&stranger).is_err());
}

#[test]
fn every_byte_of_a_key_statement_counts() {
    let world = World::new(3, "a");
    let second = SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[2; 32]).expect("a key");
    let note = KeyStatement::sign(&world.origin, 2, &world.key, &second).expect("signed").encode();
    let signed = SignedCheckpoint::sign(world.checkpoint(3), &[&second]).expect("signed");
    for index in 0..note.len() {
        let mut changed = note.clone().into_bytes();
        changed[index] ^= 1;
        let Ok(changed) = String::from_utf8(changed) else { continue };
        let mut trust = world.trust();
        let _ = verify_statement(&changed, &mut trust);
        assert!(signed.verify(&trust).is_err(), "byte {index}: {changed}");
    }
}

#[test]
fn a_key_file_is_for_its_owner_and_is_never_overwritten() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log.key");
    for key in [World::new(1, "a").key, witness(2)] {
        key.save_new(&path).expect("written");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(SigningKey::load(&path).expect("read").public(), key.public());
        assert!(matches!(key.save_new(&path), Err(KeyError::Exists(_))));
        assert!(!format!("{key:?}").contains("PRIVATE"), "{key:?}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
        assert!(matches!(SigningKey::load(&path), Err(KeyError::Exposed(_))));
        std::fs::remove_file(&path).expect("removed");
    }
    assert!(matches!(SigningKey::load(&path), Err(KeyError::File { .. })));
    witness(2).save_new(&path).expect("written");
    let text = std::fs::read_to_string(&path).expect("read");
    std::fs::write(&path, text.replacen("w1", "w2", 1)).expect("written");
    assert!(matches!(SigningKey::load(&path), Err(KeyError::Secret(_))));
    for name in ["", "a b", "a+b", "a\u{7}"] {
        assert!(SigningKey::from_seed(name, KeyPurpose::Log, &[1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn what_is_no_checkpoint_of_a_log_of_itam_is_refused() {
    let world = World::new(3, "a");
    let text = world.checkpoint(3).text();
    let origin = world.origin.as_str();
    let wrong = [
        text.replacen(origin, "example.com/behind-the-sofa", 1),
        text.replacen(origin, &origin.to_uppercase(), 1),
        text.replacen("\n3\n", "\n03\n", 1),
        text.replacen("\n3\n", "\n0\n", 1),
        text.replacen("time ", "made ", 1),
        text.replacen("00.123Z", "00.123+00:00", 1),
        format!("{text}more\n"),
    ];
    for text in wrong {
        let note = format!("{text}\n— {origin} AAAAAAAAAAA=\n");
        assert!(SignedCheckpoint::parse(&note).is_err(), "{note}");
    }
    assert!(SignedCheckpoint::parse("").is_err());
    let empty = TreeCheckpoint { size: 0, ..world.checkpoint(3) };
    let signed = SignedCheckpoint::sign(empty, &[&world.key]).expect("signed");
    assert!(SignedCheckpoint::parse(&signed.encode()).is_err());
}
