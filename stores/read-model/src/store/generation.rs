//! The files of a read model: `<name>.<generation>.redb`, and a pointer, which names the one that is
//! read. A rebuild writes the next generation beside it and then moves the pointer, which is one
//! atomic rename; whoever reads the old file goes on until it looks at the pointer again.

use std::fs;
use std::io::ErrorKind;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
};

use crate::store::catalog::CatalogStanding;
use crate::store::error::{During, ReadModelError, Result};
use crate::store::layout::Layout;
use crate::store::meta::{FileMeta, Meta, read_meta, write_meta};
use crate::store::options::{ReadModelOptions, Sharing};

const OPENING: &str = "opening the read model";

/// One file, open for reading, in this process's writer or beside another's.
pub(crate) enum DatabaseHandle {
    /// The writer's own.
    Shared(Database),
    /// Beside a writer in another process.
    Following(ReadOnlyDatabase),
}

impl DatabaseHandle {
    pub(crate) fn begin_read(&self) -> Result<ReadTransaction> {
        match self {
            Self::Shared(database) => database.begin_read(),
            Self::Following(database) => database.begin_read(),
        }
        .during(OPENING)
    }
}

/// Which file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    pub(crate) generation: u64,
    /// The generation of the register that the file was made from, if it was made from one.
    pub(crate) register: Option<u64>,
}

/// The files of one read model in a folder.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) layout: &'static Layout,
}

impl Files<'_> {
    pub(crate) fn path_of(self, generation: u64) -> PathBuf {
        self.dir.join(format!("{}.{generation}.redb", self.layout.name))
    }

    /// What the pointer says; `None` if there is none.
    pub(crate) fn current(self) -> Result<Option<Pointer>> {
        let path = self.dir.join(self.layout.pointer);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ReadModelError::File { operation: "reading", path, source }),
        };
        let mut numbers = text.split_whitespace().map(|number| number.parse().ok());
        let (generation, register) = (numbers.next().flatten(), numbers.next().flatten());
        Ok(generation.map(|generation| Pointer { generation, register }))
    }

    /// A generation that no file has yet.
    pub(crate) fn next(self) -> Result<u64> {
        let highest = self.generations()?.into_iter().max().unwrap_or(0);
        let current = self.current()?.map_or(0, |current| current.generation);
        Ok(highest.max(current) + 1)
    }

    /// Moves the pointer, durably, in one step.
    pub(crate) fn point_at(self, pointer: Pointer) -> Result<()> {
        let path = self.dir.join(self.layout.pointer);
        let numbers = [Some(pointer.generation), pointer.register].into_iter().flatten();
        let text = numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        itam_files::replace(&path, format!("{text}\n").as_bytes()).map_err(|source| ReadModelError::File {
            operation: "replacing",
            path,
            source,
        })
    }

    /// Removes the files of every generation but the one given. A process that still reads one keeps
    /// it until it closes it.
    pub(crate) fn remove_others(self, keep: u64) -> Result<()> {
        for generation in self.generations()?.into_iter().filter(|generation| *generation != keep) {
            self.remove(generation)?;
        }
        Ok(())
    }

    /// Removes every file that is not the one that is read.
    pub(crate) fn remove_unread(self) -> Result<()> {
        match self.current()? {
            Some(current) => self.remove_others(current.generation),
            None => Ok(()),
        }
    }

    /// Removes a generation's file.
    pub(crate) fn remove(self, generation: u64) -> Result<()> {
        let path = self.path_of(generation);
        match fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(source) => Err(ReadModelError::File { operation: "removing", path, source }),
        }
    }

    fn generations(self) -> Result<Vec<u64>> {
        let failed =
            |source| ReadModelError::File { operation: "listing", path: self.dir.to_owned(), source };
        let mut found = Vec::new();
        for entry in fs::read_dir(self.dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix(self.layout.name)?.strip_prefix('.'));
            let number = rest.and_then(|rest| rest.strip_suffix(".redb"));
            found.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        Ok(found)
    }

    /// Makes a new file with all tables.
    pub(crate) fn create(self, generation: u64, meta: &Meta, options: ReadModelOptions) -> Result<Database> {
        let path = self.path_of(generation);
        itam_files::prepare(&path).map_err(|source| ReadModelError::File {
            operation: "creating",
            path: path.clone(),
            source,
        })?;
        let database = builder(options).create(&path).map_err(|error| open_error(&path, error))?;
        let transaction = database.begin_write().during(OPENING)?;
        write_meta(self.layout, &transaction, meta)?;
        for table in self.layout.tables {
            table.create(&transaction)?;
        }
        transaction.commit().during(OPENING)?;
        Ok(database)
    }

    /// Opens a file for writing that was left by an earlier process. Every page is checked against its
    /// checksum, since what the disk spoiled would else give wrong answers or a panic. That takes as
    /// long as reading the file: under two seconds for the 540 MB of a million assets, once cached.
    pub(crate) fn open_checked(self, generation: u64, options: ReadModelOptions) -> Result<Database> {
        let path = self.path_of(generation);
        let mut builder = builder(options);
        builder.set_check_integrity_on_open(true);
        // redb promises an error for most damaged files, but not for all: it may panic instead.
        let opened = panic::catch_unwind(AssertUnwindSafe(|| builder.open(&path)));
        let opened = opened.map_err(|_| {
            ReadModelError::Damaged(format!("{} is no readable file of redb", path.display()))
        })?;
        opened.map_err(|error| open_error(&path, error))
    }

    /// Opens a file for writing that this process has just closed.
    pub(crate) fn open_again(self, generation: u64, options: ReadModelOptions) -> Result<Database> {
        let path = self.path_of(generation);
        builder(options).open(&path).map_err(|error| open_error(&path, error))
    }

    /// Opens a file that another process writes.
    pub(crate) fn open_for_reading(self, generation: u64, cache_bytes: usize) -> Result<ReadOnlyDatabase> {
        let path = self.path_of(generation);
        let options = ReadModelOptions { cache_bytes, sharing: Sharing::Followed };
        builder(options).open_read_only(&path).map_err(|error| open_error(&path, error))
    }

    /// Reads what a file says about itself.
    ///
    /// # Errors
    /// [`ReadModelError::NewerSchema`] or [`ReadModelError::NewerEvents`] if a newer build wrote it,
    /// [`ReadModelError::Damaged`] if it says nothing.
    pub(crate) fn examine(self, generation: u64, transaction: &ReadTransaction) -> Result<Examined> {
        let path = || self.path_of(generation);
        let known = self.layout.schema;
        let no_read_model = || ReadModelError::Damaged(format!("{} is no read model", path().display()));
        match read_meta(self.layout, transaction)?.ok_or_else(no_read_model)? {
            FileMeta::OfSchema(found) if found > known => {
                Err(ReadModelError::NewerSchema { path: path(), found, known })
            }
            FileMeta::OfSchema(found) => Ok(Examined::OfOlderSchema(found)),
            FileMeta::Readable(meta) => match meta.catalog.standing(self.layout.reads) {
                CatalogStanding::Newer(found) => Err(ReadModelError::NewerEvents { path: path(), found }),
                _ => Ok(Examined::Readable(meta)),
            },
        }
    }
}

/// A file, as far as this build can read it.
pub(crate) enum Examined {
    /// It has this build's schema.
    Readable(Meta),
    /// An older build wrote it, with this schema: nothing in it can be read.
    OfOlderSchema(u32),
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
