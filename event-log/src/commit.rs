//! What one command decided, as the log stores it: whole, or not at all.

use std::collections::HashSet;

use bytes::Bytes;

use crate::{AppendError, Subject, Tenant};

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

    /// The longest body of one message. A server's default limit is 1 MiB for body and headers
    /// together; the rest is headroom for the headers.
    pub const MAX_BODY_BYTES: usize = 1024 * 1024 - 4096;

    /// Checks the laws that every log holds a commit to.
    pub(crate) fn check(&self, tenant: &Tenant) -> Result<(), AppendError> {
        let refused = |reason: String| Err(AppendError::Refused { reason });
        let count = self.writes.len();
        if count == 0 || count > Self::MAX_WRITES {
            return refused(format!("it holds {count} writes: 1 to {} are allowed", Self::MAX_WRITES));
        }
        let mut seen = HashSet::with_capacity(count);
        for Write { subject, body, .. } in &self.writes {
            if body.len() > Self::MAX_BODY_BYTES {
                let (length, most) = (body.len(), Self::MAX_BODY_BYTES);
                return refused(format!("the body for {subject} has {length} bytes: at most {most}"));
            }
            if !tenant.owns(subject) {
                return refused(format!("{subject} is not in the log of tenant {tenant}"));
            }
            if !seen.insert(subject) {
                return refused(format!("{subject} is written twice"));
            }
        }
        Ok(())
    }

    /// The conflict answer for this commit.
    pub(crate) fn conflict(&self) -> AppendError {
        AppendError::Conflict { subjects: self.writes.iter().map(|write| write.subject.clone()).collect() }
    }
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
