//! The thread that writes the journal, off the way of requests.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use super::JournalLimits;
use super::entry::{JournalEntry, JournalEvent, Ring};
use super::segment::RingFile;
use crate::Clock;

/// Writes what is noted.
pub(super) struct Writer {
    rings: [RingFile; 3],
    clock: Arc<dyn Clock>,
    unsaid: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn new(
        folder: &Path,
        process: &'static str,
        limits: JournalLimits,
        clock: Arc<dyn Clock>,
        unsaid: Arc<AtomicU64>,
    ) -> Self {
        let rings = Ring::ALL.map(|ring| RingFile::new(folder, ring, process, limits));
        Self { rings, clock, unsaid }
    }

    /// Works until nobody can note anything any more.
    pub(super) fn run(mut self, waiting: &Receiver<JournalEntry>) {
        let today = self.clock.now().date_naive();
        for ring in &self.rings {
            ring.remove_old(today).unwrap_or_else(|error| complain(&error));
        }
        while let Ok(first) = waiting.recv() {
            self.write(&first);
            // One sync for all that waited.
            while let Ok(next) = waiting.try_recv() {
                self.write(&next);
            }
            self.tell_of_losses();
            for ring in &self.rings {
                ring.sync().unwrap_or_else(|error| complain(&error));
            }
        }
        self.tell_of_losses();
    }

    fn write(&mut self, entry: &JournalEntry) {
        let mut line = serde_json::to_vec(entry).expect("an entry is plain JSON");
        line.push(b'\n');
        let written = self.rings[entry.ring() as usize].append(entry.at.date_naive(), &line);
        if let Err(error) = written {
            // Told by the next entry that can be written.
            self.unsaid.fetch_add(1, Ordering::Relaxed);
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
        let before = self.unsaid.load(Ordering::Relaxed);
        self.write(&entry);
        if self.unsaid.load(Ordering::Relaxed) > before {
            self.unsaid.fetch_add(lost - 1, Ordering::Relaxed);
        }
    }
}

fn complain(error: &std::io::Error) {
    tracing::error!(error = error as &dyn std::error::Error, "the security journal cannot be written");
}
