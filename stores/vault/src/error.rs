//! What can go wrong with a vault.

use std::path::PathBuf;

use uuid::Uuid;

/// A boxed cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a vault refused or failed. No variant carries personal data.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A refusal: another person has this user name (compared without case).
    #[error("the user name belongs to person {holder}")]
    UsernameTaken {
        /// Who has it.
        holder: Uuid,
    },
    /// A refusal: a field of the details is not acceptable.
    #[error("{field} {reason}")]
    InvalidDetails {
        /// The field's wire name.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A refusal: there is no such person, or no longer.
    #[error("there is no person {0} in the vault")]
    UnknownPerson(Uuid),
    /// A refusal: the person is about to be erased.
    #[error("person {0} is being erased")]
    ErasurePending(Uuid),
    /// A refusal: there is no such token.
    #[error("there is no token {0}")]
    UnknownToken(Uuid),
    /// A refusal: a token with this id exists.
    #[error("token {0} exists already")]
    TokenExists(Uuid),
    /// Too many writers changed the same thing; trying again helps.
    #[error("others kept changing the same entry of the vault")]
    Contended,
    /// The store cannot be reached or written now; trying again may help.
    #[error("the vault is unavailable while {operation}")]
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
    /// A file or bucket is not set up as the vault needs it.
    #[error("the vault is not usable: {0}")]
    Misconfigured(String),
    /// What is stored cannot be read.
    #[error("{what} in the vault cannot be read")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// The underlying error.
        #[source]
        source: Cause,
    },
    /// What is stored is of a newer format than this build knows.
    #[error("{what} has format {found}, this build reads up to {supported}: use a newer itam")]
    NewerFormat {
        /// What it is.
        what: &'static str,
        /// The format found.
        found: u32,
        /// The newest format this build reads.
        supported: u32,
    },
    /// Another process holds the file.
    #[error("the vault {} is open in another process: stop that one, or use NATS", .0.display())]
    InUse(PathBuf),
}

impl VaultError {
    pub(crate) fn unavailable(operation: &'static str, source: impl Into<Cause>) -> Self {
        Self::Unavailable { operation, source: source.into() }
    }
}

/// Files an error under what was tried.
pub(crate) fn fault(operation: &'static str, source: impl Into<Cause>) -> VaultError {
    VaultError::unavailable(operation, source)
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
        let error = VaultError::NotPermitted { operation: "opening a bucket", denial };
        let told = "not permitted: user \"itam-reader\" may not publish to \
                    \"ITAM.API.STREAM.INFO.KV_ITAM_main_people\" on the NATS servers, which opening a bucket takes";
        assert_eq!(error.to_string(), told);
        // Whoever shows an error shows its sources behind it.
        assert!(error.source().is_none());
    }
}
