//! What a commit rests on without writing it.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use itam_event_log::{Commit, Fence, Subject, Write};

use crate::support::{Logs, assert_conflict, assert_refused, bodies, fresh_subject, read_all, tenant, write};

const RACES: usize = 300;
const LANES: u64 = 8;

/// A fence that no other case uses, of which nothing is written.
fn fresh_fence() -> Arc<Fence> {
    let name = fresh_subject().as_str().replace('.', "-");
    let lanes = (0..LANES).map(|lane| tenant().guard_subject(&format!("{name}-{lane}"))).collect();
    Arc::new(Fence { lanes, first: 0, carrier: tenant().guard_subject(&format!("{name}-carrier")) })
}

fn fenced(writes: Vec<Write>, fence: &Arc<Fence>) -> Commit {
    Commit { writes, fence: Some(Arc::clone(fence)) }
}

/// What takes something out of the fence: a write of its own, and then all lanes.
fn ending(subject: &Subject, fence: &Fence) -> Commit {
    let expected = |lane: u64| if fence.first == 0 { 0 } else { fence.first + lane };
    let lanes = (0..).zip(&fence.lanes).map(|(lane, subject)| write(subject, expected(lane), "ended"));
    Commit::of([write(subject, 0, "ended")].into_iter().chain(lanes).collect())
}

/// The fence as it is after an ending whose commit begins at a position.
fn after(fence: &Fence, first: u64) -> Arc<Fence> {
    Arc::new(Fence { first: first + 1, ..fence.clone() })
}

pub(crate) async fn a_commit_is_held_to_what_it_rests_on_and_does_not_write(logs: &Logs) {
    let (fence, put_in, late, ended) = (fresh_fence(), fresh_subject(), fresh_subject(), fresh_subject());
    let appended = logs.one.append(fenced(vec![write(&put_in, 0, "put in")], &fence)).await.unwrap();
    assert_eq!(logs.two.load_latest(&put_in).await.unwrap()[0].position, appended.first);
    assert_eq!(appended.first, appended.last);
    let first = logs.two.append(ending(&ended, &fence)).await.unwrap().first;
    let outdated = fenced(vec![write(&late, 0, "put in")], &fence);
    assert_conflict(logs.one.append(outdated).await, &fence.lanes[0]);
    assert_eq!(logs.one.load_latest(&late).await.unwrap(), []);
    let known = after(&fence, first);
    let pair = vec![write(&late, 0, "put in"), write(&fresh_subject(), 0, "x")];
    let appended = logs.one.append(fenced(pair, &known)).await.unwrap();
    let stored = logs.two.load_latest(&late).await.unwrap();
    assert_eq!((stored[0].position, bodies(&stored)), (appended.first, vec!["put in"]));
    assert_eq!(appended.last, appended.first + 1);
    let both = fenced(vec![write(&fresh_subject(), 0, "x"), write(&fence.lanes[3], 0, "x")], &known);
    assert_refused(logs.one.append(both).await, "its fence");
}

/// Many at once rest on the same, from two writers, and nobody is in anybody's way.
pub(crate) async fn those_who_rest_on_the_same_do_not_disturb_each_other(logs: &Logs) {
    let fence = fresh_fence();
    let subjects: Vec<Subject> = (0..400).map(|_| fresh_subject()).collect();
    let appends = subjects.iter().enumerate().map(|(index, subject)| {
        let log = if index % 2 == 0 { &logs.one } else { &logs.two };
        log.append(fenced(vec![write(subject, 0, "put in")], &fence))
    });
    for outcome in join_all(appends).await {
        outcome.unwrap();
    }
}

/// Each race is between one who rests on something and one who ends it: whoever comes second, in the
/// log, knows of the first, or is not there.
pub(crate) async fn what_was_ended_is_rested_on_by_nobody_afterwards(logs: &Logs) {
    let (mut fence, mut put_in_first, mut refused) = (fresh_fence(), 0, 0);
    for race in 0..RACES {
        let (mine, yours) = (fresh_subject(), fresh_subject());
        let begun = logs.one.head().await.unwrap();
        let put_in = logs.one.append(fenced(vec![write(&mine, 0, "put in")], &fence));
        let end = logs.two.append(ending(&yours, &fence));
        let (put_in, end) = if race % 2 == 0 {
            join(put_in, end).await
        } else {
            let (end, put_in) = join(end, put_in).await;
            (put_in, end)
        };
        let Ok(end) = end else {
            // Two batches that expect something of one lane may both be sent away on three servers.
            assert_conflict(end, &fence.lanes[0]);
            continue;
        };
        fence = after(&fence, end.first);
        if let Ok(put_in) = put_in {
            assert!(put_in.last < end.first, "race {race}: {put_in:?} after {end:?}");
            put_in_first += 1;
        } else {
            assert_conflict(put_in, &fence.lanes[0]);
            assert_eq!(logs.one.load_latest(&mine).await.unwrap(), []);
            refused += 1;
        }
        let stored = read_all(&logs.one, begun + 1, 50).await;
        let of_mine = stored.iter().filter(|message| message.subject == mine).count();
        assert_eq!(of_mine, usize::from(stored.iter().any(|message| message.body == "put in")));
    }
    println!("{RACES} races: {put_in_first} were put in first, {refused} refused");
}
