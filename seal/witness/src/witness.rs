//! The rule by which a witness signs.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use itam_proof::{SignedCheckpoint, SigningKey, Trust, TrustError, VerifierKey, check_consistency};

use crate::memory::{Memory, MemoryError, Seen};
use crate::request::AddCheckpoint;

/// Why a witness does not sign.
#[derive(Debug, thiserror::Error)]
pub enum WitnessRefusal {
    /// It was not told to watch this log.
    #[error("this witness does not know the log {0}")]
    UnknownLog(String),
    /// No key of the log that it knows signed.
    #[error("the checkpoint does not bear the signature of a key that this witness knows")]
    NotSigned(#[source] TrustError),
    /// The log says that it was seen with more than it now has.
    #[error("the checkpoint of {size} positions cannot continue one of {old_size}")]
    Backward {
        /// How many positions the checkpoint covers.
        size: u64,
        /// How many the log says were seen before.
        old_size: u64,
    },
    /// Another checkpoint was seen last than the log says, or this size with another root.
    #[error("this witness has seen {0} positions of the log last")]
    Conflict(u64),
    /// The proof does not hold: another history.
    #[error("the checkpoint is not proven to continue the one of {0} positions that this witness has seen")]
    NotContinued(u64),
    /// What is signed must be remembered first.
    #[error("the witness cannot remember what it would sign")]
    Memory(#[source] MemoryError),
    /// The key cannot sign.
    #[error("the witness's key cannot be used")]
    Key(#[source] itam_proof::KeyError),
}

/// Countersigns the checkpoints of the logs that it was told to watch.
pub struct Witness {
    key: SigningKey,
    trust: Trust,
    logs: Vec<String>,
    memory: Mutex<Memory>,
}

impl Witness {
    /// A witness of the logs with these keys.
    #[must_use]
    pub fn new(key: SigningKey, logs: &[VerifierKey], memory: Memory) -> Self {
        let mut trust = Trust::new();
        for log in logs {
            trust.add(log.clone());
        }
        let logs = logs.iter().map(|log| log.name().to_owned()).collect();
        Self { key, trust, logs, memory: Mutex::new(memory) }
    }

    /// Its public key.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        self.key.public()
    }

    /// Verifies a checkpoint, remembers it on the disk, and gives the signature line.
    ///
    /// # Errors
    /// [`WitnessRefusal`]; then nothing is remembered that was not before.
    ///
    /// # Panics
    /// If an earlier call panicked.
    pub fn add_checkpoint(
        &self,
        request: &AddCheckpoint,
        now: DateTime<Utc>,
    ) -> Result<String, WitnessRefusal> {
        let checkpoint = request.checkpoint.checkpoint();
        let (origin, size, root) = (checkpoint.origin.as_str(), checkpoint.size, checkpoint.root);
        if !self.logs.iter().any(|known| known == origin) {
            return Err(WitnessRefusal::UnknownLog(origin.to_owned()));
        }
        request.checkpoint.verify(&self.trust).map_err(WitnessRefusal::NotSigned)?;
        if request.old_size > size {
            return Err(WitnessRefusal::Backward { size, old_size: request.old_size });
        }
        // Held until the answer is known, so that two requests are one after the other.
        let mut memory = self.memory.lock().expect("nobody panicked while holding it");
        let seen = memory.find(origin);
        let seen_size = seen.map_or(0, |seen| seen.size);
        if seen_size != request.old_size {
            return Err(WitnessRefusal::Conflict(seen_size));
        }
        match seen {
            Some(seen) if seen.size == size && seen.root != root => {
                return Err(WitnessRefusal::Conflict(size));
            }
            Some(seen) => check_consistency(&request.proof, (seen.size, seen.root), (size, root))
                .map_err(|_| WitnessRefusal::NotContinued(seen.size))?,
            None if request.proof.is_empty() => {}
            None => return Err(WitnessRefusal::NotContinued(0)),
        }
        let line = self.sign(&request.checkpoint, now)?;
        memory.remember(origin, Seen { size, root }).map_err(WitnessRefusal::Memory)?;
        Ok(line)
    }

    /// Its signature line, which is given away only when the checkpoint is remembered.
    fn sign(&self, checkpoint: &SignedCheckpoint, now: DateTime<Utc>) -> Result<String, WitnessRefusal> {
        let mut signed = checkpoint.clone();
        signed.cosign(&self.key, now).map_err(WitnessRefusal::Key)?;
        let note = signed.encode();
        // A signature takes the place of an earlier one and comes last.
        Ok(format!("{}\n", note.lines().last().unwrap_or_default()))
    }
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Witness").field("key", &self.key().short()).finish_non_exhaustive()
    }
}
