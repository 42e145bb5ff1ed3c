//! How the sealer is doing.

use chrono::{DateTime, Utc};
use itam_proof::{KeptCheckpoint, SignedCheckpoint};
use serde::Serialize;

/// What the sealer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
pub enum SealerPhase {
    /// Opening its files and proving that they belong to this log.
    Starting,
    /// Sealing what was appended before it came.
    CatchingUp,
    /// Sealing what is appended, as it is appended.
    Following,
    /// Waiting for the log or the disk to come back.
    Waiting,
    /// Ended, in order or by an error.
    Stopped,
}

/// How the sealer is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct SealerStatus {
    /// What it is doing.
    pub phase: SealerPhase,
    /// Since when.
    pub since: DateTime<Utc>,
    /// How many positions the Merkle tree covers.
    pub sealed: u64,
    /// How many positions the last signed checkpoint covers; 0 if there is none.
    pub checkpoint: u64,
    /// When it was signed.
    pub checkpoint_at: Option<DateTime<Utc>>,
    /// The last position that was compared with the tree in the pass that goes on.
    pub scrubbed: u64,
    /// How many passes over the whole log were ended.
    pub scrubs: u64,
    /// When the last one was ended.
    pub scrubbed_at: Option<DateTime<Utc>>,
    /// How many of the witnesses have countersigned the last checkpoint.
    #[cfg_attr(feature = "schemars", schemars(with = "u64"))]
    pub countersigned: usize,
    /// How many deliveries to witnesses and outside places failed.
    pub delivery_failures: u64,
    /// How often a witness refused to countersign.
    pub refusals: u64,
    /// Why it stopped, waits, or signs nothing, if it does.
    pub trouble: Option<String>,
}

impl SealerStatus {
    pub(crate) fn new(since: DateTime<Utc>) -> Self {
        Self {
            phase: SealerPhase::Starting,
            since,
            sealed: 0,
            checkpoint: 0,
            checkpoint_at: None,
            scrubbed: 0,
            scrubs: 0,
            scrubbed_at: None,
            countersigned: 0,
            delivery_failures: 0,
            refusals: 0,
            trouble: None,
        }
    }

    /// Shows the last checkpoint.
    pub(crate) fn show(&mut self, kept: &KeptCheckpoint) {
        let signed = SignedCheckpoint::parse(&kept.note).ok();
        self.checkpoint = kept.size;
        self.checkpoint_at = signed.map(|signed| signed.checkpoint().made_at);
    }

    /// Goes over to another phase, if it is another.
    pub(crate) fn enter(&mut self, phase: SealerPhase, now: DateTime<Utc>, trouble: Option<String>) {
        if self.phase != phase {
            self.phase = phase;
            self.since = now;
        }
        self.trouble = trouble;
    }
}
