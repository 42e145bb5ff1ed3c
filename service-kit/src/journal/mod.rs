//! The security journal: who was refused what, and whose permissions changed.
//!
//! It is no part of the history, which holds what happened and not what was tried. It is bounded in
//! number and age, written off the way of requests, and holds no secret, no body and no personal
//! data but opaque ids. One line of JSON an entry, in the data directory.

mod entry;
mod merge;
mod reader;
mod routes;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::metrics::counter::Counter;

use crate::identity::{Caller, Identity};
use crate::problem::{Problem, RefusalDetails};
use crate::{Clock, Metrics, trace};

use merge::JournalMerger;

pub use entry::{JournalEntry, JournalEvent, TokenChange};
pub use reader::{JournalFilter, JournalPage, read_journal};

/// How many entries wait to be written. What comes beyond is counted, and lost.
const QUEUE: usize = 4096;

/// How much a journal keeps, of each kind of entry: changes of permissions, refusals of those who are
/// known, refusals of strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalLimits {
    /// How many entries.
    pub entries: u64,
    /// For how many days.
    pub days: u32,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self { entries: 100_000, days: 90 }
    }
}

/// The security journal of one process. Cheap to clone; what was noted is on the disk when the last
/// one is dropped.
#[derive(Clone)]
pub struct SecurityJournal(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    noted: Counter,
    dropped: Counter,
    /// Lost since the writer last said so.
    unsaid: Arc<AtomicU64>,
    merger: Arc<Mutex<JournalMerger>>,
    /// `None` only while dropping.
    queue: Option<SyncSender<JournalEntry>>,
    writer: Option<JoinHandle<()>>,
}

impl SecurityJournal {
    /// Begins to keep the journal of `process` in `folder`, which is made with the first entry.
    ///
    /// # Errors
    /// If there is no thread for it, or what is there already cannot be read.
    pub fn open(
        folder: &Path,
        process: &'static str,
        limits: JournalLimits,
        clock: Arc<dyn Clock>,
        metrics: &Metrics,
    ) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE);
        let unsaid = Arc::new(AtomicU64::new(0));
        let today = clock.now().date_naive();
        let merger = JournalMerger::new(limits, today, reader::refusals_of(folder, today)?);
        let merger = Arc::new(Mutex::new(merger));
        let writer =
            writer::JournalWriter::new(folder, process, limits, Arc::clone(&clock), Arc::clone(&unsaid));
        let writer = writer.telling(Arc::clone(&merger));
        let writer =
            std::thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(&waiting))?;
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            clock,
            noted: metrics.counter("security_journal_entries", "Entries noted in the security journal"),
            dropped: metrics.counter(
                "security_journal_dropped",
                "Entries of the security journal that were lost, since they came too fast",
            ),
            unsaid,
            merger,
            queue: Some(queue),
            writer: Some(writer),
        })))
    }

    /// Where it is kept.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Notes an entry, at once: it is written later, counted if it is as others or its actor has had its
    /// share, or lost if too many wait.
    pub fn note(&self, entry: JournalEntry) {
        let Some(queue) = &self.0.queue else { return };
        self.0.noted.inc();
        // Before the queue, so that a flood of one does not fill it for others.
        let written = self.0.merger.lock().unwrap_or_else(PoisonError::into_inner).take(entry);
        for entry in written {
            let count = entry.count.unwrap_or(1);
            if queue.try_send(entry).is_err() {
                self.0.dropped.inc_by(count);
                self.0.unsaid.fetch_add(count, Ordering::Relaxed);
            }
        }
    }

    /// Notes that a problem was the answer, if it is of a kind that is noted: refusals for want of a
    /// token or of a right, by a rule, for a value, or for haste.
    pub fn note_problem(&self, problem: &Problem, action: &str, identity: Option<&Identity>) {
        self.note_refusal(&problem.refused(), action, identity);
    }

    fn note_refusal(&self, refused: &RefusalDetails, action: &str, identity: Option<&Identity>) {
        if !is_noted(refused.code.status()) {
            return;
        }
        let mut entry = JournalEntry::new(self.0.clock.now(), JournalEvent::Refused);
        entry.code = Some(refused.code.code().to_owned());
        entry.reason.clone_from(&refused.reason);
        entry.action = Some(refused.action.clone().unwrap_or_else(|| action.to_owned()));
        entry.actor = identity.map(|identity| identity.actor.clone());
        entry.role = identity.map(|identity| identity.role.to_string());
        entry.trace_id = trace::current().map(|id| id.to_string());
        self.note(entry);
    }

    /// Notes that a token was made, in a role, or revoked; for whom it is, and who asked for it: nobody
    /// whom events could name, at the command line.
    pub fn note_token(&self, event: JournalEvent, change: TokenChange<'_>) {
        let mut entry = JournalEntry::new(self.0.clock.now(), event);
        entry.token = Some(change.token.to_string());
        entry.role = change.role.map(ToOwned::to_owned);
        entry.person = change.person.map(|person| person.to_string());
        entry.actor = change.by.map(ToOwned::to_owned);
        entry.trace_id = trace::current().map(|id| id.to_string());
        self.note(entry);
    }
}

/// Whether an answer of this status is noted.
fn is_noted(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::CONFLICT
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::TOO_MANY_REQUESTS
    )
}

/// Middleware, around authentication: notes the refusals among the answers.
pub(crate) async fn note_refusals(
    State(journal): State<SecurityJournal>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if let Some(refused) = response.extensions_mut().remove::<RefusalDetails>() {
        let route = route.as_ref().map_or("none", MatchedPath::as_str);
        let caller = response.extensions().get::<Caller>();
        let identity = caller.map(|caller| caller.0.as_ref());
        journal.note_refusal(&refused, &format!("{method} {route}"), identity);
    }
    response
}

impl Drop for Inner {
    /// Waits for the writer, so that what was noted is there.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the security journal panicked: this is a bug");
        }
    }
}

impl std::fmt::Debug for SecurityJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecurityJournal").field("folder", &self.0.folder).finish_non_exhaustive()
    }
}
