//! The actor: whoever sends a command.

use serde::{Deserialize, Serialize};

/// Whoever sent a command, as the log says it: by an opaque id, never by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// A stable opaque id: a person's id, or a token's.
    pub id: String,
    /// What sort of actor.
    pub kind: ActorKind,
    /// The role under which she acts, such as `asset-manager`.
    pub role: String,
}

/// What sort of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A human being.
    Person,
    /// A program.
    Service,
}
