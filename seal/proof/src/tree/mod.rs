//! The Merkle tree of a log, kept in one redb file.
//!
//! What is kept are the hashes of every eighth level: the leaves, the roots of each 256 leaves, of
//! each 65,536, and so on (the tiles of C2SP tlog-tiles, end to end). All others are computed from
//! them. The file can be deleted at any moment and built again from the log; whether that log is
//! the old one is for the checkpoints to say, which is why they are kept elsewhere too.

mod error;
mod reader;
mod writer;

use std::io::ErrorKind;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use redb::{Builder, ConcurrencyMode, Database, DatabaseError, ReadableTable, TableDefinition};

pub use error::TreeError;
pub use reader::{TreeReader, TreeSnapshot};
pub use writer::TreeWriter;

use crate::Hash;

/// Key: a name. Value: `format` (u32), `tenant`, `size` (u64), `root` (32 bytes); numbers are
/// big-endian. Because the file has to say what it is, and the hashes and the size commit together.
const META_BY_NAME: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new("meta_by_name");

/// Key: kept level, row. Value: up to [`ROW_HASHES`] hashes of that level, in order. Only the last
/// row of a level is shorter than the others, and grows. Written by the sealer, read for proofs.
const HASHES_BY_ROW: TableDefinition<'static, (u8, u64), &'static [u8]> =
    TableDefinition::new("hashes_by_row");

/// The version of the tables.
const FORMAT: u32 = 1;

/// How many hashes a row holds. redb gives a row whole pages of 4 KiB in powers of two: a tile of
/// 256 hashes would take 16 KiB for its 8, and this many fit into one page.
const ROW_HASHES: u64 = 120;

/// Every how many levels of the tree one is kept: 2^8 hashes make one of the next.
const KEPT_EVERY: u8 = 8;

const OPENING: &str = "opening the Merkle tree";

/// How much of the file redb keeps in memory.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    // Other processes answer for proofs.
    builder.set_concurrency_mode(ConcurrencyMode::SingleWriter);
    builder
}

/// Opens the file for writing, every page checked against its checksum; makes it if it is missing.
fn open_checked(path: &Path) -> Result<Database, TreeError> {
    // redb promises an error for most damaged files, but not for all: it may panic instead.
    let opened = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut builder = builder();
        builder.set_check_integrity_on_open(true);
        itam_files::prepare(path).map_err(redb::StorageError::Io)?;
        builder.create(path)
    }));
    opened.map_err(|_| not_redb(path))?.map_err(|error| open_error(path, error))
}

fn open_error(path: &Path, error: DatabaseError) -> TreeError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => TreeError::InUse(path.to_owned()),
        DatabaseError::Storage(redb::StorageError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
            not_redb(path)
        }
        DatabaseError::Storage(redb::StorageError::Io(error)) if error.kind() == ErrorKind::NotFound => {
            TreeError::NotBuilt(path.to_owned())
        }
        other => TreeError::store(OPENING)(other),
    }
}

fn not_redb(path: &Path) -> TreeError {
    TreeError::Damaged(format!("{} is no readable file of redb", path.display()))
}

/// What the file of a tree says of itself.
struct TreeMeta {
    tenant: String,
    size: u64,
    root: Hash,
}

/// Reads it; `None` if nothing was written yet.
fn read_meta(table: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<Option<TreeMeta>, TreeError> {
    let find = |name: &'static str| -> Result<Option<Vec<u8>>, TreeError> {
        let found = table.get(name).map_err(TreeError::store(OPENING))?;
        Ok(found.map(|value| value.value().to_vec()))
    };
    let Some(format) = find("format")? else { return Ok(None) };
    let damaged = || TreeError::Damaged("it does not say what it holds".to_owned());
    let found = u32::from_be_bytes(format.try_into().map_err(|_| damaged())?);
    if found > FORMAT {
        return Err(TreeError::NewerFormat { found, known: FORMAT });
    }
    let tenant = String::from_utf8(find("tenant")?.ok_or_else(damaged)?).map_err(|_| damaged())?;
    let size = find("size")?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    let root = find("root")?.and_then(|bytes| bytes.try_into().ok()).map(Hash::from_bytes);
    Ok(Some(TreeMeta { tenant, size: size.ok_or_else(damaged)?, root: root.ok_or_else(damaged)? }))
}

/// The hash at a place of a kept level.
fn read_kept(
    rows: &impl ReadableTable<(u8, u64), &'static [u8]>,
    level: u8,
    first: u64,
    count: u64,
) -> Result<Vec<Hash>, TreeError> {
    let mut hashes = Vec::new();
    let mut next = first;
    while next < first + count {
        let (row, offset) = (next / ROW_HASHES, next % ROW_HASHES);
        let missing = || TreeError::Damaged(format!("the hash {next} of level {level} is missing"));
        let found = rows.get((level, row)).map_err(TreeError::store("reading hashes"))?;
        let found = found.ok_or_else(missing)?;
        let take = (ROW_HASHES - offset).min(first + count - next);
        let begin = to_usize(offset) * Hash::BYTES;
        let bytes = found.value().get(begin..begin + to_usize(take) * Hash::BYTES).ok_or_else(missing)?;
        hashes.extend(bytes.as_chunks().0.iter().copied().map(Hash::from_bytes));
        next += take;
    }
    Ok(hashes)
}

/// A count within a row.
fn to_usize(count: u64) -> usize {
    usize::try_from(count).expect("a row holds a few hashes")
}

/// The root of a complete subtree, given all hashes of one of its levels.
fn fold_complete(mut hashes: Vec<Hash>) -> Hash {
    debug_assert!(hashes.len().is_power_of_two());
    while hashes.len() > 1 {
        hashes = hashes.as_chunks().0.iter().map(|&[left, right]| Hash::of_node(left, right)).collect();
    }
    hashes[0]
}
