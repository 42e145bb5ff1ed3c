//! Why a signature does not count.

/// Why a signature does not count.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TrustError {
    /// No trusted key signed.
    #[error("the {what} of {origin} is signed by none of the given keys")]
    NotSigned {
        /// What is not signed.
        what: String,
        /// Which log it says that it is of.
        origin: String,
    },
    /// Only a key signed that says of itself that it came after a lost one.
    #[error(
        "the {what} is signed with {successor}, which says that the key {lost} was lost and that it signs in \
         its place: nobody vouches for that; let whoever runs the log hand the new key over, and give it too"
    )]
    AfterLoss {
        /// What is signed.
        what: String,
        /// The key that signed.
        successor: String,
        /// The key that it replaces.
        lost: String,
    },
    /// The keys are of other logs.
    #[error("the {what} is of the log {origin}, and the given keys are of others")]
    OtherLog {
        /// What is of another log.
        what: String,
        /// Which log it says that it is of.
        origin: String,
    },
    /// A trusted key did not sign this.
    #[error("the signature of {signer} under the {what} is wrong")]
    WrongSignature {
        /// What is signed.
        what: String,
        /// Whose signature it should be.
        signer: String,
    },
    /// The key had a successor by then.
    #[error("the {what} is signed with the key {signer}, which was replaced at {until}")]
    Replaced {
        /// What is signed.
        what: String,
        /// The key.
        signer: String,
        /// The size from which on its successor signs.
        until: u64,
    },
    /// A witness that was asked for is silent.
    #[error("the checkpoint of {size} is not countersigned by {witness}")]
    NotCountersigned {
        /// How many positions the checkpoint covers.
        size: u64,
        /// Who did not sign.
        witness: String,
    },
    /// The key came before the trusted ones: they vouch that it was the log's, and for no more.
    #[error("the {what} is signed with the key {signer}, which is older than the given ones")]
    FormerKey {
        /// What is signed.
        what: String,
        /// The key.
        signer: String,
    },
    /// A key has one successor.
    #[error("the key {0} has two successors")]
    TwoSuccessors(String),
}
