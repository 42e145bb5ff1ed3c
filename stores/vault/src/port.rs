//! The ports of the person vault and of the token store: what every implementation promises.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{PersonDetails, PersonDirectory, TokenRecord, VaultError};

/// How long a note of a token's use stands before the next one is written.
pub const USE_NOTED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// Whether a use at an instant is to be noted, after the one that was noted last. A note from the
/// future, by a clock that was wrong, is written over.
pub(crate) fn is_worth_noting(last: Option<DateTime<Utc>>, at: DateTime<Utc>) -> bool {
    last.is_none_or(|last| (at - last).abs() >= USE_NOTED_EVERY)
}

/// Where the personal data behind person ids is kept.
///
/// Writes are durable when they return, and visible in the [`directory`](Self::directory) of this
/// process; other processes follow within milliseconds.
#[async_trait]
pub trait PersonVault: Send + Sync + 'static {
    /// Stores or replaces the details of a person, after [`PersonDetails::normalized`].
    ///
    /// # Errors
    /// [`VaultError::UsernameTaken`], [`VaultError::InvalidDetails`],
    /// [`VaultError::ErasurePending`], or a fault.
    async fn put(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError>;

    /// The same for a person whom another vault had, and whose user name may have been given by a former rule. Two
    /// names that were two then stay two, though they may be one now.
    ///
    /// # Errors
    /// Those of [`Self::put`].
    async fn adopt(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError>;

    /// Marks a person as about to be erased, so that a crash between the erasure's event and the
    /// erasure itself is seen at the next start. Twice is harmless.
    ///
    /// # Errors
    /// [`VaultError::UnknownPerson`], or a fault.
    async fn begin_erasure(&self, id: Uuid) -> Result<(), VaultError>;

    /// Takes the mark back, if the erasure's event was refused. Without a mark harmless.
    ///
    /// # Errors
    /// A fault.
    async fn cancel_erasure(&self, id: Uuid) -> Result<(), VaultError>;

    /// Erases everything about a person, earlier values too. Twice, or for an unknown person,
    /// harmless.
    ///
    /// # Errors
    /// A fault.
    async fn erase(&self, id: Uuid) -> Result<(), VaultError>;

    /// The people in memory, which follows every change.
    fn directory(&self) -> Arc<PersonDirectory>;
}

/// Where the hashes of bearer tokens are kept. What one process changes, all see within a second.
#[async_trait]
pub trait TokenStore: Send + Sync + 'static {
    /// Stores a new token.
    ///
    /// # Errors
    /// [`VaultError::TokenExists`], or a fault.
    async fn create(&self, record: TokenRecord) -> Result<(), VaultError>;

    /// Every token, revoked ones too, by id: also what another process has just stored.
    ///
    /// # Errors
    /// A fault.
    async fn list(&self) -> Result<Vec<TokenRecord>, VaultError>;

    /// Revokes a token. Twice is harmless: the first time stays.
    ///
    /// # Errors
    /// [`VaultError::UnknownToken`], or a fault.
    async fn revoke(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError>;

    /// The token with this hash that was not revoked; `None` if it is unknown or revoked. One that has
    /// expired is given all the same: whoever asks holds it against the clock.
    ///
    /// # Errors
    /// A fault: the caller must then let nobody in.
    async fn find_by_hash(&self, token_hash: &str) -> Result<Option<Arc<TokenRecord>>, VaultError>;

    /// The token with this id, revoked ones too, as this process has seen it last: to show its name.
    fn find_by_id(&self, id: Uuid) -> Option<Arc<TokenRecord>>;

    /// Notes that a token was used at an instant, unless a note of the last [`USE_NOTED_EVERY`] is there.
    /// The note lies beside the token, so that it cannot undo what others do to the token meanwhile.
    ///
    /// # Errors
    /// A fault. [`VaultError::NotPermitted`] where this process may only read.
    async fn note_use(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError>;

    /// When each token was used last, as far as it was noted.
    ///
    /// # Errors
    /// A fault.
    async fn last_uses(&self) -> Result<BTreeMap<Uuid, DateTime<Utc>>, VaultError>;
}
