//! What a verifier found to be wrong, and where.

use std::fmt;

use crate::checkpoint::CheckpointError;
use crate::evidence::FoldError;
use crate::inclusion::ProofError;
use crate::trust_error::TrustError;

/// The first thing that a verifier finds to be wrong.
#[derive(Debug)]
pub struct VerifyError {
    position: Option<u64>,
    line: Option<u64>,
    reason: Reason,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The file could not be read to its end.
    #[error("cannot read the file")]
    Read(#[source] std::io::Error),
    /// A line is longer than any that itam writes.
    #[error("the line is longer than {0} bytes")]
    TooLong(usize),
    /// The file ends before its last line.
    #[error("the file is cut off: its last line is missing")]
    Cut,
    /// Not the JSON that should be here.
    #[error("this is not what itam writes here")]
    Malformed(#[source] serde_json::Error),
    /// Something stands where something else should.
    #[error("{0}")]
    Misplaced(&'static str),
    /// A newer format.
    #[error("the format is {0}, this build knows up to {known}: use a newer itam", known = crate::export::FORMAT)]
    Format(u32),
    /// The log is not the one that it says it is.
    #[error("the log calls itself {0}, and its first position is not that of this log")]
    Origin(String),
    /// A position is missing, or came twice.
    #[error("position {expected} should come here, not {found}")]
    Gap {
        /// The position that has to follow.
        expected: u64,
        /// The position that is there.
        found: u64,
    },
    /// A position was edited, and the hash beside it was not.
    #[error("position, subject and body do not make the leaf beside them: they were edited")]
    Edited,
    /// A body is in neither of the two forms.
    #[error("the body is not in its one form")]
    Body,
    /// Something among these positions was edited, dropped, added or moved.
    #[error("positions {from} to {to} are not those that the checkpoint of {size} was made of")]
    Differs {
        /// The first position that is not proven.
        from: u64,
        /// The last.
        to: u64,
        /// How many the checkpoint covers.
        size: u64,
    },
    /// The parts of a joined export are of different histories.
    #[error("what follows continues another history than what is before it")]
    Joint,
    /// There is nothing that proves anything.
    #[error("the export holds no checkpoint")]
    NoCheckpoint,
    /// Nothing proves the last positions.
    #[error("no checkpoint covers positions {from} to {to}")]
    NotCovered {
        /// The first position that is not proven.
        from: u64,
        /// The last.
        to: u64,
    },
    /// A witness that was asked for stands for a part of the positions only.
    #[error("not every witness that was named vouches for the positions from here on")]
    NotVouched {
        /// The first position behind the last checkpoint that every named witness countersigned.
        from: u64,
        /// Who did not sign.
        source: TrustError,
    },
    /// The counts of the last line are not those of the file.
    #[error("the last line speaks of {said} events, and {found} are here")]
    Count {
        /// How many there should be.
        said: u64,
        /// How many there are.
        found: u64,
    },
    /// The log signed two histories.
    #[error("{origin} has shown two histories: the roots of the first {size} positions differ")]
    TwoHistories {
        /// Which log.
        origin: String,
        /// Of how many positions the roots differ.
        size: u64,
    },
    /// The evidence shows another state than its events make.
    #[error("the state is not what the events make of the asset: {0} differs")]
    State(String),
    /// Not a key statement.
    #[error("not a key statement")]
    Statement,
    /// Not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A signature does not hold.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The events are not the history of one asset.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

impl VerifyError {
    /// Something is wrong with the file as a whole.
    pub(super) fn of_file(reason: Reason) -> Self {
        Self { position: None, line: None, reason }
    }

    /// Something is wrong with a position.
    pub(super) fn of_position(position: u64, reason: Reason) -> Self {
        Self { position: Some(position), line: None, reason }
    }

    /// Something is wrong in a line; if it is an event's, with its position.
    pub(super) fn of_line(line: u64, position: Option<u64>, reason: Reason) -> Self {
        Self { position, line: Some(line), reason }
    }

    /// The position that is wrong, or the first of those among which something is.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        match self.reason {
            Reason::Differs { from, .. }
            | Reason::NotCovered { from, .. }
            | Reason::NotVouched { from, .. } => Some(from),
            Reason::Gap { expected, .. } => Some(expected),
            _ => self.position,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl From<TrustError> for VerifyError {
    fn from(error: TrustError) -> Self {
        Self::of_file(error.into())
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Those name their positions themselves.
        let is_said = matches!(self.reason, Reason::Fold(_) | Reason::Proof(_));
        match (self.position().filter(|_| !is_said), self.line) {
            (Some(position), Some(line)) => write!(formatter, "position {position} (line {line}): ")?,
            (Some(position), None) => write!(formatter, "position {position}: ")?,
            (None, Some(line)) => write!(formatter, "line {line}: ")?,
            (None, None) => {}
        }
        fmt::Display::fmt(&self.reason, formatter)
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.reason.source()
    }
}
