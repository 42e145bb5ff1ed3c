//! Taking turns: what would only get in each other's way goes one after another.
//!
//! The log decides every race; turns make races between the commands of one process rare, so that
//! a hundred deliveries on one order cost a hundred appends and not thousands.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash, RandomState};

use itam_domain::Command;
use tokio::sync::{Mutex, MutexGuard};

use crate::submission::Submission;

/// How many turns there are. Two things that share one by chance wait for each other needlessly,
/// and nothing worse.
const TURNS: usize = 256;

/// Whose turn it is, until this is dropped.
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "held, not looked at")] Vec<MutexGuard<'a, ()>>);

/// The turns of one desk.
pub(crate) struct Turns {
    hasher: RandomState,
    turns: Vec<Mutex<()>>,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { hasher: RandomState::new(), turns: (0..TURNS).map(|_| Mutex::new(())).collect() }
    }

    /// Waits for the turn of what a command is about, or of the set that it changes.
    pub(crate) async fn take(&self, submission: &Submission) -> Turn<'_> {
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
            None => self.index_of(&target.key()),
        };
        self.take_all([index]).await
    }

    /// Waits for several turns: in their order, so that two who want the same do not wait for each
    /// other. Whoever counts on all lanes would lose for ever to those who count on one, if they did
    /// not let her by.
    async fn take_all(&self, indices: impl IntoIterator<Item = usize>) -> Turn<'_> {
        let indices: BTreeSet<usize> = indices.into_iter().collect();
        let mut taken = Vec::with_capacity(indices.len());
        for index in indices {
            taken.push(self.turns[index].lock().await);
        }
        Turn(taken)
    }

    fn index_of(&self, what: &impl Hash) -> usize {
        let hash = self.hasher.hash_one(what);
        usize::try_from(hash % TURNS as u64).unwrap_or_default()
    }
}

/// Whether a command waits for its turn before its first attempt: where it also writes beside the
/// log, or checks a guard that its neighbors count on. Any other waits once it has lost.
pub(crate) fn waits_first(submission: &Submission) -> bool {
    let touches = &submission.touches;
    !touches.guard_names().is_empty() || !touches.counters().is_empty() || writes_vault(&submission.command)
}

/// Whether a command writes to the person vault.
pub(crate) fn writes_vault(command: &Command) -> bool {
    matches!(command, Command::AddPerson(_) | Command::ErasePerson(_))
}
