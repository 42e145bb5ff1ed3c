//! The one writer: many waiting commits, one transaction, one fsync.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use chrono::{DateTime, Utc};
use redb::{Database, Durability, ReadableTable, Table};
use tokio::sync::{mpsc, oneshot, watch};

use super::tables::{HEAD_BY_SUBJECT, MESSAGE_BY_POSITION, MessageRow, last_position};
use crate::{AppendError, Appended, Commit};

/// How many commits may wait. Beyond it, appenders wait for room.
const QUEUE: usize = 4096;
/// How many messages one transaction takes: enough to share the fsync, few enough that nobody
/// waits long for it.
const GROUP_WRITES: usize = 4096;

/// Tells the time at which a message is stored.
pub(super) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What an appender is told.
type Answer = Result<Appended, AppendError>;

/// A commit and whoever waits for its outcome.
pub(super) struct Waiting {
    commit: Commit,
    answer: oneshot::Sender<Answer>,
}

/// The thread that owns all writing. Dropping it finishes what was accepted.
pub(super) struct Committer {
    queue: Option<mpsc::Sender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread. `head` is told the last position after each transaction.
    pub(super) fn start(
        database: Arc<Database>,
        clock: Clock,
        head: watch::Sender<u64>,
    ) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("itam-log-committer".to_owned())
            .spawn(move || run(&database, &clock, &head, waiting))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a commit and waits for its outcome.
    pub(super) async fn append(&self, commit: Commit) -> Answer {
        let ended = || AppendError::Unavailable { reason: "the log is closed".to_owned(), source: None };
        let (answer, outcome) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(ended)?;
        queue.send(Waiting { commit, answer }).await.map_err(|_| ended())?;
        outcome.await.unwrap_or_else(|error| {
            Err(AppendError::Unknown { reason: "the committer ended".to_owned(), source: Some(error.into()) })
        })
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed and its appenders told `Unknown`.
            let _ = thread.join();
        }
    }
}

fn run(database: &Database, clock: &Clock, head: &watch::Sender<u64>, mut queue: mpsc::Receiver<Waiting>) {
    while let Some(first) = queue.blocking_recv() {
        let mut writes = first.commit.writes.len();
        let mut group = vec![first];
        while writes < GROUP_WRITES
            && let Ok(next) = queue.try_recv()
        {
            writes += next.commit.writes.len();
            group.push(next);
        }
        commit_group(database, clock, head, group);
    }
}

/// Stores every commit of the group whose expectations hold, and answers all.
fn commit_group(database: &Database, clock: &Clock, head: &watch::Sender<u64>, group: Vec<Waiting>) {
    let commits: Vec<&Commit> = group.iter().map(|waiting| &waiting.commit).collect();
    let stored_at_ms = clock().timestamp_millis();
    let (answers, last) = match store(database, stored_at_ms, &commits) {
        Ok(stored) => stored,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the embedded log cannot be written");
            let reason = error.to_string();
            for waiting in group {
                let _ = waiting.answer.send(Err(error.answer(&reason)));
            }
            return;
        }
    };
    head.send_if_modified(|head| {
        let moved = last > *head;
        *head = last;
        moved
    });
    for (waiting, answer) in group.into_iter().zip(answers) {
        // An appender that stopped waiting finds its commit in the history.
        let _ = waiting.answer.send(answer);
    }
}

/// A transaction that failed, before or during its commit.
#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error("writing to the embedded log failed")]
    Before(#[source] redb::Error),
    #[error("committing to the embedded log failed")]
    During(#[source] redb::CommitError),
}

impl StoreError {
    /// Before the commit nothing is stored for certain; during it, nobody knows.
    fn answer(&self, reason: &str) -> AppendError {
        let reason = reason.to_owned();
        match self {
            Self::Before(source) => {
                AppendError::Unavailable { reason, source: Some(source.to_string().into()) }
            }
            Self::During(source) => AppendError::Unknown { reason, source: Some(source.to_string().into()) },
        }
    }
}

/// One transaction. Returns one answer per commit, and the last position.
fn store(
    database: &Database,
    stored_at_ms: i64,
    commits: &[&Commit],
) -> Result<(Vec<Answer>, u64), StoreError> {
    let before = |error: redb::Error| StoreError::Before(error);
    let mut transaction = database.begin_write().map_err(|error| before(error.into()))?;
    transaction.set_durability(Durability::Immediate).map_err(|error| before(error.into()))?;
    let mut answers = Vec::with_capacity(commits.len());
    let last = {
        let mut messages =
            transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| before(error.into()))?;
        let mut heads = transaction.open_table(HEAD_BY_SUBJECT).map_err(|error| before(error.into()))?;
        let mut last = last_position(&messages).map_err(|error| before(error.into()))?;
        let mut row = Vec::new();
        for commit in commits {
            let answer = store_commit(&mut messages, &mut heads, &mut row, last, stored_at_ms, commit)
                .map_err(|error| before(error.into()))?;
            last = answer.as_ref().map_or(last, |appended| appended.last);
            answers.push(answer);
        }
        last
    };
    if answers.iter().any(Result::is_ok) {
        transaction.commit().map_err(StoreError::During)?;
    } else {
        transaction.abort().map_err(|error| before(error.into()))?;
    }
    Ok((answers, last))
}

/// Checks every expectation first, then writes: a commit that is refused leaves nothing in the
/// transaction that its neighbors share.
fn store_commit(
    messages: &mut Table<'_, u64, &'static [u8]>,
    heads: &mut Table<'_, &'static str, u64>,
    row: &mut Vec<u8>,
    last: u64,
    stored_at_ms: i64,
    commit: &Commit,
) -> Result<Answer, redb::StorageError> {
    for write in &commit.writes {
        let head = heads.get(write.subject.as_str())?.map_or(0, |head| head.value());
        if head != write.expected {
            return Ok(Err(commit.conflict()));
        }
    }
    let mut position = last;
    let count = commit.writes.len();
    for (index, write) in commit.writes.iter().enumerate() {
        position += 1;
        let writes_left = u16::try_from(count - 1 - index).expect("a commit has at most 990 writes");
        let subject = write.subject.as_str();
        MessageRow { previous: write.expected, stored_at_ms, writes_left, subject, body: &write.body }
            .encode(row);
        messages.insert(position, row.as_slice())?;
        heads.insert(subject, position)?;
    }
    Ok(Ok(Appended { first: last + 1, last: position }))
}
