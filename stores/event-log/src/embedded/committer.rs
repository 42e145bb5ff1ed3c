//! Group commit of the embedded log: its one writer stores all commits that wait in one transaction, with one fsync.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use redb::{Database, Durability, ReadableTable, Table};
use tokio::sync::watch;

use super::log_file::LogFile;
use super::queue::{AppendAnswer, Queue, Waiting, gather_until};
use super::row::{MessageRow, RowWriter};
use super::subject_key::subject_key;
use super::tables::{HEAD_BY_SUBJECT_KEY, MESSAGE_BY_POSITION, last_position};
use crate::{AppendError, Appended, Commit, LogError};

/// How long to wait before the file is opened again after the disk has failed.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// Tells the time at which a message is stored.
pub(super) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The thread that owns all writing. Dropping it finishes what was accepted.
pub(super) struct Committer {
    queue: Queue,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread. `head` is told the last position after each transaction.
    pub(super) fn start(file: Arc<LogFile>, clock: Clock, head: watch::Sender<u64>) -> std::io::Result<Self> {
        let queue = Queue::new();
        let waiting = queue.clone();
        let rows = RowWriter::try_new()?;
        let thread = thread::Builder::new()
            .name("itam-log-committer".to_owned())
            .spawn(move || LogWriter { file, clock, rows }.run(&head, &waiting))?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Queues a commit and waits for its outcome.
    pub(super) async fn append(&self, commit: Commit) -> AppendAnswer {
        let ended = || AppendError::Unavailable { reason: "the log is closed".to_owned(), source: None };
        let outcome = self.queue.push(commit).await.ok_or_else(ended)?;
        outcome.await.unwrap_or_else(|error| {
            Err(AppendError::Unknown { reason: "the committer ended".to_owned(), source: Some(error.into()) })
        })
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // It may be pausing before it tries the disk again.
            thread.thread().unpark();
            // A panic of the thread has been printed and its appenders told `Unknown`.
            let _ = thread.join();
        }
    }
}

/// What the writing thread works with.
struct LogWriter {
    file: Arc<LogFile>,
    clock: Clock,
    rows: RowWriter,
}

impl LogWriter {
    fn run(mut self, head: &watch::Sender<u64>, queue: &Queue) {
        // Whoever waits for an outcome shall not wait for ever if this thread panics.
        let _closing = ClosedAtTheEnd(queue);
        let (mut expected, mut until) = (1, Instant::now());
        while let Some(group) = queue.take_group(expected, until) {
            let (commits, begun) = (group.len(), Instant::now());
            if !self.commit_group(head, group) && !self.reopen(head, queue) {
                return;
            }
            let now = Instant::now();
            (expected, until) = (commits + queue.len(), gather_until(now, now - begun));
        }
    }

    /// Closes the file and opens it again until that succeeds. Whoever appends meanwhile is told at
    /// once that nothing was stored. Returns whether there is anything to go on with.
    fn reopen(&self, head: &watch::Sender<u64>, queue: &Queue) -> bool {
        self.file.close();
        let mut is_said = false;
        // Bounded by the disk's coming back, or by the end of those who append.
        loop {
            let acknowledged = *head.borrow();
            match self.file.reopen(acknowledged) {
                Ok(last) => {
                    tracing::info!(position = last, "the embedded log is open again");
                    head.send_if_modified(|head| std::mem::replace(head, last) != last);
                    return true;
                }
                Err(error @ LogError::Corrupt(_)) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the embedded log is damaged");
                    return false;
                }
                Err(error) if !is_said => {
                    is_said = true;
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the embedded log is tried again"
                    );
                }
                Err(_) => {}
            }
            let Some(refused) = queue.take_all() else { return false };
            for waiting in refused {
                let reason = "the disk has failed".to_owned();
                let _ = waiting.answer.send(Err(AppendError::Unavailable { reason, source: None }));
            }
            thread::park_timeout(REOPEN_PAUSE);
        }
    }

    /// Stores every commit of the group whose expectations hold, and answers all. Returns whether
    /// the file can still be used.
    fn commit_group(&mut self, head: &watch::Sender<u64>, group: Vec<Waiting>) -> bool {
        let commits: Vec<&Commit> = group.iter().map(|waiting| &waiting.commit).collect();
        let stored_at_ms = (self.clock)().timestamp_millis();
        let stored = match self.file.database() {
            Ok(database) => self.store(&database, stored_at_ms, &commits),
            Err(error) => Err(StoreError::Closed(error)),
        };
        let (answers, last) = match stored {
            Ok(stored) => stored,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the embedded log cannot be written"
                );
                let reason = error.to_string();
                for waiting in group {
                    let _ = waiting.answer.send(Err(error.answer(&reason)));
                }
                return false;
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
        true
    }

    /// One transaction. Returns one answer per commit, and the last position.
    fn store(
        &mut self,
        database: &Database,
        stored_at_ms: i64,
        commits: &[&Commit],
    ) -> Result<(Vec<AppendAnswer>, u64), StoreError> {
        let before = |error: redb::Error| StoreError::Before(error);
        let mut transaction = database.begin_write().map_err(|error| before(error.into()))?;
        transaction.set_durability(Durability::Immediate).map_err(|error| before(error.into()))?;
        let mut answers = Vec::with_capacity(commits.len());
        let last = {
            let mut messages =
                transaction.open_table(MESSAGE_BY_POSITION).map_err(|error| before(error.into()))?;
            let mut heads =
                transaction.open_table(HEAD_BY_SUBJECT_KEY).map_err(|error| before(error.into()))?;
            let mut last = last_position(&messages).map_err(|error| before(error.into()))?;
            for commit in commits {
                let answer =
                    store_commit(&mut messages, &mut heads, &mut self.rows, last, stored_at_ms, commit)
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
}

/// Closes the queue and empties it, however the thread ends.
struct ClosedAtTheEnd<'a>(&'a Queue);

impl Drop for ClosedAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.close();
        while self.0.take_group(0, Instant::now()).is_some() {}
    }
}

/// A transaction that failed, before or during its commit.
#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error("the embedded log is closed")]
    Closed(#[source] LogError),
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
            Self::Closed(source) => {
                AppendError::Unavailable { reason, source: Some(source.to_string().into()) }
            }
            Self::Before(source) => {
                AppendError::Unavailable { reason, source: Some(source.to_string().into()) }
            }
            Self::During(source) => AppendError::Unknown { reason, source: Some(source.to_string().into()) },
        }
    }
}

/// Checks every expectation first, then writes: a commit that is refused leaves nothing in the
/// transaction that its neighbors share.
fn store_commit(
    messages: &mut Table<'_, u64, &'static [u8]>,
    heads: &mut Table<'_, &'static [u8], u64>,
    rows: &mut RowWriter,
    last: u64,
    stored_at_ms: i64,
    commit: &Commit,
) -> Result<AppendAnswer, redb::StorageError> {
    let keys: Vec<Vec<u8>> = commit.writes.iter().map(|write| subject_key(write.subject.as_str())).collect();
    for (write, key) in commit.writes.iter().zip(&keys) {
        let head = heads.get(key.as_slice())?.map_or(0, |head| head.value());
        if head != write.expected {
            return Ok(Err(commit.conflict()));
        }
    }
    if let Some(fence) = &commit.fence {
        let key = subject_key(fence.lanes[0].as_str());
        if heads.get(key.as_slice())?.map_or(0, |head| head.value()) != fence.first {
            return Ok(Err(commit.conflict()));
        }
    }
    let mut position = last;
    let count = commit.writes.len();
    for (index, (write, key)) in commit.writes.iter().zip(&keys).enumerate() {
        position += 1;
        let writes_left = u16::try_from(count - 1 - index).expect("a commit has at most 990 writes");
        let subject = write.subject.as_str();
        let row =
            MessageRow { previous: write.expected, stored_at_ms, writes_left, subject, body: &write.body };
        messages.insert(position, rows.encode(&row)?)?;
        heads.insert(key.as_slice(), position)?;
    }
    Ok(Ok(Appended { first: last + 1, last: position }))
}
