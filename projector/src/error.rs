//! Why the projector stops.

use itam_event_log::LogError;
use itam_read_model::ReadModelError;

/// Why the projector stops. That the log is away for a while is no reason: it waits.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The log is not the one that the read model was built from.
    #[error(
        "the log's history was rewritten: the read model rests on position {position}, {found}; \
         restore the log, or delete the read model's folder if the log is right"
    )]
    HistoryRewritten {
        /// The read model's checkpoint.
        position: u64,
        /// What the log has there.
        found: String,
    },
    /// The log is damaged or not usable.
    #[error("the log cannot be read")]
    Log(#[source] LogError),
    /// The read model cannot be written.
    #[error("the read model cannot be written")]
    ReadModel(#[from] ReadModelError),
    /// A part of the projector panicked.
    #[error("the projector broke off while {0}")]
    Broken(&'static str),
}
