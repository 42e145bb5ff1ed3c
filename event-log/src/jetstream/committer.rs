//! Group commit: merges the commits that wait into one atomic batch, and when the batch meets a
//! conflict, sends them one by one.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::pace::{Pace, Way};
use super::publisher::{Failure, Publisher};
use crate::{AppendError, Appended, Commit, Subject};

/// How many commits may wait to be merged. Beyond it, appenders wait for room.
const QUEUE: usize = 4096;
/// How many batches are on their way at once. The server takes 50 from all processes together;
/// one is stored while the next one travels, more only makes the batches smaller.
const BATCHES_IN_FLIGHT: usize = 2;
/// How many commits of a refused batch are sent again at once.
const RETRIES_IN_FLIGHT: usize = 4;
/// How many plain publishes are on their way at once.
const PLAIN_IN_FLIGHT: usize = 256;
/// The bytes of one batch: well below what a server buffers for a stream.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// How many commits on subjects of the group are set aside while it is put together.
const MOST_BEHIND: usize = 256;

type Answer = Result<Appended, AppendError>;

/// A commit and whoever waits for its outcome.
struct Waiting {
    commit: Commit,
    answer: oneshot::Sender<Answer>,
}

/// Decides for each commit how it goes out. The merging task ends when this is dropped, after
/// what it has accepted.
pub(super) struct Committer {
    publisher: Arc<Publisher>,
    pace: Pace,
    plain_permits: Semaphore,
    queue: mpsc::Sender<Waiting>,
}

impl Committer {
    pub(super) fn start(publisher: Publisher) -> Self {
        let publisher = Arc::new(publisher);
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(merge(Arc::clone(&publisher), waiting));
        Self {
            publisher,
            pace: Pace::new(),
            plain_permits: Semaphore::new(PLAIN_IN_FLIGHT),
            queue,
        }
    }

    pub(super) async fn append(&self, commit: Commit) -> Answer {
        if commit.writes.len() > 1 {
            return self.append_merged(commit).await;
        }
        let ticket = self.pace.begin(Instant::now());
        // The ticket comes back even when the caller gives up waiting.
        let ticket = Returned {
            pace: &self.pace,
            ticket,
        };
        match ticket.ticket.way {
            Way::Plain => {
                let _permit = self.plain_permits.acquire().await;
                self.publisher.store_one(&commit).await
            }
            Way::Merged => self.append_merged(commit).await,
        }
    }

    async fn append_merged(&self, commit: Commit) -> Answer {
        let ended = || AppendError::Unavailable {
            reason: "the log is closed".to_owned(),
            source: None,
        };
        let (answer, outcome) = oneshot::channel();
        self.queue
            .send(Waiting { commit, answer })
            .await
            .map_err(|_| ended())?;
        outcome.await.unwrap_or_else(|error| {
            Err(AppendError::Unknown {
                reason: "the committer ended".to_owned(),
                source: Some(error.into()),
            })
        })
    }
}

/// Gives a ticket back when it is dropped.
struct Returned<'a> {
    pace: &'a Pace,
    ticket: super::pace::Ticket,
}

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        self.pace.end(&self.ticket, Instant::now());
    }
}

/// Takes what waits, as much as goes into one batch, whenever a batch may be sent.
async fn merge(publisher: Arc<Publisher>, mut queue: mpsc::Receiver<Waiting>) {
    let permits = Arc::new(Semaphore::new(BATCHES_IN_FLIGHT));
    let mut left_over = VecDeque::new();
    loop {
        if left_over.is_empty() {
            match queue.recv().await {
                Some(waiting) => left_over.push_back(waiting),
                None => return,
            }
        }
        // What arrives while the earlier batches are on their way goes along.
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        let group = take_group(&mut left_over, &mut queue);
        tokio::spawn(store_group(Arc::clone(&publisher), group, permit));
    }
}

/// At most one commit per subject, since all expectations of a batch are about what is stored
/// before it. The others stay behind in their order.
fn take_group(left_over: &mut VecDeque<Waiting>, queue: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let mut subjects: HashSet<Subject> = HashSet::new();
    let (mut group, mut behind) = (Vec::new(), VecDeque::new());
    let (mut writes, mut bytes) = (0, 0);
    while let Some(waiting) = left_over.pop_front().or_else(|| queue.try_recv().ok()) {
        let commit = &waiting.commit;
        let commit_bytes: usize = commit.writes.iter().map(|write| write.body.len()).sum();
        let is_full = writes + commit.writes.len() > Commit::MAX_WRITES
            || (bytes + commit_bytes > BATCH_BYTES && !group.is_empty());
        let is_touched = commit
            .writes
            .iter()
            .any(|write| subjects.contains(&write.subject));
        if is_full || is_touched {
            // Whatever comes later on these subjects must not overtake it.
            subjects.extend(commit.writes.iter().map(|write| write.subject.clone()));
            behind.push_back(waiting);
            if is_full || behind.len() >= MOST_BEHIND {
                break;
            }
            continue;
        }
        subjects.extend(commit.writes.iter().map(|write| write.subject.clone()));
        writes += commit.writes.len();
        bytes += commit_bytes;
        group.push(waiting);
    }
    behind.append(left_over);
    *left_over = behind;
    group
}

async fn store_group(publisher: Arc<Publisher>, group: Vec<Waiting>, _permit: OwnedSemaphorePermit) {
    if group.len() == 1 {
        return store_each(&publisher, group).await;
    }
    let commits: Vec<&Commit> = group.iter().map(|waiting| &waiting.commit).collect();
    match publisher.store_batch(&commits).await {
        Ok(appended) => answer_all(group, appended.first),
        // Nothing of it is stored, and nobody says whose fault it was.
        Err(Failure::Conflict | Failure::Refused(_)) => store_each(&publisher, group).await,
        Err(failure) => {
            for Waiting { commit, answer } in group {
                // An appender that stopped waiting finds its commit in the history.
                let _ = answer.send(Err(failure.clone().answer(&commit)));
            }
        }
    }
}

fn answer_all(group: Vec<Waiting>, mut first: u64) {
    for Waiting { commit, answer } in group {
        let next = first + commit.writes.len() as u64;
        let _ = answer.send(Ok(Appended {
            first,
            last: next - 1,
        }));
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
