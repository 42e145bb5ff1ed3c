//! Exports: whole and in part, and every way to lie in one.

use itam_proof::{
    ExportError, ExportReport, ExportWriter, Frontier, KeyPurpose, KeyStatement, Known, Leaf,
    SignedCheckpoint, SigningKey, Trust, VerifyError, verify_export,
};
use proptest::prelude::*;
use serde_json::json;

use crate::world::World;

fn verify(world: &World, export: &[u8]) -> Result<ExportReport, VerifyError> {
    verify_export(export, &mut world.trust(), &mut Known::new())
}

/// The lines of an export, with their ends.
fn lines(export: &[u8]) -> Vec<Vec<u8>> {
    export.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn text(export: &[u8]) -> String {
    String::from_utf8(export.to_vec()).expect("JSON")
}

#[test]
fn a_whole_export_is_proven_by_itself_and_a_part_by_what_surrounds_it() {
    let world = World::new(20, "a");
    let whole = verify(&world, &world.export(1, 20, &[7, 20])).expect("it holds");
    assert_eq!((whole.from, whole.to), (1, 20));
    let sizes: Vec<u64> = whole.checkpoints.iter().map(|attested| attested.checkpoint.size).collect();
    assert_eq!(sizes, [7, 20]);
    for (from, to, sizes) in [(5, 12, [12]), (5, 12, [17]), (1, 1, [20]), (20, 20, [20]), (2, 16, [20])] {
        let part = verify(&world, &world.export(from, to, &sizes)).expect("it holds");
        assert_eq!((part.from, part.to), (from, to));
    }
}

/// A witness.
pub(crate) fn witness() -> SigningKey {
    SigningKey::from_seed("witness.example.com/w1", KeyPurpose::Witness, &[2; 32]).expect("a key")
}

#[test]
fn the_last_checkpoint_must_bear_the_witness_and_covers_those_before_it() {
    let world = World::new(20, "a");
    let export =
        |sizes: &[u64]| world.export_of(1, 20, &[5, 12, 20], |size| world.witnessed(size, sizes, &witness()));
    let verify = |export: &[u8]| {
        let mut trust = world.trust();
        trust.add(witness().public().clone());
        verify_export(export, &mut trust, &mut Known::new())
    };
    assert_eq!(verify(&export(&[20])).expect("it holds").checkpoints.len(), 3);
    for (sizes, from) in [([5, 12].as_slice(), 13), (&[5], 6), (&[], 1)] {
        let refused = verify(&export(sizes)).expect_err("the last one is not countersigned");
        assert_eq!(refused.position(), Some(from));
        assert!(refused.to_string().contains("not every witness"), "{refused}");
    }
    // A wrong signature of a witness that is known is a lie wherever it stands.
    let line = |size| world.witnessed(size, &[size], &witness()).encode();
    let line = |size| line(size).lines().last().map(str::to_owned).expect("a line");
    let forged = text(&export(&[5, 20])).replacen(&line(5), &line(12), 1);
    let refused = verify(forged.as_bytes()).expect_err("a wrong signature");
    assert!(refused.to_string().contains("witness.example.com/w1+"), "{refused}");
}

#[test]
fn an_edited_event_is_named() {
    let world = World::new(20, "a");
    let export = text(&world.export(1, 20, &[20]));
    let body = export.replacen(r#"\":13}"#, r#"\":31}"#, 1);
    let wrong = "position 13 (line 14): position, subject and body do not make the leaf beside them: \
                 they were edited";
    assert_eq!(world.refuse(body.as_bytes()), wrong);
    let subject = export.replacen("event.asset.1", "event.asset.2", 1);
    assert!(world.refuse(subject.as_bytes()).starts_with("position 1 (line 2): "));
}

/// Somebody who knows the format puts the hash right as well.
#[test]
fn an_edited_event_with_its_leaf_put_right_is_named_by_the_checkpoints_around_it() {
    let (world, mut forged) = (World::new(20, "a"), World::new(20, "a"));
    forged.messages[12].body = b"{}".to_vec();
    let mut out = Vec::new();
    let mut export = ExportWriter::begin(&world.origin, Frontier::default(), &mut out);
    for message in &forged.messages {
        export.event(&message.leaf(), &mut out).expect("the next");
        match message.position {
            7 => export.checkpoint(&world.signed(7), Vec::new(), &mut out).expect("it continues"),
            20 => {
                let refused = export.checkpoint(&world.signed(20), Vec::new(), &mut out);
                assert_eq!(refused, Err(ExportError::Differs { size: 20 }));
            }
            _ => {}
        }
    }
    export.end(&mut out);
    let checkpoint = lines(&world.export(1, 20, &[20]))[21].clone();
    let mut all = lines(&out);
    all.insert(all.len() - 1, checkpoint);
    let wrong = "positions 8 to 20 are not those that the checkpoint of 20 was made of";
    assert_eq!(world.refuse(&all.concat()), format!("position 8 (line 23): {wrong}"));
}

#[test]
fn a_dropped_a_doubled_and_a_swapped_line_are_named() {
    let world = World::new(20, "a");
    let whole = lines(&world.export(1, 20, &[20]));
    let mut dropped = whole.clone();
    dropped.remove(5);
    assert_eq!(world.refuse(&dropped.concat()), "position 5 (line 6): position 5 should come here, not 6");
    let mut doubled = whole.clone();
    doubled.insert(5, whole[5].clone());
    assert_eq!(world.refuse(&doubled.concat()), "position 6 (line 7): position 6 should come here, not 5");
    let mut swapped = whole.clone();
    swapped.swap(5, 6);
    assert_eq!(world.refuse(&swapped.concat()), "position 5 (line 6): position 5 should come here, not 6");
}

#[test]
fn an_export_that_was_cut_off_anywhere_is_refused() {
    let world = World::new(6, "a");
    let export = world.export(1, 6, &[6]);
    // Without its very last byte, the newline, everything is still said.
    for length in 0..export.len() - 1 {
        let refused = world.refuse(&export[..length]);
        assert!(refused.contains("the file is cut off"), "{length}: {refused}");
    }
    verify(&world, &export[..export.len() - 1]).expect("it holds");
}

#[test]
fn a_part_that_was_cut_off_and_what_was_asked_for_next_make_one_export() {
    let world = World::new(20, "a");
    let first = lines(&world.export(1, 20, &[20]));
    let joined = [first[..8].concat(), world.export(8, 20, &[20])].concat();
    let report = verify(&world, &joined).expect("it holds");
    assert_eq!((report.from, report.to, report.checkpoints.len()), (1, 20, 1));
    let gap = [first[..8].concat(), world.export(9, 20, &[20])].concat();
    assert_eq!(world.refuse(&gap), "position 8 (line 9): position 8 should come here, not 9");
    let mut other = World::new(20, "a");
    other.messages[3].body = b"{}".to_vec();
    let other = World::of(other.messages);
    let mixed = [lines(&other.export(1, 20, &[20]))[..8].concat(), world.export(8, 20, &[20])].concat();
    assert_eq!(world.refuse(&mixed), "line 9: what follows continues another history than what is before it");
}

#[test]
fn a_header_that_names_an_impossible_position_is_refused() {
    let world = World::new(6, "a");
    let export = text(&world.export(3, 6, &[6]));
    let peaks = |count: usize| json!(vec![itam_proof::Hash::EMPTY_ROOT; count]);
    for (from, peaks) in [(0, peaks(0)), (4, peaks(1)), (1 << 63, peaks(63)), (u64::MAX, peaks(63))] {
        let header = json!({"format": 1, "origin": world.origin.as_str(), "from": from, "peaks": peaks});
        let rest = export.split_once('\n').expect("lines").1;
        let changed = format!("{}\n{rest}", json!({"export": header}));
        let refused = world.refuse(changed.as_bytes());
        assert!(refused.contains("does not say where the export begins"), "{from}: {refused}");
    }
    // One that could be, but is not, is refused at the first event.
    let changed = export.replacen("\"from\":3", "\"from\":5", 1);
    assert_eq!(world.refuse(changed.as_bytes()), "position 5 (line 2): position 5 should come here, not 3");
}

#[test]
fn what_no_checkpoint_covers_is_refused() {
    let world = World::new(20, "a");
    assert_eq!(world.refuse(&world.export(1, 20, &[])), "line 22: the export holds no checkpoint");
    let refused = world.refuse(&world.export(1, 20, &[7]));
    assert_eq!(refused, "position 8 (line 23): no checkpoint covers positions 8 to 20");
    // Nothing is known of what is before a part in which nothing is.
    let mut nothing = Vec::new();
    ExportWriter::begin(&world.origin, world.snapshot().frontier(5).expect("covered"), &mut nothing)
        .end(&mut nothing);
    assert_eq!(world.refuse(&nothing), "line 2: the export holds no checkpoint");
}

#[test]
fn a_checkpoint_of_another_log_and_a_log_under_another_name_are_refused() {
    let (world, other) = (World::new(20, "a"), World::new(20, "b"));
    let mut mixed = lines(&world.export(1, 20, &[20]));
    mixed[21] = lines(&other.export(1, 20, &[20]))[21].clone();
    let refused = world.refuse(&mixed.concat());
    assert!(refused.ends_with("and the given keys are of others"), "{refused}");
    let mut both = world.trust();
    both.add(other.key.public().clone());
    let refused = verify_export(&*mixed.concat(), &mut both, &mut Known::new()).expect_err("mixed");
    assert_eq!(refused.to_string(), "line 22: the checkpoint is of another log");

    let mut renamed = lines(&other.export(1, 20, &[20]));
    renamed[0] = lines(&world.export(1, 20, &[20]))[0].clone();
    let refused = world.refuse(&renamed.concat());
    assert!(refused.contains("its first position is not that of this log"), "{refused}");
}

/// After changes of keys an export has checkpoints of keys that whoever trusts the newest alone knows
/// from the statements only.
pub(crate) fn with_three_keys(world: &World) -> (Vec<u8>, SigningKey) {
    let key =
        |seed| SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[seed; 32]).expect("a key");
    let (second, third) = (key(2), key(3));
    let statements = [
        KeyStatement::sign(&world.origin, 5, &world.key, &second).expect("signed"),
        KeyStatement::sign(&world.origin, 9, &second, &third).expect("signed"),
    ];
    let export = with_keys(world, &statements, &[(4, &world.key), (7, &second), (12, &third)]);
    (export, third)
}

/// The whole log, whose key was lost after the checkpoint of 4; and the key that came then.
pub(crate) fn after_a_loss(world: &World) -> (Vec<u8>, SigningKey) {
    let new = SigningKey::from_seed(world.origin.as_str(), KeyPurpose::Log, &[5; 32]).expect("a key");
    let loss = KeyStatement::sign_loss(&world.origin, 5, world.key.public(), &new).expect("signed");
    (with_keys(world, &[loss], &[(4, &world.key), (12, &new)]), new)
}

/// The whole log, with these statements, and a checkpoint of each of these sizes by its key.
fn with_keys(world: &World, statements: &[KeyStatement], signed: &[(u64, &SigningKey)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut export = ExportWriter::begin(&world.origin, Frontier::default(), &mut out);
    for statement in statements {
        export.statement(statement, &mut out);
    }
    for message in world.messages.iter().take(12) {
        export.event(&message.leaf(), &mut out).expect("the next");
        for (size, key) in signed.iter().filter(|(size, _)| *size == message.position) {
            let signed = SignedCheckpoint::sign(world.checkpoint(*size), &[key]).expect("signed");
            export.checkpoint(&signed, Vec::new(), &mut out).expect("it continues");
        }
    }
    export.end(&mut out);
    out
}

fn trusting(key: &SigningKey) -> Trust {
    let mut trust = Trust::new();
    trust.add(key.public().clone());
    trust
}

#[test]
fn any_key_of_the_chain_is_enough_if_the_last_checkpoint_is_of_it_or_of_a_later_one() {
    let world = World::new(12, "a");
    let (export, third) = with_three_keys(&world);
    let by_the_first = verify(&world, &export).expect("it holds");
    assert_eq!(by_the_first.checkpoints.len(), 3);
    let by_the_last = verify_export(&*export, &mut trusting(&third), &mut Known::new()).expect("it holds");
    assert_eq!(by_the_last.checkpoints.len(), 1, "the others are of former keys, and prove nothing");
}

#[test]
fn the_key_after_a_lost_one_counts_only_for_those_who_were_given_it() {
    let world = World::new(12, "a");
    let (export, new) = after_a_loss(&world);
    let refused = verify(&world, &export).expect_err("the lost key vouches for nobody");
    assert!(refused.to_string().contains("was lost and that it signs in its place"), "{refused}");
    let mut given = trusting(&new);
    let report = verify_export(&*export, &mut given, &mut Known::new()).expect("it holds");
    assert_eq!((report.checkpoints.len(), given.losses().count()), (1, 1));
    let mut both = world.trust();
    both.add(new.public().clone());
    let report = verify_export(&*export, &mut both, &mut Known::new()).expect("it holds");
    assert_eq!((report.checkpoints.len(), both.losses().count()), (2, 1));
}

#[test]
fn a_checkpoint_of_a_former_key_must_agree_and_be_signed_and_does_not_cover() {
    let world = World::new(12, "a");
    let (export, third) = with_three_keys(&world);
    let refuse = |lines: &[Vec<u8>]| {
        let refused = verify_export(&*lines.concat(), &mut trusting(&third), &mut Known::new());
        refused.expect_err("a lie").to_string()
    };
    let all = lines(&export);
    // Line 8 is the checkpoint of 4.
    let mut unsigned = all.clone();
    unsigned[7] = text(&all[7]).replacen("— i", "— j", 1).into_bytes();
    assert!(refuse(&unsigned).starts_with("line 8: the checkpoint of 4 of "), "{}", refuse(&unsigned));
    let mut other = World::new(12, "a").messages;
    other[2].body = b"{}".to_vec();
    let mut disagrees = all.clone();
    disagrees[7] = lines(&with_three_keys(&World::of(other)).0)[7].clone();
    assert!(refuse(&disagrees).contains("positions 1 to 4 are not those"), "{}", refuse(&disagrees));
    let without_the_last: Vec<Vec<u8>> = all[..11].to_vec();
    let end = json!({"end": {"events": 7, "to": 7}}).to_string().into_bytes();
    let older = refuse(&[without_the_last, vec![end]].concat());
    assert!(older.ends_with("which is older than the given ones"), "{older}");
}

#[test]
fn two_histories_that_were_both_signed_are_noticed_in_either_order() {
    let world = World::new(20, "a");
    let mut edited = World::new(20, "a").messages;
    edited[12].body = b"{}".to_vec();
    let edited = World::of(edited);
    assert_eq!(world.origin, edited.origin);
    let (ours, theirs) = (world.export(1, 20, &[20]), edited.export(1, 20, &[20]));
    for (first, second) in [(&ours, &theirs), (&theirs, &ours)] {
        let mut known = Known::new();
        verify_export(&**first, &mut world.trust(), &mut known).expect("it holds by itself");
        let refused = verify_export(&**second, &mut world.trust(), &mut known).expect_err("another");
        assert!(refused.to_string().contains("has shown two histories"), "{refused}");
    }
    // A checkpoint that somebody kept is enough, of any size that the export passes.
    let mut known = Known::new();
    itam_proof::verify_checkpoint(&world.signed(15).encode(), &world.trust(), &mut known).expect("signed");
    assert_eq!(known.not_compared().count(), 1);
    let refused = verify_export(&*theirs, &mut world.trust(), &mut known).expect_err("another");
    assert_eq!(refused.position(), Some(15));
    verify_export(&*ours, &mut world.trust(), &mut known).expect("it holds");
    assert_eq!(known.not_compared().count(), 0);
}

#[test]
fn an_export_is_not_written_of_what_was_not_sealed() {
    let world = World::new(5, "a");
    let mut out = Vec::new();
    let mut export = ExportWriter::begin(&world.origin, Frontier::default(), &mut out);
    let second = world.messages[1].leaf();
    assert_eq!(export.event(&second, &mut out), Err(ExportError::Gap { expected: 1, found: 2 }));
    export.event(&Leaf { position: 1, ..second }, &mut out).expect("the next");
    let refused = export.checkpoint(&world.signed(5), world.consistency(1, 5), &mut out);
    assert_eq!(refused, Err(ExportError::Differs { size: 5 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever byte is changed: either it is noticed, or it said the same in other words (such as
    /// an upper-case digit of an escape).
    #[test]
    fn a_changed_byte_is_noticed_or_changes_nothing(at in 0_usize..100_000, to in 0_u8..=255) {
        let world = World::new(11, "a");
        let export = world.export(3, 9, &[5, 11]);
        let mut changed = export.clone();
        let at = at % changed.len();
        changed[at] = to;
        if verify(&world, &changed).is_ok() {
            let values = |export: &[u8]| -> Vec<serde_json::Value> {
                lines(export).iter().map(|line| serde_json::from_slice(line).expect("JSON")).collect()
            };
            prop_assert_eq!(values(&changed), values(&export));
        }
    }
}
