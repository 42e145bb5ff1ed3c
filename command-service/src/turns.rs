//! Taking turns: what would only get in each other's way goes one after another.
//!
//! The log decides every race; turns make races between the commands of one process rare, so that
//! a hundred deliveries on one order cost a hundred appends and not thousands.

use std::hash::{BuildHasher, Hash, RandomState};

use itam_domain::asset::AssetName;
use itam_domain::{Command, CommandId, Target};
use tokio::sync::{Mutex, MutexGuard};

use crate::guard::{guard_of, lanes_of};
use crate::submission::Submission;
use crate::view::asset;

/// How many turns there are. Two things that share one by chance wait for each other needlessly,
/// and nothing worse.
const TURNS: usize = 256;

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
    pub(crate) async fn take(&self, submission: &Submission) -> MutexGuard<'_, ()> {
        let lanes = lanes_of(&submission.command, submission.command_id);
        let turn = match (guard_of(&submission.command), lanes.as_slice()) {
            (Some(guard), _) => self.turn_of(&guard),
            (None, [lane]) => self.turn_of(lane),
            (None, _) => match submission.command.target(submission.command_id) {
                Target::Aggregate(aggregate) => self.turn_of(&aggregate),
                Target::Asset(AssetName::Id(id)) => self.turn_of(&asset(id.0)),
                Target::Asset(AssetName::Tag(tag)) => self.turn_of(&tag.normalized()),
                Target::Finding(finding) => self.turn_of(&finding.aggregate(None)),
            },
        };
        turn.lock().await
    }

    fn turn_of(&self, what: &impl Hash) -> &Mutex<()> {
        let hash = self.hasher.hash_one(what);
        let index = usize::try_from(hash % TURNS as u64).unwrap_or_default();
        &self.turns[index]
    }
}

/// Whether a command waits for its turn before its first attempt: where it also writes beside the
/// log, or checks a guard that its neighbors count on. Any other waits once it has lost.
pub(crate) fn waits_first(command: &Command) -> bool {
    guard_of(command).is_some() || counts(command) || writes_vault(command)
}

/// Whether a command counts on lanes of an audit.
fn counts(command: &Command) -> bool {
    !lanes_of(command, CommandId(uuid::Uuid::nil())).is_empty()
}

/// Whether a command writes to the person vault.
pub(crate) fn writes_vault(command: &Command) -> bool {
    matches!(command, Command::AddPerson(_) | Command::ErasePerson(_))
}
