//! What one command decided, as the log stores it: whole, or not at all.

use bytes::Bytes;

use crate::Subject;

/// Everything one command decided.
///
/// Laws: at least one write; each subject at most once; at most [`Commit::MAX_WRITES`] writes.
/// The first write is the command's own aggregate, by which a retry finds the commit again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The messages, in the order in which they are stored.
    pub writes: Vec<Write>,
}

impl Commit {
    /// The most writes one commit may hold. An atomic batch takes 1,000 messages; the rest is
    /// headroom.
    pub const MAX_WRITES: usize = 990;
}

/// One message: an event, a key claim or release, or a guard's count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where it goes.
    pub subject: Subject,
    /// The sequence of the last message that was read on this very subject; 0 if there was none.
    pub expected: u64,
    /// The stored bytes: a JSON document, which the log does not look into.
    pub body: Bytes,
}

/// Where a commit was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position of the commit's first write; write `i` is at `first + i`.
    pub first: u64,
    /// The position of its last write: what a reader waits for to see all of it.
    pub last: u64,
}
