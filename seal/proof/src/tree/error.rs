//! What can go wrong with the tree's file.

use std::path::PathBuf;

use crate::inclusion::ProofError;

/// Why the tree could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There is no file to read yet: the sealer has not made one.
    #[error("the Merkle tree {} is not there yet", .0.display())]
    NotBuilt(PathBuf),
    /// The store under it failed.
    #[error("the Merkle tree failed while {operation}")]
    Store {
        /// What was tried.
        operation: &'static str,
        /// What redb says.
        #[source]
        source: Box<redb::Error>,
    },
    /// It does not hold what it should. Deleting it makes the sealer build it again from the log.
    #[error("the Merkle tree is damaged: {0}")]
    Damaged(String),
    /// A newer build wrote the file.
    #[error("the Merkle tree has format {found}, this build knows up to {known}: use a newer itam")]
    NewerFormat {
        /// The format found.
        found: u32,
        /// The newest format of this build.
        known: u32,
    },
    /// It is the tree of another log.
    #[error("the Merkle tree belongs to the tenant {found}, not {wanted}")]
    OtherTenant {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// Another process writes it.
    #[error("the Merkle tree {} is written by another process", .0.display())]
    InUse(PathBuf),
    /// What was asked for came after the end of the tree, or is no position.
    #[error("the Merkle tree covers {size} positions, not {asked}")]
    OutOfRange {
        /// What was asked for: a position or a size.
        asked: u64,
        /// How many positions it covers.
        size: u64,
    },
    /// There is no such proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl TreeError {
    /// Makes a function that files a redb error under what was tried.
    pub(super) fn store<E: Into<redb::Error>>(operation: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Store { operation, source: Box::new(error.into()) }
    }
}
