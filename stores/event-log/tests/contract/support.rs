//! What the cases share: two writers of one log, and short ways to say what is appended.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use itam_event_log::{AppendError, Commit, EventLog, StoredMessage, Subject, Tenant, Write};
use itam_tests::eventually;
use uuid::Uuid;

/// One log, seen by two writers that know nothing of each other.
#[derive(Clone)]
pub(crate) struct Logs {
    pub(crate) one: Arc<dyn EventLog>,
    pub(crate) two: Arc<dyn EventLog>,
}

pub(crate) fn tenant() -> Tenant {
    Tenant::try_new("main").unwrap()
}

/// A subject that no other case uses.
pub(crate) fn fresh_subject() -> Subject {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = Uuid::from_u128(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)));
    tenant().event_subject("asset", id)
}

pub(crate) fn fresh_key() -> Subject {
    tenant().key_subject("tag", fresh_subject().as_str())
}

pub(crate) fn write(subject: &Subject, expected: u64, body: &str) -> Write {
    Write { subject: subject.clone(), expected, body: Bytes::copy_from_slice(body.as_bytes()) }
}

pub(crate) fn commit<const N: usize>(writes: [Write; N]) -> Commit {
    Commit::of(writes.into())
}

/// Waits for what must end by itself, with a bound that ends only what hangs.
pub(crate) async fn ends<T>(what: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_mins(2), what).await;
    ended.expect("it ends by itself")
}

/// Appends one message and returns its position.
///
/// A cluster whose leader has just changed may answer a conflict although nobody was first. That
/// is no harm to those who load and decide again, as this does: at most three times, and only
/// while the history stands where it was expected. While it changes, nobody takes appends.
pub(crate) async fn append_one(log: &Arc<dyn EventLog>, subject: &Subject, expected: u64, body: &str) -> u64 {
    for _ in 0..3 {
        let outcome = eventually("the log takes appends", || async {
            match log.append(commit([write(subject, expected, body)])).await {
                Err(AppendError::Unavailable { .. }) => None,
                outcome => Some(outcome),
            }
        });
        match outcome.await {
            Err(AppendError::Conflict { .. }) => {
                let history = log.load_latest(subject).await.unwrap();
                assert_eq!(history.last().map_or(0, |message| message.position), expected);
                println!("a conflict on {subject} at {expected} that nobody caused");
            }
            outcome => return outcome.unwrap().last,
        }
    }
    panic!("{subject} stands at {expected} and takes no append that expects it");
}

pub(crate) fn bodies(messages: &[StoredMessage]) -> Vec<&str> {
    messages.iter().map(|message| std::str::from_utf8(&message.body).unwrap()).collect()
}

pub(crate) fn limit(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// Reads the whole log from a position, page by page.
pub(crate) async fn read_all(log: &Arc<dyn EventLog>, mut from: u64, page: usize) -> Vec<StoredMessage> {
    let mut all = Vec::new();
    loop {
        let page = log.read(from, limit(page)).await.unwrap();
        let Some(last) = page.messages.last() else {
            return all;
        };
        from = last.position + 1;
        all.extend(page.messages);
    }
}

pub(crate) fn assert_conflict<T: std::fmt::Debug>(outcome: Result<T, AppendError>, subject: &Subject) {
    match outcome {
        Err(AppendError::Conflict { subjects }) => {
            assert!(subjects.contains(subject), "{subjects:?} does not name {subject}");
        }
        other => panic!("expected a conflict, got {other:?}"),
    }
}

pub(crate) fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, AppendError>, part: &str) {
    match outcome {
        Err(AppendError::Refused { reason }) => {
            assert!(reason.contains(part), "{reason:?} does not say {part:?}");
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}
