//! What is wrong with the history of a period. It stands at the top of the report.

use std::io;

use serde_json::json;

use super::section::Section;

/// What is wrong, with where.
pub(super) struct Findings {
    section: Section,
    first: Option<String>,
}

impl Findings {
    pub(super) fn new() -> io::Result<Self> {
        let section = Section::new("findings", "What is wrong", &["position", "finding"])?;
        Ok(Self { section, first: None })
    }

    /// Notes that something is wrong at a position.
    pub(super) fn add(&mut self, position: u64, finding: String) -> io::Result<()> {
        self.section.push(&json!({"position": position, "finding": finding}))?;
        self.first.get_or_insert(finding);
        Ok(())
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.section.count()
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }

    pub(super) fn section(self) -> Section {
        self.section
    }
}
