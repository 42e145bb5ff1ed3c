//! Why the sealer stops.

use itam_event_log::LogError;
use itam_proof::{LedgerError, TreeError};

/// Why the sealer stops. That the log, the disk or an archive is away for a while is no reason: it
/// waits.
#[derive(Debug, thiserror::Error)]
pub enum SealerError {
    /// The log does not say what was sealed.
    #[error(
        "the log's history was rewritten: position {position} was sealed, {found}; restore the log, or find \
         out who changed it"
    )]
    HistoryRewritten {
        /// The first position that differs, as far as it could be found out.
        position: u64,
        /// What the log has there.
        found: String,
    },
    /// What would be signed does not continue what was signed before.
    #[error(
        "nothing more is signed: the log does not continue the checkpoint of {size} positions in {place}; \
         between positions {} and {size} it is another history", agreed + 1
    )]
    NotContinued {
        /// How many positions the kept checkpoint covers.
        size: u64,
        /// Up to which position the log is known to agree with what was signed.
        agreed: u64,
        /// Where the checkpoint is kept.
        place: String,
    },
    /// A kept checkpoint cannot be read, or not by this key.
    #[error("nothing more is signed: the newest checkpoint in {place} cannot be used: {reason}")]
    Unusable {
        /// Where it is kept.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The log is damaged or not usable.
    #[error("the log cannot be read")]
    Log(#[source] LogError),
    /// The Merkle tree cannot be written or read.
    #[error("the history cannot be sealed")]
    Tree(#[from] TreeError),
    /// The checkpoints cannot be kept.
    #[error("the checkpoints cannot be kept")]
    Ledger(#[from] LedgerError),
    /// A part of the sealer panicked.
    #[error("the sealer broke off while {0}")]
    Broken(&'static str),
}

impl SealerError {
    /// Whether trying again may help: the disk is full or failed, or the log is away.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Tree(TreeError::Store { .. }) | Self::Ledger(LedgerError::Store { .. }) => true,
            Self::Log(error) => error.may_pass(),
            _ => false,
        }
    }

    /// Whether somebody has the files open. After the disk failed, that is this process for a moment.
    pub(crate) fn is_in_use(&self) -> bool {
        matches!(self, Self::Tree(TreeError::InUse(_)) | Self::Ledger(LedgerError::InUse(_)))
    }
}
