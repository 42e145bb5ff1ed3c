//! Commits that wait for the committer, and how long it waits for more of them.
//!
//! A transaction costs an fsync and the copying of the pages on its way, much the same for one
//! commit and for a hundred. Whoever was just answered is likely to come back at once, so the
//! committer gathers as many commits as it stored last, for at most as long as that took.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{AppendError, Appended, Commit};

/// How many commits may wait. Beyond it, appenders wait for room.
const PLACES: usize = 4096;
/// How many messages one transaction takes: enough to share the fsync, few enough that nobody
/// waits long for it.
const GROUP_WRITES: usize = 4096;
/// The longest that a commit waits for others while nothing else happens.
const GATHER_MOST: Duration = Duration::from_millis(2);

/// What an appender is told.
pub(super) type AppendAnswer = Result<Appended, AppendError>;

/// A commit and whoever waits for its outcome.
pub(super) struct Waiting {
    pub(super) commit: Commit,
    pub(super) answer: oneshot::Sender<AppendAnswer>,
    _place: OwnedSemaphorePermit,
}

/// Where appenders leave their commits. Clones share it.
#[derive(Clone)]
pub(super) struct Queue {
    places: Arc<Semaphore>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Told when as many commits wait as are wanted, and when the queue is closed.
    changed: Condvar,
}

struct State {
    waiting: Vec<Waiting>,
    /// How many commits wake the committer: each waking costs a change of threads.
    wanted: usize,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        let state = State { waiting: Vec::new(), wanted: 1, is_closed: false };
        let shared = Shared { state: Mutex::new(state), changed: Condvar::new() };
        Self { places: Arc::new(Semaphore::new(PLACES)), shared: Arc::new(shared) }
    }

    /// Leaves a commit once there is room; `None` if the queue is closed.
    pub(super) async fn push(&self, commit: Commit) -> Option<oneshot::Receiver<AppendAnswer>> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let (answer, outcome) = oneshot::channel();
        let mut state = self.shared.lock();
        if state.is_closed {
            return None;
        }
        state.waiting.push(Waiting { commit, answer, _place: place });
        let is_wanted = state.waiting.len() >= state.wanted;
        drop(state);
        if is_wanted {
            self.shared.changed.notify_one();
        }
        Some(outcome)
    }

    /// Takes no more. What was left is still handed out.
    pub(super) fn close(&self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_one();
    }

    /// Waits for a group: for `expected` commits until `gather_until`, and then for any. `None` at
    /// the end, when the queue is closed and empty.
    pub(super) fn take_group(&self, expected: usize, gather_until: Instant) -> Option<Vec<Waiting>> {
        let mut state = self.shared.lock();
        // Ends with the gathering, when `expected` is met or its time is over.
        while !state.is_closed && state.waiting.len() < expected {
            let left = gather_until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.wanted = expected;
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // Ends with the queue: it is closed when the log is dropped.
        while state.waiting.is_empty() && !state.is_closed {
            state.wanted = 1;
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let count = group_len(&state.waiting);
        let group: Vec<Waiting> = state.waiting.drain(..count).collect();
        if group.is_empty() { None } else { Some(group) }
    }

    /// Everything that waits, without waiting for it; `None` if the queue is closed.
    pub(super) fn take_all(&self) -> Option<Vec<Waiting>> {
        let mut state = self.shared.lock();
        if state.is_closed { None } else { Some(std::mem::take(&mut state.waiting)) }
    }

    /// How many commits wait now.
    pub(super) fn len(&self) -> usize {
        self.shared.lock().waiting.len()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of the first commits go into one transaction.
fn group_len(waiting: &[Waiting]) -> usize {
    let mut writes = 0;
    let fits = |waiting: &&Waiting| {
        let has_room = writes < GROUP_WRITES;
        writes += waiting.commit.writes.len();
        has_room
    };
    waiting.iter().take_while(fits).count()
}

/// Until when to gather after a transaction that took so long.
pub(super) fn gather_until(now: Instant, took: Duration) -> Instant {
    now + took.min(GATHER_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit() -> Commit {
        Commit::of(Vec::new())
    }

    async fn holding(count: usize) -> Queue {
        let queue = Queue::new();
        for _ in 0..count {
            assert!(queue.push(commit()).await.is_some());
        }
        queue
    }

    #[tokio::test]
    async fn nobody_waits_for_more_once_the_expected_are_there_or_their_time_is_over() {
        let never = Instant::now() + Duration::from_hours(1);
        assert_eq!(holding(3).await.take_group(3, never).map(|group| group.len()), Some(3));
        assert_eq!(holding(1).await.take_group(3, Instant::now()).map(|group| group.len()), Some(1));
    }

    #[tokio::test]
    async fn the_expected_are_gathered_into_one_group() {
        let queue = holding(1).await;
        let gathering = std::thread::spawn({
            let queue = queue.clone();
            move || queue.take_group(3, Instant::now() + Duration::from_hours(1))
        });
        for _ in 0..2 {
            assert!(queue.push(commit()).await.is_some());
        }
        assert_eq!(gathering.join().unwrap().map(|group| group.len()), Some(3));
    }

    #[tokio::test]
    async fn a_closed_queue_hands_out_what_it_holds_and_takes_no_more() {
        let queue = holding(2).await;
        queue.close();
        assert!(queue.push(commit()).await.is_none());
        let never = Instant::now() + Duration::from_hours(1);
        assert_eq!(queue.take_group(5, never).map(|group| group.len()), Some(2));
        assert!(queue.take_group(5, never).is_none());
    }
}
