//! What the sealer needs from outside: keys, places that keep checkpoints, and witnesses.

use async_trait::async_trait;
use itam_proof::{Hash, KeptCheckpoint, KeyError, Origin, SigningKey, Trust, VerifierKey};

/// Why a place or a witness could not be reached.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The keys of a log as they are now.
#[derive(Clone, Debug)]
pub struct CurrentKeys {
    /// Those that sign.
    pub signers: Vec<SigningKey>,
    /// Those whose signatures count: the same, and those before them.
    pub trust: Trust,
}

/// Where the log's keys are kept.
pub trait KeyRing: Send + Sync + 'static {
    /// The keys of a log. Asked before each signature, so that a change of keys needs no restart.
    ///
    /// # Errors
    /// [`KeyError::Missing`] if there are none; another if they cannot be used.
    fn keys(&self, origin: &Origin) -> Result<CurrentKeys, KeyError>;

    /// Makes the first key of a log that nobody has signed a checkpoint of.
    ///
    /// # Errors
    /// [`KeyError`] if there is one, or it cannot be made.
    fn create(&self, origin: &Origin) -> Result<CurrentKeys, KeyError>;
}

/// A place that keeps checkpoints outside the sealer's own files.
#[async_trait]
pub trait Archive: Send + Sync + 'static {
    /// What it is called in messages.
    fn name(&self) -> String;

    /// The newest note that is kept there; `None` if there is none, or if it only takes and cannot be
    /// asked.
    async fn newest(&self) -> Result<Option<String>, Cause>;

    /// Keeps a checkpoint behind the ones before it. One that is there already is no error.
    async fn keep(&self, checkpoint: &KeptCheckpoint) -> Result<(), Cause>;
}

/// What a witness says to a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// Its signature lines.
    Countersigned(String),
    /// It has seen a checkpoint of this size last, and wants a proof from there.
    Knows(u64),
    /// It does not countersign this; why.
    Refused(String),
}

/// A witness: it countersigns checkpoints that continue all that it has seen (C2SP tlog-witness).
#[async_trait]
pub trait Witness: Send + Sync + 'static {
    /// Its public key; it has the witness's name.
    fn key(&self) -> &VerifierKey;

    /// Shows it a checkpoint, with the proof that it continues one of `old_size` positions.
    async fn add_checkpoint(&self, old_size: u64, proof: &[Hash], note: &str)
    -> Result<WitnessAnswer, Cause>;
}
