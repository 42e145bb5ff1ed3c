//! The log was altered, shortened or swapped: while the sealer runs, or while nothing does.

use bytes::Bytes;
use itam_sealer::SealerOptions;
use itam_tests::eventually;

use crate::support::{FakeLog, Running, World, let_go};

const COUNT: usize = 5_000;

/// A change of the past, and what is said of it.
type Rewriting = (fn(&mut Vec<Bytes>), &'static str);

const ALTERED: Rewriting = (
    |bodies| bodies[1_233] = "{\"number\":666}".into(),
    "position 1234 was sealed, where the log has another message now",
);
const DROPPED: Rewriting = (
    |bodies| {
        bodies.remove(2_999);
    },
    "position 3000 was sealed, where the log has another message now",
);
const SWAPPED: Rewriting =
    (|bodies| bodies.swap(10, 4_000), "position 11 was sealed, where the log has another message now");
const CUT: Rewriting =
    (|bodies| bodies.truncate(4_990), "position 4991 was sealed, but the log ends at 4990");
/// As long as before, and longer, with another end.
const REPLACED: Rewriting = (
    |bodies| {
        bodies.truncate(4_900);
        bodies.extend((0..300).map(|number| Bytes::from(format!("another {number}"))));
    },
    "position 4901 was sealed, where the log has another message now",
);

const ALL: [Rewriting; 5] = [ALTERED, DROPPED, SWAPPED, CUT, REPLACED];

/// A world whose log is sealed and signed.
async fn sealed() -> (World, Running) {
    let world = World::new(FakeLog::of(COUNT));
    let running = world.start();
    assert_eq!(running.handle.checkpoint().await.expect("signed").size, COUNT as u64);
    (world, running)
}

#[tokio::test]
async fn a_message_that_is_altered_dropped_or_swapped_anywhere_is_noticed_while_running() {
    for (change, words) in ALL {
        let (world, running) = sealed().await;
        world.log.rewrite(change);
        let complaint = running.complaint().await;
        // A pass that is on its way finds what lies before it first.
        let words = words.split_once(" was sealed, ").map_or(words, |(_, found)| found);
        let is_said = complaint.contains("the log's history was rewritten: position");
        assert!(is_said && complaint.contains(words), "{words}: {complaint}");
    }
}

#[tokio::test]
async fn what_was_rewritten_while_nothing_ran_is_noticed_at_the_start_with_its_first_position() {
    for (change, words) in ALL {
        let (world, running) = sealed().await;
        running.stop().await;
        let_go(&world.files()).await;
        world.log.rewrite(change);
        let complaint = world.start().complaint().await;
        assert!(complaint.contains(words), "{words}: {complaint}");
    }
}

#[tokio::test]
async fn a_tree_that_was_built_anew_from_another_history_is_not_signed() {
    for (change, words) in [
        (ALTERED.0, "between positions 1001 and 5000 it is another history"),
        (DROPPED.0, "the log ends at 4999"),
        (CUT.0, "the log ends at 4990"),
        (REPLACED.0, "between positions 1001 and 5000 it is another history"),
    ] {
        let world = World::new(FakeLog::of(1_000));
        let running = world.start();
        running.handle.checkpoint().await.expect("signed");
        world.log.append(4_000);
        running.handle.checkpoint().await.expect("signed");
        running.stop().await;
        let_go(&world.files()).await;
        world.log.rewrite(change);
        world.remove("merkle.redb");
        let complaint = world.start().complaint().await;
        assert!(complaint.contains(words), "{words}: {complaint}");
    }
}

#[tokio::test]
async fn a_scrub_that_is_turned_off_notices_nothing_before_the_next_start() {
    let world = World::new(FakeLog::of(COUNT));
    let options = SealerOptions { scrub_rate: 0, ..world.options.clone() };
    let world = World { options, ..world };
    let running = world.start();
    running.handle.checkpoint().await.expect("signed");
    assert_eq!(running.handle.status().scrubbed, 0);
    world.log.rewrite(ALTERED.0);
    world.log.append(1);
    assert_eq!(running.handle.checkpoint().await.expect("signed").size, COUNT as u64 + 1);
    running.stop().await;
}

#[tokio::test]
async fn passes_are_counted_and_begin_again() {
    let (_world, running) = sealed().await;
    let status = eventually("the log was compared twice", || {
        let status = running.handle.status();
        async move { (status.scrubs >= 2).then_some(status) }
    })
    .await;
    assert!(status.scrubbed_at.is_some());
    running.stop().await;
}
