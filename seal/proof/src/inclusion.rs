//! Checking proofs: that a leaf is in a tree, and that one tree is the beginning of another.

use crate::Hash;

/// The longest proof that a tree of 64-bit size can need, and more than enough for consistency.
const MAX_HASHES: usize = 65;

/// A proof that proves nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProofError {
    /// There is no position 0.
    #[error("positions start at 1")]
    NoPosition,
    /// The position came after the checkpoint.
    #[error("position {position} is beyond the checkpoint, which covers {size}")]
    BeyondCheckpoint {
        /// The position.
        position: u64,
        /// How many positions the checkpoint covers.
        size: u64,
    },
    /// The leaf is not the one in the tree, or the proof is not its own.
    #[error("the proof of position {position} does not lead to the root of the checkpoint of {size}")]
    NotIncluded {
        /// The position.
        position: u64,
        /// How many positions the checkpoint covers.
        size: u64,
    },
    /// The trees have no common history, or the proof is not theirs.
    #[error("the history of {to} positions is not proven to continue that of {from}")]
    NotConsistent {
        /// The size of the older tree.
        from: u64,
        /// The size of the newer tree.
        to: u64,
    },
}

/// Checks that the tree of `size` leaves with this root has `leaf` at `position`.
///
/// # Errors
/// [`ProofError`] says which of it does not hold.
pub fn check_inclusion(
    proof: &[Hash],
    position: u64,
    leaf: Hash,
    size: u64,
    root: Hash,
) -> Result<(), ProofError> {
    let index = position.checked_sub(1).ok_or(ProofError::NoPosition)?;
    if position > size {
        return Err(ProofError::BeyondCheckpoint { position, size });
    }
    let wrong = ProofError::NotIncluded { position, size };
    let Some(proof) = plain(proof) else { return Err(wrong) };
    tlog_tiles::check_record(&proof, size, root.into(), index, leaf.into()).map_err(|_| wrong)
}

/// Checks that the tree of `from` leaves with one root is the beginning of the tree of `to` leaves
/// with the other.
///
/// # Errors
/// [`ProofError::NotConsistent`] if that is not proven; nothing is said of the empty tree.
pub fn check_consistency(
    proof: &[Hash],
    (from, from_root): (u64, Hash),
    (to, to_root): (u64, Hash),
) -> Result<(), ProofError> {
    let wrong = ProofError::NotConsistent { from, to };
    let Some(proof) = plain(proof) else { return Err(wrong) };
    tlog_tiles::check_tree(&proof, to, to_root.into(), from, from_root.into()).map_err(|_| wrong)
}

/// The proof for the library; `None` if it is too long to be one.
fn plain(proof: &[Hash]) -> Option<Vec<tlog_tiles::Hash>> {
    (proof.len() <= MAX_HASHES).then(|| proof.iter().copied().map(Into::into).collect())
}
