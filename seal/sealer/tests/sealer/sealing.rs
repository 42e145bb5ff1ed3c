//! Leaves and checkpoints of a log that is only appended to.

use std::time::Duration;

use itam_proof::{SignedCheckpoint, TreeReader};
use itam_sealer::{NotSigned, Sealer, SealerOptions, SealerPhase};
use itam_tests::eventually;
use tokio_util::sync::CancellationToken;

use crate::support::{FakeLog, World, let_go, options};

#[tokio::test]
async fn what_is_appended_is_sealed_and_signed_in_its_time() {
    let world = World::new(FakeLog::of(12_345));
    let running = world.start();
    let size = |size: u64| {
        let handle = running.handle.clone();
        eventually("it is signed", move || {
            let status = handle.status();
            async move { (status.checkpoint == size && status.sealed == size).then_some(status) }
        })
    };
    assert_eq!(size(12_345).await.phase, SealerPhase::Following);
    world.log.append(3);
    size(12_348).await;
    running.stop().await;
    let sizes: Vec<u64> = world.checkpoints().iter().map(|kept| kept.size).collect();
    assert_eq!((sizes.first(), sizes.last()), (Some(&12_345), Some(&12_348)));
    let tree = TreeReader::open(&world.files().tree).expect("a tree").snapshot().expect("read");
    assert_eq!(tree.root(12_348).expect("a root"), world.log.root(12_348));
}

#[tokio::test]
async fn a_checkpoint_is_given_on_demand_and_the_same_again_when_nothing_came() {
    let world = World::new(FakeLog::of(0));
    let world = World { options: SealerOptions { checkpoint_interval: HOUR, ..options() }, ..world };
    let running = world.start();
    assert_eq!(running.handle.checkpoint().await, Err(NotSigned::Empty));
    for count in [1, 1, 299] {
        world.log.append(count);
        let kept = running.handle.checkpoint().await.expect("signed");
        assert_eq!(SignedCheckpoint::parse(&kept.note).expect("a note").checkpoint().size, kept.size);
        assert_eq!(running.handle.checkpoint().await, Ok(kept));
    }
    running.stop().await;
    let sizes: Vec<u64> = world.checkpoints().iter().map(|kept| kept.size).collect();
    assert_eq!(sizes, [1, 2, 301]);
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn so_many_events_bring_a_checkpoint_before_its_time() {
    let log = FakeLog::of(1);
    let options = SealerOptions { checkpoint_interval: HOUR, checkpoint_every: 10, ..options() };
    let world = World { options, ..World::new(log) };
    let running = world.start();
    let signed = |size: u64| {
        let handle = running.handle.clone();
        eventually("it is signed", move || {
            let is_there = handle.status().checkpoint == size;
            async move { is_there.then_some(()) }
        })
    };
    signed(1).await;
    world.log.append(9);
    world.log.append(1);
    signed(11).await;
    running.stop().await;
}

#[tokio::test]
async fn a_log_that_is_away_is_waited_for_and_sealed_on() {
    let world = World::new(FakeLog::of(10));
    let running = world.start();
    let in_phase = |phase: SealerPhase| {
        let handle = running.handle.clone();
        eventually("the phase is reached", move || {
            let is_in = handle.status().phase == phase;
            async move { is_in.then_some(()) }
        })
    };
    in_phase(SealerPhase::Following).await;
    world.log.set_away(true);
    in_phase(SealerPhase::Waiting).await;
    world.log.set_away(false);
    world.log.append(5);
    in_phase(SealerPhase::Following).await;
    assert_eq!(running.handle.checkpoint().await.expect("signed").size, 15);
    running.stop().await;
}

/// Lets a sealer work for some time. It has a runtime of its own that ends with it, as with a process:
/// no step that was only just asked for begins afterwards, and takes the files from the next one.
async fn cut_off(sealer: Sealer, after: Duration) {
    let life = move || {
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let working = async { tokio::time::timeout(after, sealer.run(CancellationToken::new())).await };
        own.block_on(working).expect_err("it goes on until it is cut off");
    };
    tokio::task::spawn_blocking(life).await.expect("no panic");
}

/// The sealer is dropped at any of its steps, as a kill would, and started again: it never signs
/// two roots for one size, and ends with all sealed.
#[tokio::test]
async fn wherever_it_is_cut_off_it_goes_on_with_one_history() {
    let world = World::new(FakeLog::of(1));
    let options = SealerOptions { checkpoint_interval: Duration::ZERO, checkpoint_every: 1, ..options() };
    let world = World { options, ..world };
    let mut last = Vec::new();
    let mut appended = 1;
    // Until it has come far enough to sign something, however slow the machine.
    for cut in 0.. {
        if cut >= 20 && last.len() > 5 {
            break;
        }
        world.log.append(7);
        appended += 7;
        // Lets it come a little further each time.
        cut_off(world.sealer(), Duration::from_millis(5) * cut).await;
        let kept = world.checkpoints();
        assert!(kept.starts_with(&last), "a checkpoint was changed or lost");
        last = kept;
    }
    let running = world.start();
    assert_eq!(running.handle.checkpoint().await.expect("signed").size, appended);
    running.stop().await;
}

#[tokio::test]
async fn a_damaged_tree_is_put_aside_and_built_anew() {
    let world = World::new(FakeLog::of(500));
    let running = world.start();
    let before = running.handle.checkpoint().await.expect("signed");
    running.stop().await;
    let_go(&world.files()).await;
    std::fs::write(world.files().tree, vec![7; 20_000]).expect("written");
    let running = world.start();
    assert_eq!(running.handle.checkpoint().await, Ok(before));
    running.stop().await;
    assert!(world.dir.path().join("merkle.damaged").exists());
}
