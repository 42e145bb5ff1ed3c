//! The token store in a bucket. Keys: `t.<token id>` for what a token is, `l.<token id>` for when it was
//! used last.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use itam_nats::NatsClient;
use uuid::Uuid;

use super::bucket::{Bucket, BucketEntry, BucketOptions, WriteError};
use super::follower::{BucketCopy, Follower};
use crate::format::{self, PEOPLE, TOKENS};
use crate::port::is_worth_noting;
use crate::{TokenRecord, TokenStore, VaultError};

/// How often a revocation is tried when others change the same token.
const TRIES: usize = 8;

/// For how long the copy counts while the servers are away: what is revoked meanwhile is not in it.
const COPY_COUNTS_FOR: Duration = Duration::from_mins(15);

/// A [`TokenStore`] in a key-value bucket.
#[derive(Debug)]
pub struct JetStreamTokens {
    bucket: Bucket,
    tokens: Arc<RwLock<Tokens>>,
    follower: Follower,
}

#[derive(Debug, Default)]
struct Tokens {
    by_id: BTreeMap<Uuid, Arc<TokenRecord>>,
    active_by_hash: HashMap<String, Arc<TokenRecord>>,
    last_uses: BTreeMap<Uuid, DateTime<Utc>>,
}

impl JetStreamTokens {
    /// Opens the bucket, made if it is not there, and loads it.
    ///
    /// # Errors
    /// [`VaultError::Misconfigured`], or a fault.
    pub async fn connect(client: impl Into<NatsClient>, options: &BucketOptions) -> Result<Self, VaultError> {
        let bucket = Bucket::open(client.into(), options, "tokens").await?;
        let tokens = Arc::new(RwLock::default());
        let follower = Follower::start(bucket.clone(), TokensCopy(Arc::clone(&tokens))).await?;
        Ok(Self { bucket, tokens, follower })
    }

    async fn try_revoke(&self, id: Uuid, at: DateTime<Utc>) -> Result<u64, WriteError> {
        let entry = self.bucket.load(&token_key(id)).await?;
        let bytes = entry.value.as_deref().ok_or(VaultError::UnknownToken(id))?;
        let mut record: TokenRecord = format::decode(TOKENS, "a token", bytes)?;
        if !record.is_active() {
            return Ok(entry.revision);
        }
        record.revoked_at = Some(at);
        self.bucket.write(vec![entry.overwritten(Some(format::encode(TOKENS, record)))]).await
    }
}

#[async_trait]
impl TokenStore for JetStreamTokens {
    async fn create(&self, record: TokenRecord) -> Result<(), VaultError> {
        let id = record.id;
        let entry = self.bucket.load(&token_key(id)).await?;
        if entry.revision > 0 {
            return Err(VaultError::TokenExists(id));
        }
        match self.bucket.write(vec![entry.overwritten(Some(format::encode(TOKENS, record)))]).await {
            Ok(revision) => {
                self.follower.wait_for(revision).await;
                Ok(())
            }
            Err(WriteError::Conflict) => Err(VaultError::TokenExists(id)),
            Err(WriteError::Fault(error)) => Err(error),
        }
    }

    async fn list(&self) -> Result<Vec<TokenRecord>, VaultError> {
        // Whoever is to revoke all tokens of a person must see the one that was made a moment ago.
        let last = self.bucket.last_revision().await?;
        self.follower.wait_for(last).await;
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        Ok(tokens.by_id.values().map(|record| TokenRecord::clone(record)).collect())
    }

    async fn revoke(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError> {
        for _ in 0..TRIES {
            match self.try_revoke(id, at).await {
                Ok(revision) => {
                    self.follower.wait_for(revision).await;
                    return Ok(());
                }
                Err(WriteError::Conflict) => {}
                Err(WriteError::Fault(error)) => return Err(error),
            }
        }
        Err(VaultError::Contended)
    }

    async fn find_by_hash(&self, token_hash: &str) -> Result<Option<Arc<TokenRecord>>, VaultError> {
        if self.follower.silent_for() > COPY_COUNTS_FOR {
            let minutes = COPY_COUNTS_FOR.as_secs() / 60;
            let silence = format!("the servers have said nothing of the tokens for {minutes} minutes");
            return Err(VaultError::unavailable("looking up a token", silence));
        }
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        Ok(tokens.active_by_hash.get(token_hash).cloned())
    }

    fn find_by_id(&self, id: Uuid) -> Option<Arc<TokenRecord>> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner).by_id.get(&id).cloned()
    }

    async fn note_use(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), VaultError> {
        let entry = self.bucket.load(&use_key(id)).await?;
        // What cannot be read is written over: it must not keep the next note from being kept.
        let last = entry.value.as_deref().and_then(|bytes| decode_use(bytes).ok());
        if !is_worth_noting(last, at) {
            return Ok(());
        }
        match self.bucket.write(vec![entry.overwritten(Some(format::encode(PEOPLE, at)))]).await {
            // Whoever was first has just noted the same.
            Ok(_) | Err(WriteError::Conflict) => Ok(()),
            Err(WriteError::Fault(error)) => Err(error),
        }
    }

    async fn last_uses(&self) -> Result<BTreeMap<Uuid, DateTime<Utc>>, VaultError> {
        Ok(self.tokens.read().unwrap_or_else(PoisonError::into_inner).last_uses.clone())
    }
}

/// Keeps a copy of the tokens in the bucket.
struct TokensCopy(Arc<RwLock<Tokens>>);

impl BucketCopy for TokensCopy {
    fn reload(&mut self, entries: Vec<BucketEntry>) {
        let mut tokens = Tokens::default();
        for entry in entries {
            tokens.apply(&entry);
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    fn apply(&mut self, entry: BucketEntry) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).apply(&entry);
    }
}

impl Tokens {
    fn apply(&mut self, entry: &BucketEntry) {
        let (kind, name) = entry.key.split_once('.').unwrap_or_default();
        match (kind, name.parse::<Uuid>()) {
            ("t", Ok(id)) => self.apply_token(id, entry),
            ("l", Ok(id)) => self.apply_use(id, entry),
            _ => tracing::error!(key = entry.key, "a key of an unknown kind in the tokens' bucket"),
        }
    }

    fn apply_use(&mut self, id: Uuid, entry: &BucketEntry) {
        match entry.value.as_deref().map(decode_use).transpose() {
            Ok(Some(at)) => {
                self.last_uses.insert(id, at);
            }
            Ok(None) => {
                self.last_uses.remove(&id);
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(token.id = %id, error, "the note of a token's use cannot be read");
            }
        }
    }

    /// What cannot be read, or is deleted, opens nothing.
    fn apply_token(&mut self, id: Uuid, entry: &BucketEntry) {
        if let Some(old) = self.by_id.remove(&id) {
            self.active_by_hash.remove(&old.token_hash);
        }
        let Some(bytes) = &entry.value else {
            return;
        };
        match format::decode::<TokenRecord>(TOKENS, "a token", bytes).map(Arc::new) {
            Ok(record) => {
                if record.is_active() {
                    self.active_by_hash.insert(record.token_hash.clone(), Arc::clone(&record));
                }
                self.by_id.insert(id, record);
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(token.id = %id, error, "a token cannot be read and opens nothing");
            }
        }
    }
}

fn token_key(id: Uuid) -> String {
    format!("t.{id}")
}

fn use_key(id: Uuid) -> String {
    format!("l.{id}")
}

fn decode_use(bytes: &[u8]) -> Result<DateTime<Utc>, VaultError> {
    format::decode(PEOPLE, "the note of a token's use", bytes)
}
