//! The person vault in a bucket.
//!
//! Keys: `p.<person id>` the details; `u.<hash of the folded user name>` who holds it, claimed and
//! released in the same batch as the details change; `e.<person id>` an erasure that has begun.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use itam_nats::NatsClient;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::bucket::{Bucket, BucketEntry, BucketOptions, BucketWrite, WriteError};
use super::follower::Follower;
use super::people_copy::{Claims, PeopleCopy};
use crate::fold::{UsernameClaim, UsernameForms};
use crate::format::{self, PEOPLE};
use crate::{PersonDetails, PersonDirectory, PersonVault, VaultError};

/// How often a write is tried when others change the same person or name.
const TRIES: usize = 32;

/// A [`PersonVault`] in a key-value bucket.
#[derive(Debug)]
pub struct JetStreamPeople {
    bucket: Bucket,
    directory: Arc<PersonDirectory>,
    claims: Claims,
    follower: Follower,
}

impl JetStreamPeople {
    /// Opens the bucket, made if it is not there, and loads it.
    ///
    /// # Errors
    /// [`VaultError::Misconfigured`], or a fault.
    pub async fn connect(client: impl Into<NatsClient>, options: &BucketOptions) -> Result<Self, VaultError> {
        let bucket = Bucket::open(client.into(), options, "people").await?;
        let directory = Arc::new(PersonDirectory::default());
        let claims = Claims::default();
        let copy = PeopleCopy::new(Arc::clone(&directory), Arc::clone(&claims));
        let follower = Follower::start(bucket.clone(), copy).await?;
        Ok(Self { bucket, directory, claims, follower })
    }

    async fn load_person(&self, id: Uuid) -> Result<(BucketEntry, Option<PersonDetails>), VaultError> {
        let entry = self.bucket.load(&person_key(id)).await?;
        let details =
            entry.value.as_deref().map(|bytes| format::decode(PEOPLE, "a person", bytes)).transpose()?;
        Ok((entry, details))
    }

    async fn load_holder(&self, key: &str) -> Result<(BucketEntry, Option<Uuid>), VaultError> {
        let entry = self.bucket.load(key).await?;
        let holder =
            entry.value.as_deref().map(|bytes| format::decode(PEOPLE, "a user name", bytes)).transpose()?;
        Ok((entry, holder))
    }

    /// One try of [`PersonVault::put`].
    async fn try_put(
        &self,
        id: Uuid,
        details: &PersonDetails,
        claim: UsernameClaim,
    ) -> Result<u64, WriteError> {
        if self.bucket.load(&erasure_key(id)).await?.value.is_some() {
            return Err(VaultError::ErasurePending(id).into());
        }
        let (entry, before) = self.load_person(id).await?;
        let claimed = claim_keys(details.username.as_deref());
        let released = claim_keys(before.and_then(|before| before.username).as_deref());
        let mut writes = vec![entry.overwritten(Some(format::encode(PEOPLE, details)))];
        for (rank, key) in claimed.iter().enumerate() {
            match self.claimable(key, id, claim).await {
                Ok(entry) => writes.push(entry.overwritten(Some(format::encode(PEOPLE, id)))),
                // What was adopted has the form of the former rule, which comes first, and what is free beside it.
                Err(VaultError::UsernameTaken { .. }) if claim == UsernameClaim::Adopted && rank > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
        for key in released.iter().filter(|released| !claimed.contains(released)) {
            writes.extend(self.release(key, id).await?);
        }
        self.bucket.write(writes).await
    }

    /// The claim on a form of a user name, if `id` may have it. A form that an adopted name took beside its own gives
    /// way to the name of which it is the own.
    async fn claimable(&self, key: &str, id: Uuid, claim: UsernameClaim) -> Result<BucketEntry, VaultError> {
        let (entry, holder) = self.load_holder(key).await?;
        let Some(holder) = holder.filter(|holder| *holder != id) else {
            return Ok(entry);
        };
        // A claim counts only as long as its holder has the name: a key that an administrator
        // deleted by hand must not block the name for ever.
        let (_, details) = self.load_person(holder).await?;
        let mut holds = claim_keys(details.and_then(|details| details.username).as_deref());
        if claim == UsernameClaim::Adopted {
            holds.truncate(1);
        }
        if holds.iter().any(|held| held == key) {
            return Err(VaultError::UsernameTaken { holder });
        }
        Ok(entry)
    }

    async fn release(&self, key: &str, id: Uuid) -> Result<Option<BucketWrite>, VaultError> {
        let (entry, holder) = self.load_holder(key).await?;
        Ok((holder == Some(id)).then(|| entry.overwritten(None)))
    }

    /// One try of the first half of [`PersonVault::erase`]: nobody finds the person any more.
    async fn try_delete(&self, id: Uuid) -> Result<u64, WriteError> {
        let (entry, details) = self.load_person(id).await?;
        let mut keys = self.claims_of(id);
        keys.extend(claim_keys(details.and_then(|details| details.username).as_deref()));
        keys.sort_unstable();
        keys.dedup();
        let mut writes = vec![entry.overwritten(None)];
        for key in keys {
            writes.extend(self.release(&key, id).await?);
        }
        self.bucket.write(writes).await
    }

    async fn try_mark(&self, id: Uuid) -> Result<u64, WriteError> {
        let mark = self.bucket.load(&erasure_key(id)).await?;
        if mark.value.is_some() {
            return Ok(mark.revision);
        }
        self.bucket.write(vec![mark.overwritten(Some(format::encode(PEOPLE, ())))]).await
    }

    async fn try_unmark(&self, id: Uuid) -> Result<u64, WriteError> {
        let mark = self.bucket.load(&erasure_key(id)).await?;
        if mark.value.is_none() {
            return Ok(mark.revision);
        }
        self.bucket.write(vec![mark.overwritten(None)]).await
    }

    /// Tries again while others are first, then waits until this process sees it.
    async fn persist(&self, write: PersonWrite<'_>) -> Result<(), VaultError> {
        for _ in 0..TRIES {
            let outcome = match write {
                PersonWrite::Put(id, details, claim) => self.try_put(id, details, claim).await,
                PersonWrite::Mark(id) => self.try_mark(id).await,
                PersonWrite::Unmark(id) => self.try_unmark(id).await,
                PersonWrite::Delete(id) => self.try_delete(id).await,
            };
            match outcome {
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

    fn claims_of(&self, id: Uuid) -> Vec<String> {
        let claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.iter().filter(|(_, holder)| **holder == id).map(|(key, _)| key.clone()).collect()
    }
}

#[async_trait]
impl PersonVault for JetStreamPeople {
    async fn put(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError> {
        let details = details.normalized()?;
        self.persist(PersonWrite::Put(id, &details, UsernameClaim::Given)).await?;
        self.bucket.shred_earlier_values(&person_key(id)).await
    }

    async fn adopt(&self, id: Uuid, details: PersonDetails) -> Result<(), VaultError> {
        let details = details.normalized()?;
        self.persist(PersonWrite::Put(id, &details, UsernameClaim::Adopted)).await?;
        self.bucket.shred_earlier_values(&person_key(id)).await
    }

    async fn begin_erasure(&self, id: Uuid) -> Result<(), VaultError> {
        if self.load_person(id).await?.1.is_none() {
            return Err(VaultError::UnknownPerson(id));
        }
        self.persist(PersonWrite::Mark(id)).await
    }

    async fn cancel_erasure(&self, id: Uuid) -> Result<(), VaultError> {
        self.persist(PersonWrite::Unmark(id)).await
    }

    /// The mark is set first and taken last, so that a crash in between is seen at the next start
    /// and the erasure done again.
    async fn erase(&self, id: Uuid) -> Result<(), VaultError> {
        let is_marked = self.bucket.load(&erasure_key(id)).await?.value.is_some();
        if !is_marked && self.load_person(id).await?.1.is_none() {
            return Ok(());
        }
        self.persist(PersonWrite::Mark(id)).await?;
        self.persist(PersonWrite::Delete(id)).await?;
        self.bucket.shred_earlier_values(&person_key(id)).await?;
        self.persist(PersonWrite::Unmark(id)).await
    }

    fn directory(&self) -> Arc<PersonDirectory> {
        Arc::clone(&self.directory)
    }
}

/// One conditional write, to be tried until nobody else is first.
#[derive(Clone, Copy)]
enum PersonWrite<'a> {
    Put(Uuid, &'a PersonDetails, UsernameClaim),
    Mark(Uuid),
    Unmark(Uuid),
    Delete(Uuid),
}

fn person_key(id: Uuid) -> String {
    format!("p.{id}")
}

fn erasure_key(id: Uuid) -> String {
    format!("e.{id}")
}

/// The keys on which a user name is claimed: that of its form by the former rule first.
fn claim_keys(username: Option<&str>) -> Vec<String> {
    let key = |form: &str| format!("u.{}", HEXLOWER.encode(&Sha256::digest(form)));
    username.map(|username| UsernameForms::of(username).all().map(key).collect()).unwrap_or_default()
}
