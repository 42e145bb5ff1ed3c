//! Locks on subjects within one process: commands that would lose to each other at the append go one after another.
//!
//! The log decides every race; the locks make races between the commands of one process rare, so that
//! a hundred deliveries on one order cost a hundred appends and not thousands.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash, RandomState};

use itam_domain::Command;
use tokio::sync::{Mutex, MutexGuard};

use crate::submission::Submission;

/// How many locks there are. Two subjects that share one by chance wait for each other needlessly,
/// and nothing worse.
const LOCKS: usize = 256;

/// The locks that a command holds, until this is dropped.
pub(crate) struct HeldLocks<'a>(#[expect(dead_code, reason = "held, not looked at")] Vec<MutexGuard<'a, ()>>);

/// The locks of one desk, each for all subjects of a hash.
pub(crate) struct SubjectLocks {
    hasher: RandomState,
    locks: Vec<Mutex<()>>,
}

impl SubjectLocks {
    pub(crate) fn new() -> Self {
        Self { hasher: RandomState::new(), locks: (0..LOCKS).map(|_| Mutex::new(())).collect() }
    }

    /// Waits for the lock of what a command is about, or of the set that it changes.
    pub(crate) async fn take(&self, submission: &Submission) -> HeldLocks<'_> {
        let lanes = submission.touches.counters();
        if !lanes.is_empty() {
            return self.take_all(lanes.iter().map(|lane| self.index_of(lane))).await;
        }
        if let Some(guard) = submission.touches.guard_names().first() {
            return self.take_all([self.index_of(guard)]).await;
        }
        let target = submission.command.target(submission.command_id);
        let index = match target.aggregate(None) {
            Some(aggregate) => self.index_of(&aggregate),
            None => self.index_of(&target.label().map(|label| label.key().clone())),
        };
        self.take_all([index]).await
    }

    /// Waits for several locks: in their order, so that two who want the same do not wait for each
    /// other. Whoever counts on all lanes would lose for ever to those who count on one, if they did
    /// not let it by.
    async fn take_all(&self, indices: impl IntoIterator<Item = usize>) -> HeldLocks<'_> {
        let indices: BTreeSet<usize> = indices.into_iter().collect();
        let mut taken = Vec::with_capacity(indices.len());
        for index in indices {
            taken.push(self.locks[index].lock().await);
        }
        HeldLocks(taken)
    }

    fn index_of(&self, what: &impl Hash) -> usize {
        let hash = self.hasher.hash_one(what);
        usize::try_from(hash % LOCKS as u64).unwrap_or_default()
    }
}

/// Whether a command takes its locks before its first attempt: where it also writes beside the
/// log, or checks a guard that its neighbors count on. Any other takes them once it has lost.
pub(crate) fn waits_first(submission: &Submission) -> bool {
    let touches = &submission.touches;
    !touches.guard_names().is_empty() || !touches.counters().is_empty() || writes_vault(&submission.command)
}

/// Whether a command writes to the person vault.
pub(crate) fn writes_vault(command: &Command) -> bool {
    matches!(command, Command::AddPerson(_) | Command::ErasePerson(_))
}
