//! Group commit: merges the commits that wait into one atomic batch, and when the batch meets a
//! conflict, sends them one by one.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

use super::batching::{Batching, SendMode};
use super::publisher::{GroupFailure, Publisher};
use crate::{AppendError, Appended, Commit, Fence, Subject};

/// How many commits may wait to be merged. Beyond it, appenders wait for room.
const QUEUE: usize = 4096;
/// How many batches are on their way at once. The server stores one after the other and takes as
/// long for a small one, so a second one is sent only when it is full: it travels meanwhile.
const BATCHES_IN_FLIGHT: usize = 2;
/// How long those who were just answered may take to come back, in parts of the time of a batch,
/// before the next batch goes without them; and at most.
const GATHER_PART: u32 = 4;
const GATHER_MOST: Duration = Duration::from_millis(5);
/// A timer does not wait for less; below it, the other tasks are let run.
const TIMER: Duration = Duration::from_millis(1);
/// How many commits of a refused batch are sent again at once.
const RETRIES_IN_FLIGHT: usize = 4;
/// How many plain publishes are on their way at once.
const PLAIN_IN_FLIGHT: usize = 256;
/// The bytes of one batch: well below what a server buffers for a stream.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

type CommitAnswer = Result<Appended, AppendError>;

/// A commit and whoever waits for its outcome.
struct Waiting {
    commit: Commit,
    answer: oneshot::Sender<CommitAnswer>,
}

/// Decides for each commit how it goes out. The merging task ends when this is dropped, after
/// what it has accepted.
pub(super) struct Committer {
    publisher: Arc<Publisher>,
    batching: Batching,
    plain_permits: Semaphore,
    queue: mpsc::Sender<Waiting>,
}

impl Committer {
    pub(super) fn start(publisher: Publisher) -> Self {
        let publisher = Arc::new(publisher);
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(Merger::new(Arc::clone(&publisher), waiting).run());
        Self { publisher, batching: Batching::new(), plain_permits: Semaphore::new(PLAIN_IN_FLIGHT), queue }
    }

    pub(super) async fn append(&self, commit: Commit) -> CommitAnswer {
        if commit.writes.len() > 1 || commit.fence.is_some() {
            return self.append_merged(commit).await;
        }
        let ticket = self.batching.begin(Instant::now());
        // The ticket comes back even when the caller gives up waiting.
        let ticket = Returned { batching: &self.batching, ticket };
        match ticket.ticket.way {
            SendMode::Plain => {
                let _permit = self.plain_permits.acquire().await;
                self.publisher.store_one(&commit).await
            }
            SendMode::Merged => self.append_merged(commit).await,
        }
    }

    async fn append_merged(&self, commit: Commit) -> CommitAnswer {
        let ended = || AppendError::Unavailable { reason: "the log is closed".to_owned(), source: None };
        let (answer, outcome) = oneshot::channel();
        self.queue.send(Waiting { commit, answer }).await.map_err(|_| ended())?;
        outcome.await.unwrap_or_else(|error| {
            Err(AppendError::Unknown { reason: "the committer ended".to_owned(), source: Some(error.into()) })
        })
    }
}

/// Gives a ticket back when it is dropped.
struct Returned<'a> {
    batching: &'a Batching,
    ticket: super::batching::Ticket,
}

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        self.batching.end(&self.ticket, Instant::now());
    }
}

/// Takes what waits, as much as goes into one batch, whenever a batch may be sent.
struct Merger {
    publisher: Arc<Publisher>,
    queue: mpsc::Receiver<Waiting>,
    is_closed: bool,
    waiting: VecDeque<Waiting>,
    waiting_writes: usize,
    in_flight: JoinSet<Done>,
    /// How many commits the next batch waits for, and until when.
    expected: usize,
    gather_until: Instant,
}

/// A group that was answered.
struct Done {
    commits: usize,
    took: Duration,
}

impl Merger {
    fn new(publisher: Arc<Publisher>, queue: mpsc::Receiver<Waiting>) -> Self {
        Self {
            publisher,
            queue,
            is_closed: false,
            waiting: VecDeque::new(),
            waiting_writes: 0,
            in_flight: JoinSet::new(),
            expected: 0,
            gather_until: Instant::now(),
        }
    }

    async fn run(mut self) {
        while !(self.is_closed && self.waiting.is_empty() && self.in_flight.is_empty()) {
            while self.waiting.len() < QUEUE
                && let Ok(next) = self.queue.try_recv()
            {
                self.enqueue(next);
            }
            let may_gather = !self.waiting.is_empty() && self.in_flight.is_empty();
            if self.is_ready() {
                self.send();
            } else if may_gather && self.gather_until.saturating_duration_since(Instant::now()) < TIMER {
                tokio::task::yield_now().await;
            } else {
                self.wait(may_gather).await;
            }
        }
    }

    /// Waits for a commit, the end of a batch, or (`may_gather`) the end of the gathering.
    async fn wait(&mut self, may_gather: bool) {
        tokio::select! {
            next = self.queue.recv(), if !self.is_closed && self.waiting.len() < QUEUE => match next {
                Some(next) => self.enqueue(next),
                None => self.is_closed = true,
            },
            Some(done) = self.in_flight.join_next(), if !self.in_flight.is_empty() => {
                // A group that panicked has answered nobody and teaches nothing.
                if let Ok(done) = done {
                    self.expected = self.waiting.len() + done.commits;
                    self.gather_until = Instant::now() + (done.took / GATHER_PART).min(GATHER_MOST);
                }
            }
            () = tokio::time::sleep_until(self.gather_until.into()), if may_gather => {}
        }
    }

    fn enqueue(&mut self, waiting: Waiting) {
        self.waiting_writes += waiting.commit.writes.len();
        self.waiting.push_back(waiting);
    }

    fn is_ready(&self) -> bool {
        let is_full = self.waiting_writes >= Commit::MAX_WRITES;
        let is_gathered =
            self.is_closed || self.waiting.len() >= self.expected || Instant::now() >= self.gather_until;
        match self.in_flight.len() {
            0 => !self.waiting.is_empty() && (is_full || is_gathered),
            in_flight => is_full && in_flight < BATCHES_IN_FLIGHT,
        }
    }

    fn send(&mut self) {
        let group = take_group(&mut self.waiting);
        self.waiting_writes = self.waiting.iter().map(|waiting| waiting.commit.writes.len()).sum();
        let publisher = Arc::clone(&self.publisher);
        self.in_flight.spawn(async move {
            let (commits, begun) = (group.len(), Instant::now());
            store_group(&publisher, group).await;
            Done { commits, took: begun.elapsed() }
        });
    }
}

/// What a batch writes and what it rests on.
#[derive(Default)]
struct Touched {
    written: HashSet<Subject>,
    fence: Option<Arc<Fence>>,
}

impl Touched {
    /// Whether a commit cannot be in the batch, or not before what stays behind: all expectations
    /// of a batch are about what is stored before it. So no subject is written twice, what one
    /// rests on no other writes, and all rest on the same.
    fn is_in_the_way(&self, commit: &Commit) -> bool {
        let writes = |subject: &Subject| self.written.contains(subject);
        let is_fence =
            |subject: &Subject| self.fence.as_ref().is_some_and(|fence| fence.lanes.contains(subject));
        let differs = |fence: &Arc<Fence>| self.fence.as_ref().is_some_and(|other| other != fence);
        commit.writes.iter().any(|write| writes(&write.subject) || is_fence(&write.subject))
            || commit.fence.as_ref().is_some_and(|fence| differs(fence) || fence.lanes.iter().any(writes))
    }

    fn add(&mut self, commit: &Commit) {
        self.written.extend(commit.writes.iter().map(|write| write.subject.clone()));
        if self.fence.is_none() {
            self.fence.clone_from(&commit.fence);
        }
    }
}

/// As many commits as go into one batch. The others stay behind in their order.
fn take_group(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let mut touched = Touched::default();
    let (mut group, mut behind) = (Vec::new(), VecDeque::new());
    let (mut writes, mut bytes) = (0, 0);
    while let Some(next) = waiting.pop_front() {
        let commit = &next.commit;
        let commit_bytes: usize = commit.writes.iter().map(|write| write.body.len()).sum();
        let is_full = writes + commit.writes.len() > Commit::MAX_WRITES
            || (bytes + commit_bytes > BATCH_BYTES && !group.is_empty());
        if is_full {
            behind.push_back(next);
            break;
        }
        let is_in_the_way = touched.is_in_the_way(commit);
        // Whatever comes later on these subjects must not overtake a commit that stays behind.
        touched.add(commit);
        if is_in_the_way {
            behind.push_back(next);
            continue;
        }
        writes += commit.writes.len();
        bytes += commit_bytes;
        group.push(next);
    }
    behind.append(waiting);
    *waiting = behind;
    group
}

async fn store_group(publisher: &Publisher, group: Vec<Waiting>) {
    if group.len() == 1 {
        return store_each(publisher, group).await;
    }
    let commits: Vec<&Commit> = group.iter().map(|waiting| &waiting.commit).collect();
    match publisher.store_batch(&commits).await {
        Ok(appended) => answer_all(group, appended.first),
        // Nothing of it is stored, and nobody says whose fault it was.
        Err(
            GroupFailure::Conflict
            | GroupFailure::InProcess
            | GroupFailure::Refused(_)
            | GroupFailure::NotPermitted(_),
        ) => {
            store_each(publisher, group).await;
        }
        Err(failure) => {
            for Waiting { commit, answer } in group {
                // An appender that stopped waiting finds its commit in the history.
                let _ = answer.send(Err(failure.clone().answer(|| commit.conflict())));
            }
        }
    }
}

fn answer_all(group: Vec<Waiting>, mut first: u64) {
    for Waiting { commit, answer } in group {
        let next = first + commit.writes.len() as u64;
        let _ = answer.send(Ok(Appended { first, last: next - 1 }));
        first = next;
    }
}

async fn store_each(publisher: &Publisher, group: Vec<Waiting>) {
    futures_util::stream::iter(group)
        .for_each_concurrent(RETRIES_IN_FLIGHT, |Waiting { commit, answer }| async move {
            let _ = answer.send(publisher.store_one(&commit).await);
        })
        .await;
}
