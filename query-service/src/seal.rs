//! What the sealer has made of the log: its tree, its checkpoints and the chain of its keys, read
//! beside it from its files.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use itam_proof::{
    KeptCheckpoint, KeyFolder, KeyStatement, LedgerError, LedgerReader, SignedCheckpoint, TreeError,
    TreeReader, TreeSnapshot,
};
use itam_service_kit::{Problem, ProblemCode};

/// Where the sealer's files are.
#[derive(Clone, Debug)]
pub struct SealFiles {
    /// The Merkle tree.
    pub tree: PathBuf,
    /// The checkpoints.
    pub checkpoints: PathBuf,
    /// The folder of keys, of which only the public chain is read.
    pub keys: PathBuf,
}

/// The files, opened when they are first asked for.
pub(crate) struct Seal {
    files: SealFiles,
    opened: Mutex<Option<(TreeReader, LedgerReader)>>,
}

/// The tree as it is now, and the checkpoints.
pub(crate) struct SealedLog {
    pub(crate) tree: TreeSnapshot,
    ledger: LedgerReader,
}

impl Seal {
    pub(crate) fn new(files: SealFiles) -> Self {
        Self { files, opened: Mutex::new(None) }
    }

    /// A view of what is sealed.
    pub(crate) fn view(&self) -> Result<SealedLog, Problem> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let (tree, ledger) = match opened.take() {
            Some(readers) => readers,
            None => (
                TreeReader::open(&self.files.tree).map_err(|error| tree_problem(&error))?,
                LedgerReader::open(&self.files.checkpoints).map_err(|error| ledger_problem(&error))?,
            ),
        };
        // After a failure the files are opened again: the sealer may have made them anew.
        let snapshot = tree.snapshot().map_err(|error| tree_problem(&error))?;
        *opened = Some((tree, ledger.clone()));
        Ok(SealedLog { tree: snapshot, ledger })
    }

    /// The chain of the log's keys, the oldest first.
    pub(crate) fn statements(&self) -> Result<Vec<KeyStatement>, Problem> {
        KeyFolder::new(&self.files.keys).statements().map_err(|error| Problem::internal(&error))
    }
}

impl SealedLog {
    /// The newest checkpoint.
    pub(crate) fn newest(&self) -> Result<KeptCheckpoint, Problem> {
        let newest = self.ledger.newest().map_err(|error| ledger_problem(&error))?;
        newest.ok_or_else(not_sealed)
    }

    /// The checkpoint of so many positions, if one was signed.
    pub(crate) fn find(&self, size: u64) -> Result<Option<KeptCheckpoint>, Problem> {
        self.ledger.find(size).map_err(|error| ledger_problem(&error))
    }

    /// Checkpoints of so many positions and more.
    pub(crate) fn at_least(&self, size: u64, limit: usize) -> Result<Vec<KeptCheckpoint>, LedgerError> {
        self.ledger.at_least(size, limit)
    }
}

/// Reads a kept checkpoint.
pub(crate) fn parse(kept: &KeptCheckpoint) -> Result<SignedCheckpoint, Problem> {
    SignedCheckpoint::parse(&kept.note).map_err(|error| Problem::internal(&error))
}

/// What was asked for came after the newest checkpoint.
pub(crate) fn beyond(asked: u64, size: u64) -> Problem {
    let detail = format!("Position {asked} comes after the checkpoint, which covers {size}.");
    Problem::new(ProblemCode::ProofBeyondCheckpoint, detail)
        .with("position", asked)
        .with("checkpoint_size", size)
}

fn not_sealed() -> Problem {
    let detail = "Nothing is sealed yet: the sealer has signed no checkpoint of this log.";
    Problem::new(ProblemCode::NotReady, detail).retry_after(Duration::from_secs(1))
}

/// The problem of a tree that does not answer.
pub(crate) fn tree_problem(error: &TreeError) -> Problem {
    match error {
        TreeError::NotBuilt(_) => not_sealed(),
        TreeError::Store { .. } | TreeError::InUse(_) => {
            let detail = "The sealer's files cannot be read now.";
            Problem::fault(ProblemCode::NotReady, detail, error).retry_after(Duration::from_secs(1))
        }
        other => Problem::internal(other),
    }
}

fn ledger_problem(error: &LedgerError) -> Problem {
    match error {
        LedgerError::NotBuilt(_) => not_sealed(),
        LedgerError::Store { .. } | LedgerError::InUse(_) => {
            let detail = "The sealer's files cannot be read now.";
            Problem::fault(ProblemCode::NotReady, detail, error).retry_after(Duration::from_secs(1))
        }
        other => Problem::internal(other),
    }
}
