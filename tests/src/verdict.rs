//! What a check found.

use std::collections::BTreeMap;
use std::fmt;

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// Acknowledged, and not in the log.
    Lost,
    /// In the log, and asked for by nobody or refused.
    Unexpected,
    /// In the log more than once.
    Duplicated,
    /// In the log in part.
    Torn,
    /// In the log before something that had ended before it began, or with a gap.
    OutOfOrder,
    /// Answered in two ways.
    Contradicted,
    /// A read that did not show what it was asked to show.
    Stale,
    /// A history that the law forbids, such as two custodians of one asset.
    Unlawful,
    /// A register that says something else than the log.
    Diverged,
    /// An installation that did not go on by itself after a fault, so that the trial ended early.
    Stuck,
}

impl Defect {
    /// Every sort of defect.
    pub const ALL: [Self; 10] = [
        Self::Lost,
        Self::Unexpected,
        Self::Duplicated,
        Self::Torn,
        Self::OutOfOrder,
        Self::Contradicted,
        Self::Stale,
        Self::Unlawful,
        Self::Diverged,
        Self::Stuck,
    ];
}

/// A defect and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub defect: Defect,
    /// Where, in a sentence.
    pub what: String,
}

/// The result of a check.
#[derive(Clone, Debug, Default)]
pub struct RunVerdict {
    /// Attempts.
    pub attempted: u64,
    /// Attempts that were answered with success.
    pub acknowledged: u64,
    /// Attempts that were refused.
    pub refused: u64,
    /// Attempts without an answer that says what became of them.
    pub unknown: u64,
    /// Commands that nobody was told of and that are in the log: allowed.
    pub recovered: u64,
    /// Reads of what was written.
    pub readings: u64,
    /// Events in the log.
    pub events: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl RunVerdict {
    /// Adds a finding.
    pub fn find(&mut self, defect: Defect, what: impl Into<String>) {
        self.findings.push(Finding { defect, what: what.into() });
    }

    /// How often each sort of defect was found.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Defect, u64> {
        let mut counts = BTreeMap::new();
        for finding in &self.findings {
            *counts.entry(finding.defect).or_default() += 1;
        }
        counts
    }

    /// How often one sort was found.
    #[must_use]
    pub fn count(&self, defect: Defect) -> u64 {
        self.counts().get(&defect).copied().unwrap_or(0)
    }

    /// Adds another check's figures.
    pub fn add(&mut self, other: Self) {
        self.attempted += other.attempted;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.recovered += other.recovered;
        self.readings += other.readings;
        self.events += other.events;
        self.findings.extend(other.findings);
    }
}

impl fmt::Display for RunVerdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        let Self { attempted, acknowledged, refused, unknown, recovered, readings, events, findings } = self;
        write!(
            formatter,
            "{attempted} attempts ({acknowledged} acknowledged, {refused} refused, {unknown} unknown), {events} \
             events, {recovered} recovered, {readings} readings: {} findings",
            findings.len()
        )?;
        for Finding { defect, what } in findings.iter().take(SHOWN) {
            write!(formatter, "\n  {defect:?}: {what}")?;
        }
        Ok(())
    }
}
