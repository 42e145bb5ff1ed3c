//! Witnesses, and places that keep checkpoints.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use itam_proof::{
    Hash, KeptCheckpoint, KeyPurpose, SignedCheckpoint, SigningKey, VerifierKey, check_consistency,
};
use itam_sealer::{Archive, Cause, KeyRing as _, NotSigned, Sealer, Witness, WitnessAnswer};
use itam_tests::eventually;

use crate::support::{FakeLog, SeedKeys, World, let_go, noon, run};

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, KeyPurpose::Witness, &[seed; 32]).expect("a key")
}

/// A witness that remembers one checkpoint.
struct FakeWitness {
    public: VerifierKey,
    signs_with: SigningKey,
    state: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    is_away: bool,
    last: Option<(u64, Hash)>,
}

impl FakeWitness {
    fn new(name: &str, signs_with: SigningKey) -> Arc<Self> {
        Arc::new(Self { public: key(name, 1).public().clone(), signs_with, state: Mutex::default() })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Witness for FakeWitness {
    fn key(&self) -> &VerifierKey {
        &self.public
    }

    async fn add_checkpoint(&self, old: u64, proof: &[Hash], note: &str) -> Result<WitnessAnswer, Cause> {
        let mut state = self.state();
        if state.is_away {
            return Err("it is away".into());
        }
        let mut signed = SignedCheckpoint::parse(note)?;
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        if let Some((last, known)) = state.last {
            if last != old {
                return Ok(WitnessAnswer::Knows(last));
            }
            if check_consistency(proof, (last, known), (size, root)).is_err() {
                return Ok(WitnessAnswer::Refused("it is another history".to_owned()));
            }
        }
        state.last = Some((size, root));
        signed.cosign(&self.signs_with, noon())?;
        let all = signed.encode();
        let line = all.lines().last().unwrap_or_default();
        Ok(WitnessAnswer::Countersigned(format!("{line}\n")))
    }
}

/// A place that keeps notes in memory.
#[derive(Default)]
struct Shelf {
    notes: Mutex<Vec<String>>,
    is_away: Mutex<bool>,
}

impl Shelf {
    fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_away(&self, is_away: bool) {
        *self.is_away.lock().unwrap_or_else(PoisonError::into_inner) = is_away;
    }

    fn check_here(&self) -> Result<(), Cause> {
        if *self.is_away.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err("it is away".into());
        }
        Ok(())
    }
}

#[async_trait]
impl Archive for Shelf {
    fn name(&self) -> String {
        "the shelf".to_owned()
    }

    async fn newest(&self) -> Result<Option<String>, Cause> {
        self.check_here()?;
        Ok(self.notes().last().cloned())
    }

    async fn keep(&self, checkpoint: &KeptCheckpoint) -> Result<(), Cause> {
        self.check_here()?;
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(checkpoint.note.clone());
        Ok(())
    }
}

#[tokio::test]
async fn a_checkpoint_is_countersigned_and_then_kept_in_further_places() {
    let world = World::new(FakeLog::of(10));
    let (witness, shelf) = (FakeWitness::new("w", key("w", 1)), Arc::new(Shelf::default()));
    let running = run(world.sealer().witness(witness.clone()).archive(shelf.clone()));
    for size in [10_u64, 17] {
        eventually("it is countersigned and kept", || {
            let is_there = running.handle.status().countersigned == 1
                && shelf.notes().last().is_some_and(|note| note.contains(&format!("\n{size}\n")));
            async move { is_there.then_some(()) }
        })
        .await;
        world.log.append(7);
    }
    running.stop().await;
    let kept = world.checkpoints();
    let notes = shelf.notes();
    for (note, kept) in notes.iter().zip(&kept) {
        assert_eq!(*note, kept.note, "what is kept elsewhere is what is kept here");
        let mut trust = trust(note);
        trust.add(witness.public.clone());
        let signed = SignedCheckpoint::parse(note).expect("a note");
        assert_eq!(signed.verify(&trust).expect("verified").countersignatures.len(), 1);
    }
}

fn trust(note: &str) -> itam_proof::Trust {
    let origin = SignedCheckpoint::parse(note).expect("a note").checkpoint().origin.clone();
    SeedKeys(7).keys(&origin).expect("keys").trust
}

#[tokio::test]
async fn who_was_away_is_visited_again_and_given_what_she_missed() {
    let world = World::new(FakeLog::of(10));
    let (witness, shelf) = (FakeWitness::new("w", key("w", 1)), Arc::new(Shelf::default()));
    let running = run(world.sealer().witness(witness.clone()).archive(shelf.clone()));
    let first = running.handle.checkpoint().await.expect("signed").size;
    eventually("the first is kept", || async { (!shelf.notes().is_empty()).then_some(()) }).await;
    witness.state().is_away = true;
    shelf.set_away(true);
    for _ in 0..3 {
        world.log.append(1);
        running.handle.checkpoint().await.expect("nobody is waited for");
    }
    eventually("a failure was counted", || {
        let failures = running.handle.status().delivery_failures;
        async move { (failures >= 2).then_some(()) }
    })
    .await;
    witness.state().is_away = false;
    shelf.set_away(false);
    eventually("all was made up for", || {
        let is_done = running.handle.status().countersigned == 1 && shelf.notes().len() == 4;
        async move { is_done.then_some(()) }
    })
    .await;
    assert_eq!(witness.state().last.map(|(size, _)| size), Some(first + 3));
    running.stop().await;
}

#[tokio::test]
async fn a_signature_that_is_not_the_witnesss_own_is_not_taken() {
    let world = World::new(FakeLog::of(10));
    let impostor = FakeWitness::new("w", key("w", 2));
    let running = run(world.sealer().witness(impostor));
    eventually("the answer is refused", || {
        let failures = running.handle.status().delivery_failures;
        async move { (failures > 0).then_some(()) }
    })
    .await;
    assert_eq!(running.handle.status().countersigned, 0);
    running.stop().await;
    assert!(!world.checkpoints()[0].note.contains("— w "));
}

#[tokio::test]
async fn a_witness_countersigns_no_second_history_even_when_all_else_was_removed() {
    let world = World::new(FakeLog::of(100));
    let witness = FakeWitness::new("w", key("w", 1));
    let running = run(world.sealer().witness(witness.clone()));
    eventually("it is countersigned", || {
        let countersigned = running.handle.status().countersigned;
        async move { (countersigned == 1).then_some(()) }
    })
    .await;
    running.stop().await;
    let_go(&world.files()).await;
    world.log.rewrite(|bodies| bodies[49] = "{}".into());
    world.log.append(1);
    for name in ["merkle.redb", "checkpoints.redb"] {
        world.remove(name);
    }
    let running = run(world.sealer().witness(witness.clone()));
    eventually("the witness refuses", || {
        let refusals = running.handle.status().refusals;
        async move { (refusals > 0).then_some(()) }
    })
    .await;
    assert_eq!(running.handle.status().countersigned, 0);
    assert_eq!(witness.state().last.map(|(size, _)| size), Some(100));
    running.stop().await;
}

#[tokio::test]
async fn what_does_not_continue_the_newest_checkpoint_in_any_place_is_not_signed() {
    let world = World::new(FakeLog::of(100));
    let shelf = Arc::new(Shelf::default());
    let running = run(world.sealer().archive(shelf.clone()));
    eventually("it is kept", || async { (!shelf.notes().is_empty()).then_some(()) }).await;
    running.stop().await;
    let_go(&world.files()).await;
    world.log.rewrite(|bodies| bodies[49] = "{}".into());
    for name in ["merkle.redb", "checkpoints.redb"] {
        world.remove(name);
    }
    let complaint = run(world.sealer().archive(shelf.clone())).complaint().await;
    assert!(complaint.contains("checkpoint of 100 positions in the shelf"), "{complaint}");
    assert_eq!(shelf.notes().len(), 1);
}

#[tokio::test]
async fn a_sealer_whose_key_did_not_sign_the_newest_checkpoint_stands_by() {
    let world = World::new(FakeLog::of(100));
    let shelf = Arc::new(Shelf::default());
    let running = run(world.sealer().archive(shelf.clone()));
    eventually("it is kept", || async { (!shelf.notes().is_empty()).then_some(()) }).await;
    running.stop().await;
    let other = World::new(Arc::clone(&world.log));
    let sealer = |keys| {
        let (log, options) = (other.log.clone(), other.options.clone());
        Sealer::new(log, other.files(), "main", Arc::new(keys), options).archive(shelf.clone())
    };
    let running = run(sealer(SeedKeys(8)));
    let reason = running.handle.checkpoint().await.expect_err("not signed");
    assert!(matches!(&reason, NotSigned::StandsBy(reason) if reason.contains("the shelf")), "{reason}");
    let status = running.handle.status();
    assert_eq!((status.checkpoint, status.sealed), (0, 100));
    assert!(status.trouble.is_some_and(|trouble| trouble.contains("not of this sealer")));
    running.stop().await;
    let_go(&other.files()).await;
    // With the key, it goes on.
    let running = run(sealer(SeedKeys(7)));
    world.log.append(1);
    assert_eq!(running.handle.checkpoint().await.expect("signed").size, 101);
    running.stop().await;
}

#[tokio::test]
async fn nothing_is_signed_before_every_place_has_said_what_it_has() {
    let world = World::new(FakeLog::of(3));
    let shelf = Arc::new(Shelf::default());
    shelf.set_away(true);
    let running = run(world.sealer().archive(shelf.clone()));
    let reason = running.handle.checkpoint().await.expect_err("not signed");
    assert!(reason.to_string().contains("the shelf cannot be asked what was signed before"), "{reason}");
    shelf.set_away(false);
    assert_eq!(running.handle.checkpoint().await.expect("signed").size, 3);
    running.stop().await;
}
