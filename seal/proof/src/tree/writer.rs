//! Adding leaves.

use std::path::Path;
use std::sync::Arc;

use redb::{Database, Durability, ReadableTable, Table};

use super::reader::{TreeHandle, TreeReader};
use super::{
    FORMAT, HASHES_BY_ROW, KEPT_EVERY, META_BY_NAME, OPENING, ROW_HASHES, TreeError, fold_complete,
    open_checked, read_kept, read_meta, to_usize,
};
use crate::{Frontier, Hash};

const WRITING: &str = "adding leaves";

/// The one writer of a tree. Nothing that was added is ever changed or taken away.
pub struct TreeWriter {
    database: Arc<Database>,
    edge: Edge,
}

/// The right edge of the tree: what the next leaf needs.
#[derive(Clone, Default)]
struct Edge {
    frontier: Frontier,
    /// One for each kept level, the leaves first.
    levels: Vec<Level>,
}

/// The right edge of a kept level.
#[derive(Clone, Default)]
struct Level {
    /// How many hashes it has.
    count: u64,
    /// The bytes of its last row, shorter than a whole one.
    row: Vec<u8>,
    /// The hashes that do not make one of the next level yet.
    tile: Vec<Hash>,
}

type Rows<'a> = Table<'a, (u8, u64), &'static [u8]>;

impl TreeWriter {
    /// Opens the tree of a tenant's log, or makes an empty one.
    ///
    /// # Errors
    /// [`TreeError`]; a damaged file is refused, and can be deleted.
    pub fn open(path: &Path, tenant: &str) -> Result<Self, TreeError> {
        let database = open_checked(path)?;
        let edge = prepare(&database, tenant)?;
        Ok(Self { database: Arc::new(database), edge })
    }

    /// How many leaves there are: the last position.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.frontier.size()
    }

    /// The root of the whole tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.frontier.root()
    }

    /// Adds the leaves of the next positions, all or none, durably, and returns the last position.
    ///
    /// # Errors
    /// [`TreeError`]; then nothing was added.
    pub fn append(&mut self, leaves: impl IntoIterator<Item = Hash>) -> Result<u64, TreeError> {
        let mut edge = self.edge.clone();
        let mut transaction = self.database.begin_write().map_err(TreeError::store(WRITING))?;
        transaction.set_durability(Durability::Immediate).map_err(TreeError::store(WRITING))?;
        transaction.set_quick_repair(true);
        {
            let mut rows = transaction.open_table(HASHES_BY_ROW).map_err(TreeError::store(WRITING))?;
            for leaf in leaves {
                edge.push(&mut rows, leaf)?;
            }
            edge.write_open_rows(&mut rows)?;
            let mut meta = transaction.open_table(META_BY_NAME).map_err(TreeError::store(WRITING))?;
            edge.write_meta(&mut meta)?;
        }
        transaction.commit().map_err(TreeError::store(WRITING))?;
        self.edge = edge;
        Ok(self.size())
    }

    /// Reads the tree, in this process.
    #[must_use]
    pub fn reader(&self) -> TreeReader {
        TreeReader::new(TreeHandle::Shared(Arc::clone(&self.database)))
    }
}

/// Labels a new file, or checks an old one; gives its right edge.
fn prepare(database: &Database, tenant: &str) -> Result<Edge, TreeError> {
    let transaction = database.begin_write().map_err(TreeError::store(OPENING))?;
    let edge = {
        let mut meta = transaction.open_table(META_BY_NAME).map_err(TreeError::store(OPENING))?;
        let rows = transaction.open_table(HASHES_BY_ROW).map_err(TreeError::store(OPENING))?;
        if let Some(found) = read_meta(&meta)? {
            if found.tenant != tenant {
                return Err(TreeError::OtherTenant { found: found.tenant, wanted: tenant.to_owned() });
            }
            let edge = Edge::read(&rows, found.size)?;
            if edge.frontier.root() != found.root {
                return Err(TreeError::Damaged("its hashes do not make its root".to_owned()));
            }
            edge
        } else {
            let edge = Edge::default();
            meta.insert("format", FORMAT.to_be_bytes().as_slice()).map_err(TreeError::store(OPENING))?;
            meta.insert("tenant", tenant.as_bytes()).map_err(TreeError::store(OPENING))?;
            edge.write_meta(&mut meta)?;
            edge
        }
    };
    transaction.commit().map_err(TreeError::store(OPENING))?;
    Ok(edge)
}

impl Edge {
    fn read(rows: &impl ReadableTable<(u8, u64), &'static [u8]>, size: u64) -> Result<Self, TreeError> {
        let mut levels = Vec::new();
        let mut count = size;
        while count > 0 {
            let level = u8::try_from(levels.len()).expect("a tree has a few kept levels");
            let (in_row, in_tile) = (count % ROW_HASHES, count % (1 << KEPT_EVERY));
            let row = read_kept(rows, level, count - in_row, in_row)?;
            let row = row.iter().flat_map(|hash| *hash.as_bytes()).collect();
            let tile = read_kept(rows, level, count - in_tile, in_tile)?;
            levels.push(Level { count, row, tile });
            count >>= KEPT_EVERY;
        }
        let frontier = frontier_of(&levels, size)?;
        Ok(Self { frontier, levels })
    }

    /// Adds a leaf, and the roots of the tiles that it completes.
    fn push(&mut self, rows: &mut Rows<'_>, leaf: Hash) -> Result<(), TreeError> {
        self.frontier.push(leaf);
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Level::default());
            }
            let number = u8::try_from(level).expect("a tree has a few kept levels");
            let Some(completed) = self.levels[level].push(rows, number, hash)? else { break };
            hash = completed;
        }
        Ok(())
    }

    fn write_open_rows(&self, rows: &mut Rows<'_>) -> Result<(), TreeError> {
        for (number, level) in (0..).zip(&self.levels) {
            if !level.row.is_empty() {
                let key = (number, level.count / ROW_HASHES);
                rows.insert(key, level.row.as_slice()).map_err(TreeError::store(WRITING))?;
            }
        }
        Ok(())
    }

    fn write_meta(&self, meta: &mut Table<'_, &'static str, &'static [u8]>) -> Result<(), TreeError> {
        let size = self.frontier.size().to_be_bytes();
        meta.insert("size", size.as_slice()).map_err(TreeError::store(WRITING))?;
        let root = self.frontier.root();
        meta.insert("root", root.as_bytes().as_slice()).map_err(TreeError::store(WRITING))?;
        Ok(())
    }
}

impl Level {
    /// Adds a hash; gives the next level's, if that is complete now.
    fn push(&mut self, rows: &mut Rows<'_>, number: u8, hash: Hash) -> Result<Option<Hash>, TreeError> {
        self.row.extend_from_slice(hash.as_bytes());
        if self.row.len() == to_usize(ROW_HASHES) * Hash::BYTES {
            let key = (number, self.count / ROW_HASHES);
            rows.insert(key, self.row.as_slice()).map_err(TreeError::store(WRITING))?;
            self.row.clear();
        }
        self.count += 1;
        self.tile.push(hash);
        if self.tile.len() < 1 << KEPT_EVERY {
            return Ok(None);
        }
        Ok(Some(fold_complete(std::mem::take(&mut self.tile))))
    }
}

/// The peaks of the tree lie in the open tiles of the kept levels.
fn frontier_of(levels: &[Level], size: u64) -> Result<Frontier, TreeError> {
    let mut peaks = Vec::new();
    for level in levels.iter().rev() {
        let mut rest = level.tile.as_slice();
        for bit in (0..KEPT_EVERY).rev() {
            if level.tile.len() & (1 << bit) != 0 {
                let (subtree, after) = rest.split_at(1 << bit);
                peaks.push(fold_complete(subtree.to_vec()));
                rest = after;
            }
        }
    }
    Frontier::from_peaks(size, peaks).ok_or_else(|| TreeError::Damaged("its size is not whole".to_owned()))
}
