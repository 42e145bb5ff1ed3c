//! The copy of the people's bucket in memory: the directory, and who claims which user name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::bucket::BucketEntry;
use super::follower::BucketCopy;
use crate::directory::DirectoryState;
use crate::format::{self, PEOPLE};
use crate::{PersonDetails, PersonDirectory, VaultError};

/// Who holds which user name: person id by the claim's key.
pub(super) type Claims = Arc<Mutex<HashMap<String, Uuid>>>;

/// Brings what is in the bucket into the directory of persons.
pub(super) struct PeopleCopy {
    directory: Arc<PersonDirectory>,
    claims: Claims,
}

impl PeopleCopy {
    pub(super) fn new(directory: Arc<PersonDirectory>, claims: Claims) -> Self {
        Self { directory, claims }
    }
}

/// What one entry of the bucket says.
enum CopyChange {
    Person(Uuid, Option<PersonDetails>),
    Claim(String, Option<Uuid>),
    Erasure(Uuid, Option<()>),
}

impl BucketCopy for PeopleCopy {
    fn reload(&mut self, entries: Vec<BucketEntry>) {
        let mut state = DirectoryState::default();
        let mut claims = HashMap::new();
        for change in entries.iter().filter_map(CopyChange::of) {
            change.apply(&mut state, &mut claims);
        }
        *self.claims.lock().unwrap_or_else(PoisonError::into_inner) = claims;
        self.directory.replace(state);
    }

    fn apply(&mut self, entry: BucketEntry) {
        let Some(change) = CopyChange::of(&entry) else {
            return;
        };
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        self.directory.change(|state| change.apply(state, &mut claims));
    }
}

impl CopyChange {
    /// An entry that this build cannot read is left out, loudly: one newer or damaged row must
    /// not take everybody's names away.
    fn of(entry: &BucketEntry) -> Option<Self> {
        Self::try_of(entry)
            .inspect_err(|error| {
                let error: &dyn std::error::Error = error;
                tracing::error!(key = entry.key, error, "an entry of the people's bucket is left out");
            })
            .ok()
    }

    fn try_of(entry: &BucketEntry) -> Result<Self, VaultError> {
        let value = entry.value.as_deref();
        let unknown = || VaultError::Misconfigured("a key of an unknown kind".to_owned());
        let (kind, name) = entry.key.split_once('.').ok_or_else(unknown)?;
        let id = || name.parse::<Uuid>().map_err(|_| unknown());
        Ok(match kind {
            "p" => Self::Person(id()?, value.map(|v| format::decode(PEOPLE, "a person", v)).transpose()?),
            "u" => Self::Claim(
                entry.key.clone(),
                value.map(|v| format::decode(PEOPLE, "a user name", v)).transpose()?,
            ),
            "e" => Self::Erasure(id()?, value.map(|v| format::decode(PEOPLE, "an erasure", v)).transpose()?),
            _ => return Err(unknown()),
        })
    }

    fn apply(self, state: &mut DirectoryState, claims: &mut HashMap<String, Uuid>) {
        match self {
            Self::Person(id, Some(details)) => state.put(id, details),
            Self::Person(id, None) => state.remove(id),
            Self::Claim(key, Some(holder)) => {
                claims.insert(key, holder);
            }
            Self::Claim(key, None) => {
                claims.remove(&key);
            }
            Self::Erasure(id, Some(())) => state.begin_erasure(id),
            Self::Erasure(id, None) => state.end_erasure(id),
        }
    }
}
