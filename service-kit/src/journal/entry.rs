//! One line of the security journal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One line of the security journal. It names who by an opaque id only, and holds nothing of what
/// was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct JournalEntry {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: JournalEvent,
    /// The code of the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Which of the reasons that the code has, if it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was asked for: a command's name, or a route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Who asked, as events name them; none for a stranger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The role in which they asked, or that a token was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The id of the token that was made or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// For whom that token was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// How many equal refusals this stands for, or how many entries were lost; 1 if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When the last of them was, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
    /// The trace id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// Whose rights changed by a token, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct TokenChange<'a> {
    /// The token.
    pub token: Uuid,
    /// The role that it was made for.
    pub role: Option<&'a str>,
    /// The person for whom it is.
    pub person: Option<Uuid>,
    /// Who asked, as events name them.
    pub by: Option<&'a str>,
}

/// What a line of the security journal tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum JournalEvent {
    /// Somebody was refused something.
    Refused,
    /// A bearer token was made: somebody may do more than before.
    TokenCreated,
    /// A bearer token was revoked.
    TokenRevoked,
    /// So many entries came faster than they could be written, and are lost.
    EntriesDropped,
}

impl JournalEvent {
    /// Every event.
    pub const ALL: [Self; 4] = [Self::Refused, Self::TokenCreated, Self::TokenRevoked, Self::EntriesDropped];

    /// The event as it stands in the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::TokenCreated => "token-created",
            Self::TokenRevoked => "token-revoked",
            Self::EntriesDropped => "entries-dropped",
        }
    }
}

/// A ring of the journal. Each has its bound for itself: a stranger who tries many tokens pushes out
/// other strangers' tries, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ring {
    /// Tokens made and revoked, and entries lost.
    Changes,
    /// Refusals of those who are known.
    Refusals,
    /// Refusals of those who are not.
    Strangers,
}

impl Ring {
    pub(super) const ALL: [Self; 3] = [Self::Changes, Self::Refusals, Self::Strangers];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Refusals => "refusals",
            Self::Strangers => "strangers",
        }
    }
}

impl JournalEntry {
    /// An entry of which no more is known yet than what and when.
    #[must_use]
    pub fn new(at: DateTime<Utc>, event: JournalEvent) -> Self {
        Self {
            at,
            event,
            code: None,
            reason: None,
            action: None,
            actor: None,
            role: None,
            token: None,
            person: None,
            count: None,
            last_at: None,
            trace_id: None,
        }
    }

    pub(super) fn ring(&self) -> Ring {
        match self.event {
            JournalEvent::Refused if self.actor.is_none() => Ring::Strangers,
            JournalEvent::Refused => Ring::Refusals,
            JournalEvent::TokenCreated | JournalEvent::TokenRevoked | JournalEvent::EntriesDropped => {
                Ring::Changes
            }
        }
    }
}
