//! What one command decided, as the log stores it: whole, or not at all.

use std::collections::HashSet;
use std::sync::Arc;

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
    /// What must still be as it was read, though the commit does not write it.
    pub fence: Option<Arc<Fence>>,
}

/// Subjects that stand for a set of things that commits rest on and do not write.
///
/// Whoever takes something out of the set writes all lanes in one commit, in this order, so their
/// last messages stand side by side, and each lane alone tells whether anybody did. There are
/// several because a replicated stream lets one commit at a time expect something of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The lanes, from one on.
    pub lanes: Vec<Subject>,
    /// The position of the first lane's last message that was read; 0 if there was none.
    pub first: u64,
    /// Where a log stores a message that holds the expectation, if it cannot check one without.
    pub carrier: Subject,
}

impl Fence {
    /// The last position that is expected on a lane.
    pub(crate) fn expected(&self, lane: usize) -> u64 {
        if self.first == 0 { 0 } else { self.first + lane as u64 }
    }
}

impl Commit {
    /// The most writes one commit may hold. An atomic batch takes 1,000 messages; the rest is
    /// headroom.
    pub const MAX_WRITES: usize = 990;

    /// The longest body of one message. A server's default limit is 1 MiB for body and headers
    /// together; the rest is headroom for the headers.
    pub const MAX_BODY_BYTES: usize = 1024 * 1024 - 4096;

    /// A commit that rests on nothing but what it writes.
    #[must_use]
    pub fn of(writes: Vec<Write>) -> Self {
        Self { writes, fence: None }
    }

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
        let Some(fence) = &self.fence else { return Ok(()) };
        if fence.lanes.is_empty() {
            return refused("its fence has no lane".to_owned());
        }
        for subject in fence.lanes.iter().chain([&fence.carrier]) {
            if !tenant.owns(subject) {
                return refused(format!("{subject} is not in the log of tenant {tenant}"));
            }
            if seen.contains(subject) {
                return refused(format!("{subject} is written by a commit that its fence holds"));
            }
        }
        Ok(())
    }

    /// The conflict answer for this commit.
    pub(crate) fn conflict(&self) -> AppendError {
        let written = self.writes.iter().map(|write| &write.subject);
        let fenced = self.fence.iter().filter_map(|fence| fence.lanes.first());
        AppendError::Conflict { subjects: written.chain(fenced).cloned().collect() }
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

/// The positions at which a commit was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position of the commit's first write; write `i` is at `first + i`.
    pub first: u64,
    /// The position of its last write: what a reader waits for to see all of it.
    pub last: u64,
}
