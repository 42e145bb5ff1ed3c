//! The sealer's own files: the tree and the checkpoints.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use itam_event_log::StoredMessage;
use itam_proof::{LedgerWriter, TreeError, TreeReader, TreeWriter};

use crate::error::SealerError;
use crate::messages::{check_sequel, leaf};

/// Where the sealer keeps its files.
#[derive(Clone, Debug)]
pub struct SealerFiles {
    /// The Merkle tree; can be built anew from the log.
    pub tree: PathBuf,
    /// The checkpoints that were signed; cannot be made again.
    pub checkpoints: PathBuf,
}

/// The sealer's files, open for writing.
pub(crate) struct OpenFiles {
    tree: TreeWriter,
    ledger: Arc<LedgerWriter>,
}

impl OpenFiles {
    pub(crate) async fn open(files: SealerFiles, tenant: String) -> Result<Self, SealerError> {
        blocking("opening its files", move || {
            let ledger = Arc::new(LedgerWriter::open(&files.checkpoints)?);
            Ok(Self { tree: open_tree(&files.tree, &tenant)?, ledger })
        })
        .await
    }

    /// How many positions are sealed.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn tree(&self) -> TreeReader {
        self.tree.reader()
    }

    pub(crate) fn ledger(&self) -> Arc<LedgerWriter> {
        Arc::clone(&self.ledger)
    }

    /// Adds the leaves of the next messages, durably.
    pub(crate) async fn seal(mut self, messages: Vec<StoredMessage>) -> Result<Self, SealerError> {
        if messages.is_empty() {
            return Ok(self);
        }
        check_sequel(self.size() + 1, &messages)?;
        blocking("adding leaves", move || {
            self.tree.append(messages.iter().map(leaf))?;
            Ok(self)
        })
        .await
    }
}

/// Opens the tree. A damaged file is put aside, and the tree is built anew from the log: whether that
/// is still the same history is for the checkpoints to say.
fn open_tree(path: &Path, tenant: &str) -> Result<TreeWriter, TreeError> {
    match TreeWriter::open(path, tenant) {
        Err(TreeError::Damaged(reason)) => {
            let aside = path.with_extension("damaged");
            tracing::error!(reason, aside = %aside.display(), "the Merkle tree is damaged and is built anew");
            std::fs::rename(path, &aside).map_err(|error| TreeError::Damaged(error.to_string()))?;
            TreeWriter::open(path, tenant)
        }
        opened => opened,
    }
}

/// Runs work that blocks.
pub(crate) async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, SealerError> + Send + 'static,
) -> Result<T, SealerError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SealerError::Broken(doing))?
}
