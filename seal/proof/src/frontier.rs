//! The right edge of a Merkle tree: all that is needed to go on, and to say the root.

use crate::{Hash, check_consistency};

/// The largest tree that is taken from a file: no log gets near it, and counting on never overflows.
const MAX_SIZE: u64 = 1 << 62;

/// The roots of the complete subtrees that a tree consists of, the largest first: one for each bit
/// of its size. A whole history is verified with this much memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a tree of `size` leaves; `None` if these cannot be its peaks.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let is_whole = size <= MAX_SIZE && peaks.len() == size.count_ones() as usize;
        is_whole.then_some(Self { size, peaks })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its complete subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds the next leaf.
    ///
    /// # Panics
    /// Never: each bit of the size has a peak.
    pub fn push(&mut self, leaf: Hash) {
        let mut peak = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("each bit of the size has a peak");
            peak = Hash::of_node(left, peak);
        }
        self.peaks.push(peak);
        self.size += 1;
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(&last) = peaks.next() else { return Hash::EMPTY_ROOT };
        peaks.fold(last, |right, &left| Hash::of_node(left, right))
    }

    /// Whether a tree of `size` leaves with this root begins with this one. Nothing is proven of
    /// the empty tree: everything continues it.
    #[must_use]
    pub fn is_continued_by(&self, size: u64, root: Hash, consistency: &[Hash]) -> bool {
        match self.size {
            0 => consistency.is_empty(),
            own => check_consistency(consistency, (own, self.root()), (size, root)).is_ok(),
        }
    }
}
