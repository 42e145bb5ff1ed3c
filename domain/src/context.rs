//! The context of a decision: who sends the command, when it is, and the organization's own rules.

use chrono::{DateTime, Utc};

use crate::actor::Actor;
use crate::ids::CommandId;
use crate::policy::Policies;
use crate::text::Note;

/// The circumstances under which a command is decided.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The command's id, from which the ids of what it creates are derived.
    pub command_id: CommandId,
    /// Who sends it.
    pub actor: &'a Actor,
    /// The present.
    pub now: DateTime<Utc>,
    /// When it happened in the world, if the sender said so.
    pub effective_time: Option<DateTime<Utc>>,
    /// Why, if the sender said so.
    pub reason: Option<&'a Note>,
    /// The organization's own rules.
    pub policies: &'a Policies,
}

impl Context<'_> {
    /// When it happened in the world: the present, if the sender did not say.
    #[must_use]
    pub fn effective_at(&self) -> DateTime<Utc> {
        self.effective_time.unwrap_or(self.now)
    }
}
