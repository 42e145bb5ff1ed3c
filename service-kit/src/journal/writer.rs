//! The thread that writes the journal, off the way of requests.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::JournalLimits;
use super::entry::{JournalEntry, JournalEvent, Ring};
use super::merge::JournalMerger;
use super::segment::RingFile;
use crate::Clock;

/// How often it is looked what was counted for long enough.
const LOOK_FOR_DUE_EVERY: Duration = Duration::from_secs(1);

/// Writes what is noted.
pub(super) struct JournalWriter {
    rings: [RingFile; 3],
    clock: Arc<dyn Clock>,
    unsaid: Arc<AtomicU64>,
    merger: Option<Arc<Mutex<JournalMerger>>>,
}

impl JournalWriter {
    pub(super) fn new(
        folder: &Path,
        process: &'static str,
        limits: JournalLimits,
        clock: Arc<dyn Clock>,
        unsaid: Arc<AtomicU64>,
    ) -> Self {
        let rings = Ring::ALL.map(|ring| RingFile::new(folder, ring, process, limits));
        Self { rings, clock, unsaid, merger: None }
    }

    /// Tells what is counted there as well, when it is due.
    pub(super) fn telling(self, merger: Arc<Mutex<JournalMerger>>) -> Self {
        Self { merger: Some(merger), ..self }
    }

    /// Works until nobody can note anything any more.
    pub(super) fn run(mut self, waiting: &Receiver<JournalEntry>) {
        let today = self.clock.now().date_naive();
        for ring in &self.rings {
            ring.remove_old(today).unwrap_or_else(|error| complain(&error));
        }
        loop {
            let first = match waiting.recv_timeout(LOOK_FOR_DUE_EVERY) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let has_told = self.tell_what_is_due(Some(self.clock.now()));
            if first.is_none() && !has_told {
                continue;
            }
            if let Some(first) = first {
                self.write(&first);
            }
            // One sync for all that waited.
            while let Ok(next) = waiting.try_recv() {
                self.write(&next);
            }
            self.tell_of_losses();
            for ring in &self.rings {
                ring.sync().unwrap_or_else(|error| complain(&error));
            }
        }
        self.tell_what_is_due(None);
        self.tell_of_losses();
    }

    /// Writes what was counted; gives whether there was anything.
    fn tell_what_is_due(&mut self, now: Option<DateTime<Utc>>) -> bool {
        let Some(merger) = &self.merger else { return false };
        let due = merger.lock().unwrap_or_else(PoisonError::into_inner).due(now);
        for entry in &due {
            self.write(entry);
        }
        !due.is_empty()
    }

    fn write(&mut self, entry: &JournalEntry) {
        let mut line = serde_json::to_vec(entry).expect("an entry is plain JSON");
        line.push(b'\n');
        let written = self.rings[entry.ring() as usize].append(entry.at.date_naive(), &line);
        if let Err(error) = written {
            // Told by the next entry that can be written.
            self.unsaid.fetch_add(entry.count.unwrap_or(1), Ordering::Relaxed);
            complain(&error);
        }
    }

    fn tell_of_losses(&mut self) {
        let lost = self.unsaid.swap(0, Ordering::Relaxed);
        if lost == 0 {
            return;
        }
        let mut entry = JournalEntry::new(self.clock.now(), JournalEvent::EntriesDropped);
        entry.count = Some(lost);
        self.write(&entry);
    }
}

fn complain(error: &std::io::Error) {
    tracing::error!(error = error as &dyn std::error::Error, "the security journal cannot be written");
}
