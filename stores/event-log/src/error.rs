//! What can go wrong with the log. None of it is a business rejection.

use crate::Subject;

/// A boxed cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a commit was not (or perhaps not) stored.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Certainly not stored: another writer was first on a subject of this commit. Load again
    /// and decide again.
    #[error("another writer was first on one of {} subject(s)", subjects.len())]
    Conflict {
        /// The commit's subjects, the offending one among them. A batch does not say which.
        subjects: Vec<Subject>,
    },
    /// Certainly not stored: the commit breaks a law of [`crate::Commit`] or a limit of the log.
    #[error("the commit was refused: {reason}")]
    Refused {
        /// What was wrong with it.
        reason: String,
    },
    /// Certainly not stored: the server does not permit it to this user.
    #[error(transparent)]
    NotPermitted(#[from] itam_nats::NotPermitted),
    /// Not known whether stored. Load and look for the command before trying again.
    #[error("the outcome of the append is unknown: {reason}")]
    Unknown {
        /// What happened, such as a time-out.
        reason: String,
        /// The underlying error, if there was one.
        #[source]
        source: Option<Cause>,
    },
    /// Certainly not stored: the log cannot be reached or does not take writes now.
    #[error("the log is unavailable: {reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// The underlying error, if there was one.
        #[source]
        source: Option<Cause>,
    },
}

/// Why the log could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be reached now; trying again may help.
    #[error("the log is unavailable while {operation}")]
    Unavailable {
        /// What was tried.
        operation: &'static str,
        /// The underlying error.
        #[source]
        source: Cause,
    },
    /// The server does not permit it to this user, until somebody changes the user's rights.
    #[error("{denial}, which {operation} takes")]
    NotPermitted {
        /// What was tried.
        operation: &'static str,
        /// Who may not do what: no source of this error, whose text has said it.
        denial: itam_nats::NotPermitted,
    },
    /// The server or the stream is not set up as the log needs it, or is too old.
    #[error("the log is not usable: {0}")]
    Misconfigured(String),
    /// What is stored is not what was written: a gap, a torn commit, an unreadable row, a head
    /// before a position that was already read.
    #[error("the log is damaged or was rewritten: {0}")]
    Corrupt(String),
    /// The files are of a newer format than this build knows.
    #[error("the log has format {found}, this build reads up to {supported}: use a newer itam")]
    NewerFormat {
        /// The format found.
        found: u32,
        /// The newest format this build reads.
        supported: u32,
    },
    /// Another process holds the embedded log.
    #[error("the embedded log {0} is open in another process: stop that one, or use NATS")]
    InUse(String),
}

impl LogError {
    /// Whether it may pass without this process: a reader at work waits, and begins again where it was.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::NotPermitted { .. })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn a_denial_is_said_once() {
        let denial = itam_nats::NotPermitted {
            user: "itam-reader".to_owned(),
            verb: "publish to",
            subject: "ITAM.API.STREAM.INFO.KV_ITAM_main_people".to_owned(),
        };
        let error = LogError::NotPermitted { operation: "opening a bucket", denial };
        let told = "not permitted: user \"itam-reader\" may not publish to \
                    \"ITAM.API.STREAM.INFO.KV_ITAM_main_people\" on the NATS servers, which opening a bucket takes";
        assert_eq!(error.to_string(), told);
        // Whoever shows an error shows its sources behind it.
        assert!(error.source().is_none());
    }
}
