//! Idempotency keys of one process: which are in use, and what they were lately used for.
//!
//! However long ago a key was used, the history of what the command is about knows it. What only the
//! process can know is a key that is used for something else altogether, lately or at this moment.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use itam_domain::CommandId;
use quick_cache::sync::Cache;
use tokio_util::sync::CancellationToken;

use crate::refusal::Refusal;
use crate::submission::Submission;

/// A key and whose it is: two senders may use the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    command_id: CommandId,
    actor: Arc<str>,
}

/// Which keys are in use, and what they were lately used for.
pub(crate) struct KeyBook {
    used: Cache<Key, Arc<str>>,
    in_use: Mutex<HashMap<Key, InUse>>,
}

/// A key that commands are sent under now.
struct InUse {
    digest: Arc<str>,
    /// How many of them: repetitions run side by side.
    commands: usize,
    done: CancellationToken,
}

/// A key in use, until this is dropped.
pub(crate) struct KeyInUse<'a> {
    book: &'a KeyBook,
    key: Key,
    digest: Arc<str>,
}

impl KeyBook {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { used: Cache::new(capacity), in_use: Mutex::default() }
    }

    /// Takes a key for a command. While another command is sent under it, what becomes of that one is
    /// waited for: if it is refused, the key is free again.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`] if the key was used for another command.
    pub(crate) async fn take(&self, submission: &Submission) -> Result<KeyInUse<'_>, Refusal> {
        let key = Key { command_id: submission.command_id, actor: submission.sender.actor.as_str().into() };
        let digest: Arc<str> = submission.digest.as_str().into();
        // Ends, because every command does.
        loop {
            let done = {
                let mut in_use = self.lock();
                if self.used.get(&key).is_some_and(|used| used != digest) {
                    return Err(Refusal::KeyReused);
                }
                match in_use.entry(key.clone()) {
                    Entry::Occupied(entry) if entry.get().digest != digest => entry.get().done.clone(),
                    Entry::Occupied(mut entry) => {
                        entry.get_mut().commands += 1;
                        return Ok(KeyInUse { book: self, key, digest });
                    }
                    Entry::Vacant(entry) => {
                        let done = CancellationToken::new();
                        entry.insert(InUse { digest: Arc::clone(&digest), commands: 1, done });
                        return Ok(KeyInUse { book: self, key, digest });
                    }
                }
            };
            done.cancelled().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, InUse>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyInUse<'_> {
    /// Notes that the command under the key was carried out.
    pub(crate) fn is_used(&self) {
        self.book.used.insert(self.key.clone(), Arc::clone(&self.digest));
    }
}

impl Drop for KeyInUse<'_> {
    fn drop(&mut self) {
        let mut in_use = self.book.lock();
        let Entry::Occupied(mut entry) = in_use.entry(self.key.clone()) else { return };
        entry.get_mut().commands -= 1;
        if entry.get().commands == 0 {
            entry.remove().done.cancel();
        }
    }
}
