//! The files of a read model: `inventory.<generation>.redb`, and `CURRENT`, which names the one
//! that is read. A rebuild writes the next generation beside it and then moves the pointer, which
//! is one atomic rename; whoever reads the old file goes on until it looks at the pointer again.

use std::fs;
use std::io::ErrorKind;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
};

use crate::store::catalog::Standing;
use crate::store::error::{During, ReadModelError, Result};
use crate::store::meta::{FileMeta, Meta, read_meta, write_meta};
use crate::store::options::{ReadModelOptions, Sharing};
use crate::store::tables::{SCHEMA_VERSION, TABLES};

const POINTER: &str = "CURRENT";
const OPENING: &str = "opening the read model";

/// One file, open for reading, in this process's writer or beside another's.
pub(crate) enum Handle {
    /// The writer's own.
    Shared(Database),
    /// Beside a writer in another process.
    Following(ReadOnlyDatabase),
}

impl Handle {
    pub(crate) fn begin_read(&self) -> Result<ReadTransaction> {
        match self {
            Self::Shared(database) => database.begin_read(),
            Self::Following(database) => database.begin_read(),
        }
        .during(OPENING)
    }
}

pub(crate) fn path_of(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("inventory.{generation}.redb"))
}

/// The generation that `CURRENT` names; `None` if there is none.
pub(crate) fn current(dir: &Path) -> Result<Option<u64>> {
    let path = dir.join(POINTER);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReadModelError::File { operation: "reading", path, source }),
    }
}

/// A generation that no file has yet.
pub(crate) fn next(dir: &Path) -> Result<u64> {
    let highest = generations(dir)?.into_iter().max().unwrap_or(0);
    Ok(highest.max(current(dir)?.unwrap_or(0)) + 1)
}

/// Makes `CURRENT` name a generation, durably, in one step.
pub(crate) fn point_at(dir: &Path, generation: u64) -> Result<()> {
    let failed = |operation, path: &Path| {
        let path = path.to_owned();
        move |source| ReadModelError::File { operation, path, source }
    };
    let pointer = dir.join(POINTER);
    itam_files::replace(&pointer, format!("{generation}\n").as_bytes()).map_err(failed("replacing", &pointer))
}

/// Removes the files of every generation but the one given. A process that still reads one keeps
/// it until it closes it.
pub(crate) fn remove_others(dir: &Path, keep: u64) -> Result<()> {
    for generation in generations(dir)?.into_iter().filter(|generation| *generation != keep) {
        remove(dir, generation)?;
    }
    Ok(())
}

/// Removes a generation's file.
pub(crate) fn remove(dir: &Path, generation: u64) -> Result<()> {
    let path = path_of(dir, generation);
    match fs::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(ReadModelError::File { operation: "removing", path, source }),
    }
}

fn generations(dir: &Path) -> Result<Vec<u64>> {
    let failed = |source| ReadModelError::File { operation: "listing", path: dir.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("inventory.")?.strip_suffix(".redb"));
        found.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    Ok(found)
}

/// Makes a new file with all tables.
pub(crate) fn create(
    dir: &Path,
    generation: u64,
    meta: &Meta,
    options: ReadModelOptions,
) -> Result<Database> {
    let path = path_of(dir, generation);
    itam_files::prepare(&path).map_err(|source| ReadModelError::File {
        operation: "creating",
        path: path.clone(),
        source,
    })?;
    let database = builder(options).create(&path).map_err(|error| open_error(&path, error))?;
    let transaction = database.begin_write().during(OPENING)?;
    write_meta(&transaction, meta)?;
    for table in TABLES {
        table.create(&transaction)?;
    }
    transaction.commit().during(OPENING)?;
    Ok(database)
}

/// Opens a file for writing that was left by an earlier process. Every page is checked against its
/// checksum, since what the disk spoiled would else give wrong answers or a panic. That takes as
/// long as reading the file: under two seconds for the 540 MB of a million assets, once cached.
pub(crate) fn open_checked(dir: &Path, generation: u64, options: ReadModelOptions) -> Result<Database> {
    let path = path_of(dir, generation);
    let mut builder = builder(options);
    builder.set_check_integrity_on_open(true);
    // redb promises an error for most damaged files, but not for all: it may panic instead.
    let opened = panic::catch_unwind(AssertUnwindSafe(|| builder.open(&path)));
    let opened = opened
        .map_err(|_| ReadModelError::Damaged(format!("{} is no readable file of redb", path.display())))?;
    opened.map_err(|error| open_error(&path, error))
}

/// Opens a file for writing that this process has just closed.
pub(crate) fn open_again(dir: &Path, generation: u64, options: ReadModelOptions) -> Result<Database> {
    let path = path_of(dir, generation);
    builder(options).open(&path).map_err(|error| open_error(&path, error))
}

/// Opens a file that another process writes.
pub(crate) fn open_for_reading(dir: &Path, generation: u64, cache_bytes: usize) -> Result<ReadOnlyDatabase> {
    let path = path_of(dir, generation);
    let options = ReadModelOptions { cache_bytes, sharing: Sharing::Followed };
    builder(options).open_read_only(&path).map_err(|error| open_error(&path, error))
}

/// A file, as far as this build can read it.
pub(crate) enum Examined {
    /// It has this build's schema.
    Readable(Meta),
    /// An older build wrote it, with this schema: nothing in it can be read.
    OfOlderSchema(u32),
}

/// Reads what a file says about itself.
///
/// # Errors
/// [`ReadModelError::NewerSchema`] or [`ReadModelError::NewerEvents`] if a newer build wrote it,
/// [`ReadModelError::Damaged`] if it says nothing.
pub(crate) fn examine(path: &Path, transaction: &ReadTransaction) -> Result<Examined> {
    let no_read_model = || ReadModelError::Damaged(format!("{} is no read model", path.display()));
    let path = || path.to_owned();
    match read_meta(transaction)?.ok_or_else(no_read_model)? {
        FileMeta::OfSchema(found) if found > SCHEMA_VERSION => {
            Err(ReadModelError::NewerSchema { path: path(), found, known: SCHEMA_VERSION })
        }
        FileMeta::OfSchema(found) => Ok(Examined::OfOlderSchema(found)),
        FileMeta::Readable(meta) => match meta.catalog.standing() {
            Standing::Newer(found) => Err(ReadModelError::NewerEvents { path: path(), found }),
            _ => Ok(Examined::Readable(meta)),
        },
    }
}

fn builder(options: ReadModelOptions) -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(options.cache_bytes);
    builder.set_concurrency_mode(match options.sharing {
        Sharing::Followed => ConcurrencyMode::SingleWriter,
        Sharing::Alone => ConcurrencyMode::ExclusiveWriter,
    });
    builder
}

fn open_error(path: &Path, error: DatabaseError) -> ReadModelError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => ReadModelError::InUse(path.to_owned()),
        DatabaseError::Storage(redb::StorageError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
            ReadModelError::Damaged(format!("{} is not a redb file: {error}", path.display()))
        }
        other => ReadModelError::Store { operation: OPENING, source: Box::new(other.into()) },
    }
}
