//! What is answered where the log cannot be read.

use itam_event_log::LogError;

use crate::refusal::Refusal;

/// The refusal for a log that cannot be read.
pub(crate) fn unreadable(error: LogError) -> Refusal {
    match error {
        LogError::Unavailable { .. } | LogError::InUse(_) => Refusal::Unavailable(Box::new(error)),
        LogError::NotPermitted { denial, .. } => Refusal::NotPermitted(denial),
        LogError::Misconfigured(_) | LogError::Corrupt(_) | LogError::NewerFormat { .. } => {
            Refusal::Damaged(Box::new(error))
        }
    }
}
