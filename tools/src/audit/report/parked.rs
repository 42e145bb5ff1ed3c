//! The events that a read model of this build does not hold, and what was said of them.

use std::io;
use std::path::Path;

use itam_domain::format_instant;
use itam_projector::Releases;
use itam_read_model::{Parked, Snapshot};
use serde_json::json;

use super::period::Period;
use super::section::Section;
use super::written;
use crate::failure::Failure;

/// How many are read at a time.
const PAGE: usize = 1000;

/// The table of parked events.
pub(super) struct ParkedEvents {
    section: Section,
    releases: Releases,
}

impl ParkedEvents {
    /// An empty table. Releases come from a projector's file, if there is one.
    pub(super) fn new(releases: &Path) -> Result<Self, Failure> {
        let columns =
            &["position", "stored", "type", "why", "released_by", "released_at", "released_because"];
        let section = Section::new("parked", "Parked events", columns).map_err(written)?;
        Ok(Self { section, releases: Releases::look(releases)? })
    }

    /// Adds one.
    pub(super) fn push(&mut self, position: u64, parked: &Parked) -> io::Result<()> {
        let release = self.releases.find(position, parked);
        let release = release.as_ref();
        self.section.push(&json!({
            "position": position, "stored": format_instant(parked.seen_at), "type": parked.event_type,
            "why": parked.reason, "released_by": release.map(|release| &release.released_by),
            "released_at": release.map(|release| format_instant(release.released_at)),
            "released_because": release.map(|release| &release.reason),
        }))
    }

    /// Adds those of a period that a read model of its end has parked.
    pub(super) fn push_all(&mut self, snapshot: &Snapshot, period: &Period) -> Result<(), Failure> {
        let mut from = period.first;
        loop {
            let page = snapshot.parked(from, PAGE).map_err(super::unreadable)?;
            for (position, parked) in &page {
                self.push(*position, parked).map_err(written)?;
                from = position + 1;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// The table, with what has to be known to read it.
    pub(super) fn section(mut self, note: &str) -> Section {
        note.clone_into(&mut self.section.note);
        self.section
    }
}
