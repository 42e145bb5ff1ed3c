//! Roots and proofs from the kept hashes.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadOnlyDatabase, ReadOnlyTable, ReadTransaction, ReadableDatabase};
use tlog_tiles::HashReader;

use super::{
    HASHES_BY_ROW, KEPT_EVERY, META_BY_NAME, TreeError, builder, fold_complete, open_error, read_kept,
    read_meta,
};
use crate::inclusion::ProofError;
use crate::{Frontier, Hash};

const READING: &str = "reading the Merkle tree";

/// The file of a tree, open in the writer's process or beside it.
pub(super) enum TreeHandle {
    Shared(Arc<Database>),
    Following(ReadOnlyDatabase),
}

/// Reads a tree that is being written, here or by another process.
#[derive(Clone)]
pub struct TreeReader {
    handle: Arc<TreeHandle>,
}

/// The tree as it was at one moment.
pub struct TreeSnapshot {
    rows: ReadOnlyTable<(u8, u64), &'static [u8]>,
    tenant: String,
    size: u64,
}

impl TreeReader {
    pub(super) fn new(handle: TreeHandle) -> Self {
        Self { handle: Arc::new(handle) }
    }

    /// Opens a tree that another process writes.
    ///
    /// # Errors
    /// [`TreeError::NotBuilt`] if there is none yet.
    pub fn open(path: &Path) -> Result<Self, TreeError> {
        let database = builder().open_read_only(path).map_err(|error| open_error(path, error))?;
        Ok(Self::new(TreeHandle::Following(database)))
    }

    /// The tree as it is now.
    ///
    /// # Errors
    /// [`TreeError`] if it cannot be read.
    pub fn snapshot(&self) -> Result<TreeSnapshot, TreeError> {
        let transaction = self.begin()?;
        let meta = transaction.open_table(META_BY_NAME).map_err(TreeError::store(READING))?;
        let meta = read_meta(&meta)?.ok_or_else(|| TreeError::Damaged("it is empty".to_owned()))?;
        let rows = transaction.open_table(HASHES_BY_ROW).map_err(TreeError::store(READING))?;
        Ok(TreeSnapshot { rows, tenant: meta.tenant, size: meta.size })
    }

    fn begin(&self) -> Result<ReadTransaction, TreeError> {
        match &*self.handle {
            TreeHandle::Shared(database) => database.begin_read(),
            TreeHandle::Following(database) => database.begin_read(),
        }
        .map_err(TreeError::store(READING))
    }
}

impl TreeSnapshot {
    /// Whose log it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// How many positions it covers.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The leaf of a position.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`] if there is none.
    pub fn leaf(&self, position: u64) -> Result<Hash, TreeError> {
        self.check_covers(position)?;
        let index = position.checked_sub(1).ok_or(ProofError::NoPosition)?;
        Ok(read_kept(&self.rows, 0, index, 1)?[0])
    }

    /// The leaves of up to `count` positions from `from` on, fewer at the end.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`] if there is none.
    pub fn leaves(&self, from: u64, count: u64) -> Result<Vec<Hash>, TreeError> {
        self.check_covers(from)?;
        let index = from.checked_sub(1).ok_or(ProofError::NoPosition)?;
        read_kept(&self.rows, 0, index, count.min(self.size - index))
    }

    /// The root of the tree of the first `size` positions.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`] if it covers fewer.
    pub fn root(&self, size: u64) -> Result<Hash, TreeError> {
        Ok(self.frontier(size)?.root())
    }

    /// The right edge of the tree of the first `size` positions: what an export that begins after
    /// them starts from.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`] if it covers fewer.
    pub fn frontier(&self, size: u64) -> Result<Frontier, TreeError> {
        self.check_covers(size)?;
        let indexes = tlog_tiles::sub_tree_index(0, size, Vec::new());
        let peaks = self.ask(|hashes| hashes.read_hashes(&indexes))?;
        Frontier::from_peaks(size, peaks)
            .ok_or_else(|| TreeError::Damaged("its size is not whole".to_owned()))
    }

    /// The proof that a position is in the tree of the first `size` positions.
    ///
    /// # Errors
    /// [`TreeError`], also if the position comes after `size`.
    pub fn prove_inclusion(&self, position: u64, size: u64) -> Result<Vec<Hash>, TreeError> {
        self.check_covers(size)?;
        let index = position.checked_sub(1).ok_or(ProofError::NoPosition)?;
        if position > size {
            return Err(ProofError::BeyondCheckpoint { position, size }.into());
        }
        self.ask(|hashes| tlog_tiles::prove_record(size, index, hashes))
    }

    /// The proof that the tree of `from` positions is the beginning of the tree of `to`.
    ///
    /// # Errors
    /// [`TreeError`], also if `from` is 0 or more than `to`.
    pub fn prove_consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, TreeError> {
        self.check_covers(to)?;
        if !(1..=to).contains(&from) {
            return Err(ProofError::NotConsistent { from, to }.into());
        }
        self.ask(|hashes| tlog_tiles::prove_tree(to, from, hashes))
    }

    fn check_covers(&self, asked: u64) -> Result<(), TreeError> {
        if asked > self.size {
            return Err(TreeError::OutOfRange { asked, size: self.size });
        }
        Ok(())
    }

    /// Runs an algorithm of the library on the kept hashes, and keeps what went wrong.
    fn ask(
        &self,
        algorithm: impl FnOnce(&KeptHashes<'_>) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error>,
    ) -> Result<Vec<Hash>, TreeError> {
        let kept = KeptHashes { snapshot: self, failure: RefCell::new(None) };
        match algorithm(&kept) {
            Ok(hashes) => Ok(hashes.into_iter().map(Into::into).collect()),
            Err(error) => {
                Err(kept.failure.into_inner().unwrap_or_else(|| TreeError::Damaged(error.to_string())))
            }
        }
    }

    /// The root of the complete subtree `index` of a level.
    fn node(&self, level: u8, index: u64) -> Result<Hash, TreeError> {
        let above = level % KEPT_EVERY;
        Ok(fold_complete(read_kept(&self.rows, level / KEPT_EVERY, index << above, 1 << above)?))
    }
}

/// The kept hashes as the library asks for them: its errors have no room for a store's.
struct KeptHashes<'a> {
    snapshot: &'a TreeSnapshot,
    failure: RefCell<Option<TreeError>>,
}

impl HashReader for KeptHashes<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let mut hashes = Vec::with_capacity(indexes.len());
        for &index in indexes {
            let (level, place) = tlog_tiles::split_stored_hash_index(index);
            match self.snapshot.node(level, place) {
                Ok(hash) => hashes.push(hash.into()),
                Err(failure) => {
                    *self.failure.borrow_mut() = Some(failure);
                    return Err(tlog_tiles::Error::IndexesNotInTree);
                }
            }
        }
        Ok(hashes)
    }
}
