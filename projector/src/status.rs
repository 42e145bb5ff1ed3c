//! How the projector is doing.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// What the projector is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Opening the read model and proving its checkpoint.
    Starting,
    /// Applying what was appended before it came.
    CatchingUp,
    /// Applying what is appended, as it is appended.
    Following,
    /// Waiting for the log to come back. Readers go on with what is applied.
    LogUnavailable,
    /// Ended, in order or by an error.
    Stopped,
}

/// How far something got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub struct Progress {
    /// The last position applied.
    pub applied: u64,
    /// The log's last position, as last seen.
    pub head: u64,
    /// How many of the messages applied on the way were events; counted while building anew.
    #[serde(skip)]
    pub events: u64,
}

impl Progress {
    /// How many messages are yet to be applied.
    #[must_use]
    pub fn lag(self) -> u64 {
        self.head.saturating_sub(self.applied)
    }
}

/// How a projection beside the register is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
pub struct ProjectionStatus {
    /// Which.
    pub name: &'static str,
    /// Whether it is written along with the register; if not, it is being built from it.
    pub is_following: bool,
}

/// How the projector is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ProjectorStatus {
    /// What it is doing.
    pub phase: Phase,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether it had applied all that there was, at some time since it was started.
    pub has_caught_up: bool,
    /// How far the read model got.
    pub progress: Progress,
    /// How many events could not be applied and were not released.
    pub parked: u64,
    /// How many events could not be applied and were released.
    pub released: u64,
    /// The projections beside the register; none before it is open.
    pub projections: Vec<ProjectionStatus>,
    /// How far a rebuild got, if one is going on.
    pub rebuild: Option<Progress>,
    /// Why it stopped or waits, if it does.
    pub trouble: Option<String>,
}

impl ProjectorStatus {
    pub(crate) fn new(since: DateTime<Utc>) -> Self {
        let (phase, progress) = (Phase::Starting, Progress::default());
        Self {
            phase,
            since,
            has_caught_up: false,
            progress,
            parked: 0,
            released: 0,
            projections: Vec::new(),
            rebuild: None,
            trouble: None,
        }
    }

    /// Goes over to another phase, if it is another.
    pub(crate) fn enter(&mut self, phase: Phase, now: DateTime<Utc>, trouble: Option<String>) {
        if self.phase != phase {
            self.phase = phase;
            self.since = now;
        }
        self.trouble = trouble;
    }
}
