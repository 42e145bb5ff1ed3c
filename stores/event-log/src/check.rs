//! Whether a place keeps what the log promises: asked before it is relied on.

use std::fmt;

use serde::Serialize;

/// What the log promises. The number is the exit code of `itam log check` when it is the first
/// that would not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// What is acknowledged survives a power cut.
    Durable = 10,
    /// A commit is stored whole or not at all.
    Atomic = 11,
    /// Nothing is missing: every position from 1 to the head, and every message readable.
    Complete = 12,
    /// Nothing that is stored is changed or removed.
    Immutable = 13,
    /// Nobody but its owner reads the files.
    Private = 14,
}

impl Promise {
    /// The exit code that names it.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        self as u8
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Atomic => "atomic",
            Self::Complete => "complete",
            Self::Immutable => "immutable",
            Self::Private => "private",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Whether a promise of the log is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseVerdict {
    /// As it must be.
    Held,
    /// Not as it must be.
    Broken,
    /// Nobody could say. What cannot be shown is not relied on.
    Unknown,
}

/// What one check of a promise found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckFinding {
    /// The promise that rests on it.
    pub promise: Promise,
    /// What it came to.
    pub verdict: PromiseVerdict,
    /// What was looked at, and what was found.
    pub detail: String,
}

impl CheckFinding {
    /// A finding: held, or broken.
    pub fn new(promise: Promise, is_held: bool, detail: impl Into<String>) -> Self {
        let verdict = if is_held { PromiseVerdict::Held } else { PromiseVerdict::Broken };
        Self { promise, verdict, detail: detail.into() }
    }

    /// A finding that nobody could make.
    pub fn unknown(promise: Promise, detail: impl Into<String>) -> Self {
        Self { promise, verdict: PromiseVerdict::Unknown, detail: detail.into() }
    }
}
