//! Subjects: where a message of the log lives.
//!
//! | subject | holds |
//! |---|---|
//! | `itam.<tenant>.event.<aggregate>.<id>` | the events of one aggregate |
//! | `itam.<tenant>.key.<kind>.<hash>` | who holds a unique value |
//! | `itam.<tenant>.guard.<name>` | a counter that every writer of a set checks and writes |

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The organization a log belongs to: 1 to 32 characters of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// Checks and takes a tenant's name.
    ///
    /// # Errors
    /// [`SubjectError::Tenant`] if the name is empty, too long or holds another character.
    pub fn try_new(name: &str) -> Result<Self, SubjectError> {
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if name.is_empty() || name.len() > 32 || !name.bytes().all(is_plain) {
            return Err(SubjectError::Tenant(name.to_owned()));
        }
        Ok(Self(Arc::from(name)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The stream that holds the tenant's log: `ITAM_<tenant>`.
    #[must_use]
    pub fn stream_name(&self) -> String {
        format!("ITAM_{}", self.0)
    }

    /// The stream that holds what was signed about the log: `ITAM_<tenant>_CHECKPOINTS`.
    #[must_use]
    pub fn checkpoint_stream_name(&self) -> String {
        format!("ITAM_{}_CHECKPOINTS", self.0)
    }

    /// The subject of checkpoints, outside the log's own trees.
    #[must_use]
    pub fn checkpoint_subject(&self) -> Subject {
        Subject(Arc::from(format!("itam.{}.checkpoint", self.0)))
    }

    /// The three subject trees of the tenant's stream, and no other.
    #[must_use]
    pub fn subject_trees(&self) -> [String; 3] {
        ["event", "key", "guard"].map(|tree| format!("itam.{}.{tree}.>", self.0))
    }

    /// Whether a subject lies in one of the three trees.
    #[must_use]
    pub fn owns(&self, subject: &Subject) -> bool {
        let mut tokens = subject.as_str().splitn(4, '.');
        tokens.next() == Some("itam")
            && tokens.next() == Some(self.as_str())
            && matches!(tokens.next(), Some("event" | "key" | "guard"))
            && tokens.next().is_some()
    }

    /// The subject of one aggregate's events, such as `itam.main.event.asset.<uuid>`.
    #[must_use]
    pub fn event_subject(&self, aggregate: &str, id: Uuid) -> Subject {
        Subject(Arc::from(format!("itam.{}.event.{aggregate}.{id}", self.0)))
    }

    /// The subject of a unique value, `normalized` being the form in which values are compared.
    ///
    /// The value is hashed, because a subject takes neither blanks nor dots, and because whoever
    /// may list subjects need not learn the values.
    #[must_use]
    pub fn key_subject(&self, kind: &str, normalized: &str) -> Subject {
        let hash = BASE32_NOPAD.encode(&Sha256::digest(normalized.as_bytes())[..20]);
        Subject(Arc::from(format!("itam.{}.key.{kind}.{hash}", self.0)))
    }

    /// The subject of a guard.
    #[must_use]
    pub fn guard_subject(&self, name: &str) -> Subject {
        Subject(Arc::from(format!("itam.{}.guard.{name}", self.0)))
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A literal subject: never a wildcard, because on a replicated stream expectations by wildcard
/// are not serializable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Arc<str>);

impl Subject {
    /// Reads a subject back from the log.
    ///
    /// # Errors
    /// [`SubjectError::Literal`] if it is empty or holds a wildcard, a blank or an empty token.
    pub fn try_new(literal: &str) -> Result<Self, SubjectError> {
        let is_literal = |token: &str| {
            !token.is_empty()
                && token.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'>'))
        };
        if !literal.split('.').all(is_literal) {
            return Err(SubjectError::Literal(literal.to_owned()));
        }
        Ok(Self(Arc::from(literal)))
    }

    /// The subject as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the subject belongs to an aggregate's events (and not to a key or a guard).
    #[must_use]
    pub fn is_event(&self) -> bool {
        self.0.split('.').nth(2) == Some("event")
    }

    /// The aggregate's name and id, if the subject belongs to an aggregate's events.
    #[must_use]
    pub fn aggregate(&self) -> Option<(&str, Uuid)> {
        let mut tokens = self.0.split('.').skip(2);
        let ("event", name, id, None) = (tokens.next()?, tokens.next()?, tokens.next()?, tokens.next())
        else {
            return None;
        };
        Some((name, Uuid::try_parse(id).ok()?))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A text that is no subject or no tenant.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SubjectError {
    /// Not a tenant's name.
    #[error("{0:?} is not a tenant name: use 1 to 32 of a-z, 0-9 and -")]
    Tenant(String),
    /// Not a literal subject.
    #[error("{0:?} is not a literal subject")]
    Literal(String),
}
