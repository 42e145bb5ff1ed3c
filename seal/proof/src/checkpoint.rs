//! Checkpoints: what a log was at one size, signed (C2SP tlog-checkpoint).

use std::fmt;

use chrono::{DateTime, Utc};

use crate::Hash;
use crate::key::{KeyError, SigningKey};
use crate::note::{NoteError, SignedNote};

/// Which log it is: `itam/<tenant>/<identity>`.
///
/// The identity is the beginning of the hash of the log's first leaf. So it is the same on every
/// medium that the log is copied to, needs no keeping, and cannot be carried over to another log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

/// What a log was at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeCheckpoint {
    /// Which log.
    pub origin: Origin,
    /// How many positions it covers; at least 1.
    pub size: u64,
    /// The root of the tree of these positions.
    pub root: Hash,
    /// When it was made, by the clock of whoever made it. No proof of anything: a witness's time
    /// counts.
    pub made_at: DateTime<Utc>,
}

/// A checkpoint with its signatures. They were not checked: [`SignedCheckpoint::verify`] does.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: TreeCheckpoint,
    note: SignedNote,
}

/// A text that is no checkpoint of itam.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// Not even a note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A note, but not of a checkpoint.
    #[error("the note is not a checkpoint: {0}")]
    Text(&'static str),
    /// Signatures of two checkpoints do not belong under one.
    #[error("the checkpoints differ")]
    Differ,
}

/// The extension line that says when a checkpoint was made.
const MADE_AT: &str = "time ";

impl Origin {
    /// The origin of a tenant's log, by the leaf of its first position.
    #[must_use]
    pub fn of_log(tenant: &str, first_leaf: Hash) -> Self {
        Self(format!("itam/{tenant}/{}", first_leaf.short_hex()))
    }

    /// Reads an origin.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, identity) = text.strip_prefix("itam/")?.split_once('/')?;
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let is_hex = |byte: u8| matches!(byte, b'a'..=b'f' | b'0'..=b'9');
        let is_ours = !tenant.is_empty() && tenant.bytes().all(is_plain);
        (is_ours && identity.len() == 32 && identity.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// Whose log it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or_default()
    }

    /// The origin as text: the first line of a checkpoint, and the name of the log's keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TreeCheckpoint {
    /// What is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let made_at = itam_domain::format_instant(self.made_at);
        format!("{}\n{}\n{}\n{MADE_AT}{made_at}\n", self.origin, self.size, self.root)
    }

    /// Reads what is signed. Only the form that [`TreeCheckpoint::text`] writes is taken.
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = tlog_tiles::Checkpoint::from_bytes(text.as_bytes());
        let body = body.map_err(|_| CheckpointError::Text("origin, size and root are not in their lines"))?;
        let origin =
            Origin::parse(body.origin()).ok_or(CheckpointError::Text("it is not of a log of itam"))?;
        let line = body.extension().strip_prefix(MADE_AT).and_then(|line| line.strip_suffix('\n'));
        let made_at = line.and_then(|line| DateTime::parse_from_rfc3339(line).ok());
        let made_at = made_at.ok_or(CheckpointError::Text("it does not say when it was made"))?;
        let parsed =
            Self { origin, size: body.size(), root: (*body.hash()).into(), made_at: made_at.to_utc() };
        if parsed.size == 0 {
            return Err(CheckpointError::Text("it covers nothing"));
        }
        if parsed.text() != text {
            return Err(CheckpointError::Text("it is not in its one form"));
        }
        Ok(parsed)
    }
}

impl SignedCheckpoint {
    /// Signs a checkpoint. During a change of keys both sign.
    ///
    /// # Errors
    /// [`KeyError::Name`] if a key is not one of this log.
    pub fn sign(checkpoint: TreeCheckpoint, keys: &[&SigningKey]) -> Result<Self, KeyError> {
        let mut note = SignedNote::new(checkpoint.text());
        for key in keys {
            if key.name() != checkpoint.origin.as_str() {
                return Err(KeyError::Name(key.name().to_owned()));
            }
            note.add(key, 0)?;
        }
        Ok(Self { checkpoint, note })
    }

    /// How many positions a kept note covers; nothing if it is no signed checkpoint.
    #[must_use]
    pub fn size_of(note: &str) -> Option<u64> {
        Self::parse(note).ok().map(|signed| signed.checkpoint.size)
    }

    /// Reads a signed checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is none.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(text)?;
        Ok(Self { checkpoint: TreeCheckpoint::parse(note.text())?, note })
    }

    /// The note: what is kept, sent and printed.
    #[must_use]
    pub fn encode(&self) -> String {
        self.note.encode()
    }

    /// What it says. Whether it is true is for [`SignedCheckpoint::verify`].
    #[must_use]
    pub fn checkpoint(&self) -> &TreeCheckpoint {
        &self.checkpoint
    }

    pub(crate) fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Countersigns it. The witness must have checked that it continues what it saw before.
    ///
    /// # Errors
    /// [`KeyError::Name`] if the key cannot sign here.
    pub fn cosign(&mut self, witness: &SigningKey, now: DateTime<Utc>) -> Result<(), KeyError> {
        self.note.add(witness, u64::try_from(now.timestamp()).unwrap_or(0))
    }

    /// Takes over the signatures of another copy of the same checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Differ`] if it is not the same.
    pub fn merge(&mut self, other: &Self) -> Result<(), CheckpointError> {
        if self.checkpoint != other.checkpoint {
            return Err(CheckpointError::Differ);
        }
        self.note.merge(&other.note);
        Ok(())
    }
}
