//! The contract, case by case: loading, reading and following.

use std::sync::Arc;
use std::time::{Duration, Instant};

use itam_event_log::{Commit, StoredMessage};
use itam_tests::eventually;

use crate::support::{
    Logs, append_one, assert_conflict, bodies, commit, ends, fresh_key, fresh_subject, limit, read_all, write,
};

/// Longer than any test: what ends before was woken.
const PATIENCE: Duration = Duration::from_hours(1);

pub(crate) async fn loads_give_the_messages_of_one_subject(logs: &Logs) {
    let (subject, other) = (fresh_subject(), fresh_subject());
    let first = append_one(&logs.one, &subject, 0, "1").await;
    append_one(&logs.one, &other, 0, "other").await;
    let second = append_one(&logs.one, &subject, first, "2").await;
    let latest = logs.two.load_latest(&subject).await.unwrap();
    assert_eq!(bodies(&latest), ["1", "2"]);
    assert_eq!([latest[0].position, latest[1].position], [first, second]);
    assert_eq!(latest[0].subject, subject);
    // A load may be stale for a moment on a replicated log, and gives the same in the end.
    eventually("the load has caught up", || async {
        (logs.two.load(&subject).await.unwrap() == latest).then_some(())
    })
    .await;
    eventually("the last message has caught up", || async {
        (logs.two.load_last(&subject).await.unwrap().as_ref() == latest.last()).then_some(())
    })
    .await;
}

/// Longer than one batch of a direct get, and with bodies that fill more than one message.
pub(crate) async fn a_long_history_is_loaded_whole(logs: &Logs) {
    let subject = fresh_subject();
    let mut expected = 0;
    for index in 0..300 {
        expected = append_one(&logs.one, &subject, expected, &format!("{index}{}", " ".repeat(1000))).await;
    }
    let latest = logs.one.load_latest(&subject).await.unwrap();
    assert_eq!(latest.len(), 300);
    eventually("the load has caught up", || async {
        (logs.one.load(&subject).await.unwrap() == latest).then_some(())
    })
    .await;
    for (index, message) in latest.iter().enumerate() {
        assert!(message.body.starts_with(index.to_string().as_bytes()));
    }
}

/// Pages of every small size over commits of every small size end where a commit ends.
pub(crate) async fn a_page_never_ends_inside_a_commit(logs: &Logs) {
    let head = logs.one.head().await.unwrap();
    let mut ends = vec![head];
    for size in [1, 5, 2, 1, 7, 3] {
        let writes = (0..size).map(|_| write(&fresh_subject(), 0, "x")).collect();
        ends.push(logs.one.append(Commit::of(writes)).await.unwrap().last);
    }
    for size in (1..=8).chain([300]) {
        let mut from = head + 1;
        while from <= ends[6] {
            let page = logs.one.read(from, limit(size)).await.unwrap();
            let last = page.messages.last().expect("a page before the head is not empty").position;
            assert!(ends.contains(&last), "a page of {size} from {from} ended at {last}, not in {ends:?}");
            assert!(page.messages.len() < size + 7);
            assert_eq!(page.head, ends[6]);
            from = last + 1;
        }
    }
}

pub(crate) async fn reading_beyond_the_head_gives_an_empty_page(logs: &Logs) {
    let head = logs.one.head().await.unwrap();
    for from in [head + 1, head + 1000] {
        let page = logs.one.read(from, limit(10)).await.unwrap();
        assert_eq!((page.messages.len(), page.head), (0, head));
    }
}

pub(crate) async fn a_tail_gives_up_after_its_patience(logs: &Logs) {
    let head = logs.one.head().await.unwrap();
    let start = Instant::now();
    let page = logs.one.tail(head + 1, limit(10), Duration::from_millis(100)).await.unwrap();
    assert_eq!((page.messages.len(), page.head), (0, head));
    assert!(start.elapsed() >= Duration::from_millis(100));
}

pub(crate) async fn a_tail_beyond_the_head_waits_for_its_position(logs: &Logs) {
    let head = logs.one.head().await.unwrap();
    let reader = Arc::clone(&logs.two);
    let tail = tokio::spawn(async move { reader.tail(head + 3, limit(10), PATIENCE).await.unwrap() });
    for body in ["1", "2", "3"] {
        append_one(&logs.one, &fresh_subject(), 0, body).await;
    }
    assert_eq!(bodies(&tail.await.unwrap().messages), ["3"]);
}

/// It waits for an hour, unless an append wakes it. How soon that is, `itam-bench` measures.
pub(crate) async fn a_tail_is_woken_by_an_append(logs: &Logs) {
    let mut next = logs.one.head().await.unwrap() + 1;
    for _ in 0..100 {
        let reader = Arc::clone(&logs.two);
        let tail = tokio::spawn(async move { reader.tail(next, limit(10), PATIENCE).await.unwrap() });
        let position = append_one(&logs.one, &fresh_subject(), 0, "x").await;
        let page = ends(tail).await.unwrap();
        assert_eq!(page.messages.last().map(|message| message.position), Some(position));
        next = position + 1;
    }
}

/// A follower sees what a later reader sees: all of it, in order, and never part of a commit.
/// Some of the commits lose a conflict meanwhile.
pub(crate) async fn rule_9_a_tail_follows_without_gaps_while_others_write(logs: &Logs) {
    const COMMITS: usize = 300;
    let head = logs.one.head().await.unwrap();
    let both = logs.clone();
    let writing = tokio::spawn(async move {
        let taken = fresh_key();
        append_one(&both.one, &taken, 0, "0").await;
        for index in 1..COMMITS {
            let log = if index % 2 == 0 { &both.one } else { &both.two };
            let size = (index % 4 + 1).to_string();
            let writes = (0..=index % 4).map(|_| write(&fresh_subject(), 0, &size)).collect();
            log.append(Commit::of(writes)).await.unwrap();
            let lost = commit([write(&fresh_subject(), 0, "lost"), write(&taken, 0, "lost")]);
            assert_conflict(log.append(lost).await, &taken);
        }
        both.one.head().await.unwrap()
    });
    let mut seen: Vec<StoredMessage> = Vec::new();
    let last = loop {
        let from = seen.last().map_or(head, |message| message.position) + 1;
        let page = logs.two.tail(from, limit(7), Duration::from_millis(50)).await.unwrap();
        seen.extend(page.messages);
        let (left, size) = open_commit(&seen);
        assert_eq!(left, 0, "a page ended inside a commit of {size}");
        let is_at_end = writing.is_finished() && page.head == logs.one.head().await.unwrap();
        if is_at_end && seen.last().is_some_and(|message| message.position == page.head) {
            break page.head;
        }
    };
    assert_eq!(writing.await.unwrap(), last);
    // In small pages and in large ones, which a log may read in different ways.
    assert_eq!(seen, read_all(&logs.one, head + 1, 50).await);
    assert_eq!(seen, read_all(&logs.one, head + 1, 500).await);
    assert_eq!(seen, read_all(&logs.one, head + 1, 5000).await);
}

/// How many messages the last commit still lacks, each body telling the size of its commit.
fn open_commit(messages: &[StoredMessage]) -> (usize, usize) {
    let mut index = 0;
    while index < messages.len() {
        let body = std::str::from_utf8(&messages[index].body).unwrap();
        let size: usize = body.parse().unwrap_or_else(|_| panic!("a loser left {body:?}"));
        let size = size.max(1);
        if index + size > messages.len() {
            return (index + size - messages.len(), size);
        }
        index += size;
    }
    (0, 0)
}
