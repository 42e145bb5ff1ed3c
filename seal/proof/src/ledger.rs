//! The checkpoints of a log, by size: which histories were promised.
//!
//! Checkpoints are only ever added behind the last one. What may change of one that is there is
//! that further signatures come under it. The ledger verifies no signature: whoever adds a
//! checkpoint has made or verified it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::InMemoryBackend;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    ReadableTable, StorageError, TableDefinition,
};

use crate::SignedCheckpoint;

/// Key: the size of the tree. Value: the signed note, as it is handed out. Because a checkpoint is
/// asked for by its size, or as the first one that covers a position. Written by the sealer, read
/// for answers.
const NOTE_BY_SIZE: TableDefinition<'static, u64, &'static str> = TableDefinition::new("note_by_size_1");

const OPENING: &str = "opening the checkpoints";
const READING: &str = "reading checkpoints";
const WRITING: &str = "keeping a checkpoint";

/// Checkpoints are few and small.
const CACHE_BYTES: usize = 1024 * 1024;

/// Why the ledger could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no file to read yet: nothing was sealed.
    #[error("the checkpoints {} are not there yet", .0.display())]
    NotBuilt(PathBuf),
    /// Another process writes it.
    #[error("the checkpoints {} are written by another process", .0.display())]
    InUse(PathBuf),
    /// The store under it failed.
    #[error("the checkpoints failed while {operation}")]
    Store {
        /// What was tried.
        operation: &'static str,
        /// What redb says.
        #[source]
        source: Box<redb::Error>,
    },
    /// A checkpoint must come behind the last one.
    #[error("a checkpoint of {size} positions does not come behind the last one, of {newest}")]
    NotNewer {
        /// How many positions it covers.
        size: u64,
        /// How many the last one covers.
        newest: u64,
    },
    /// Signatures belong to the checkpoint that is there, and to no other text.
    #[error("the checkpoint of {size} positions that is kept says something else")]
    OtherText {
        /// How many positions it covers.
        size: u64,
    },
}

/// A checkpoint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// How many positions it covers.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// Writes the ledger of a log: its one writer.
pub struct LedgerWriter {
    database: Arc<Database>,
}

/// Reads the ledger, in the writer's process or beside it. Cheap to clone.
#[derive(Clone)]
pub struct LedgerReader(Arc<Handle>);

enum Handle {
    Shared(Arc<Database>),
    Following(ReadOnlyDatabase),
}

impl LedgerWriter {
    /// Opens the ledger, or makes an empty one.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        itam_files::prepare(path).map_err(|error| store(OPENING)(StorageError::Io(error)))?;
        let database = builder().create(path).map_err(|error| open_error(path, error))?;
        let transaction = database.begin_write().map_err(store(OPENING))?;
        transaction.open_table(NOTE_BY_SIZE).map_err(store(OPENING))?;
        transaction.commit().map_err(store(OPENING))?;
        Ok(Self { database: Arc::new(database) })
    }

    /// Reads it, in this process.
    #[must_use]
    pub fn reader(&self) -> LedgerReader {
        LedgerReader(Arc::new(Handle::Shared(Arc::clone(&self.database))))
    }

    /// Adds a checkpoint, durably.
    ///
    /// # Errors
    /// [`LedgerError::NotNewer`] if it does not come behind the last one.
    pub fn add(&self, size: u64, note: &str) -> Result<(), LedgerError> {
        self.write(|notes| {
            let newest = notes.last().map_err(store(WRITING))?.map(|(size, _)| size.value());
            if let Some(newest) = newest.filter(|newest| *newest >= size) {
                return Err(LedgerError::NotNewer { size, newest });
            }
            notes.insert(size, note).map_err(store(WRITING)).map(drop)
        })
    }

    /// Puts the signatures of another copy of a checkpoint under the one that is kept, durably. A
    /// later signature of one key takes the place of the earlier one.
    ///
    /// # Errors
    /// [`LedgerError::OtherText`] if there is no such checkpoint, or with another text.
    pub fn merge(&self, signed: &SignedCheckpoint) -> Result<(), LedgerError> {
        let size = signed.checkpoint().size;
        let other_text = || LedgerError::OtherText { size };
        self.write(|notes| {
            let found = notes.get(size).map_err(store(WRITING))?.map(|found| found.value().to_owned());
            let mut kept =
                found.and_then(|note| SignedCheckpoint::parse(&note).ok()).ok_or_else(other_text)?;
            kept.merge(signed).map_err(|_| other_text())?;
            notes.insert(size, kept.encode().as_str()).map_err(store(WRITING)).map(drop)
        })
    }

    fn write(
        &self,
        change: impl FnOnce(&mut redb::Table<'_, u64, &'static str>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let transaction = self.database.begin_write().map_err(store(WRITING))?;
        change(&mut transaction.open_table(NOTE_BY_SIZE).map_err(store(WRITING))?)?;
        transaction.commit().map_err(store(WRITING))
    }
}

impl LedgerReader {
    /// Opens a ledger that another process writes.
    ///
    /// # Errors
    /// [`LedgerError::NotBuilt`] if there is none yet.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let database = builder().open_read_only(path).map_err(|error| open_error(path, error))?;
        Ok(Self(Arc::new(Handle::Following(database))))
    }

    /// A ledger in memory of checkpoints that lie elsewhere, in any order. Of two of one size the
    /// later one stays.
    ///
    /// # Errors
    /// [`LedgerError::Store`].
    pub fn of(checkpoints: impl IntoIterator<Item = KeptCheckpoint>) -> Result<Self, LedgerError> {
        let made = Builder::new().create_with_backend(InMemoryBackend::new());
        let writer = LedgerWriter { database: Arc::new(made.map_err(store(OPENING))?) };
        writer.write(|notes| {
            for KeptCheckpoint { size, note } in checkpoints {
                notes.insert(size, note.as_str()).map_err(store(WRITING))?;
            }
            Ok(())
        })?;
        Ok(writer.reader())
    }

    /// The last checkpoint.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be read.
    pub fn newest(&self) -> Result<Option<KeptCheckpoint>, LedgerError> {
        self.read(|notes| Ok(notes.last()?.map(|(size, note)| kept(size.value(), note.value()))))
    }

    /// The checkpoint of so many positions.
    ///
    /// # Errors
    /// [`LedgerError`] if it cannot be read.
    pub fn find(&self, size: u64) -> Result<Option<KeptCheckpoint>, LedgerError> {
        self.read(|notes| Ok(notes.get(size)?.map(|note| kept(size, note.value()))))
    }

    /// Up to `limit` checkpoints of `size` positions and more, the oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] if they cannot be read.
    pub fn at_least(&self, size: u64, limit: usize) -> Result<Vec<KeptCheckpoint>, LedgerError> {
        self.read(|notes| {
            let mut found = Vec::new();
            for entry in notes.range(size..)?.take(limit) {
                let (size, note) = entry?;
                found.push(kept(size.value(), note.value()));
            }
            Ok(found)
        })
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&redb::ReadOnlyTable<u64, &'static str>) -> Result<T, StorageError>,
    ) -> Result<T, LedgerError> {
        let notes = self.begin()?.open_table(NOTE_BY_SIZE).map_err(store(READING))?;
        look(&notes).map_err(store(READING))
    }

    fn begin(&self) -> Result<ReadTransaction, LedgerError> {
        match &*self.0 {
            Handle::Shared(database) => database.begin_read(),
            Handle::Following(database) => database.begin_read(),
        }
        .map_err(store(READING))
    }
}

fn kept(size: u64, note: &str) -> KeptCheckpoint {
    KeptCheckpoint { size, note: note.to_owned() }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    // Other processes hand checkpoints out.
    builder.set_concurrency_mode(ConcurrencyMode::SingleWriter);
    builder
}

fn open_error(path: &Path, error: DatabaseError) -> LedgerError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => LedgerError::InUse(path.to_owned()),
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            LedgerError::NotBuilt(path.to_owned())
        }
        other => store(OPENING)(other),
    }
}

fn store<E: Into<redb::Error>>(operation: &'static str) -> impl FnOnce(E) -> LedgerError {
    move |error| LedgerError::Store { operation, source: Box::new(error.into()) }
}

impl std::fmt::Debug for LedgerWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LedgerWriter").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for LedgerReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LedgerReader").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hash, KeyPurpose, Origin, SigningKey, TreeCheckpoint};

    fn note(size: u64, signatures: &str) -> KeptCheckpoint {
        KeptCheckpoint { size, note: format!("itam/main/x\n{size}\nroot\n\n{signatures}") }
    }

    #[test]
    fn checkpoints_come_behind_each_other_and_are_found_by_what_they_cover() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("checkpoints.redb");
        assert!(matches!(LedgerReader::open(&path), Err(LedgerError::NotBuilt(_))));
        let writer = LedgerWriter::open(&path).expect("made");
        let reader = LedgerReader::open(&path).expect("read beside the writer");
        assert_eq!(reader.newest().expect("read"), None);
        for size in [3, 7] {
            writer.add(size, &note(size, "— a x\n").note).expect("added");
        }
        for size in [0, 3, 7] {
            let refused = writer.add(size, "another").expect_err("not newer");
            assert!(matches!(refused, LedgerError::NotNewer { newest: 7, .. }), "{refused}");
        }
        assert_eq!(reader.newest().expect("read"), Some(note(7, "— a x\n")));
        assert_eq!(reader.find(3).expect("read"), Some(note(3, "— a x\n")));
        assert_eq!(reader.find(4).expect("read"), None);
        assert_eq!(reader.at_least(4, 9).expect("read"), [note(7, "— a x\n")]);
        assert_eq!(reader.at_least(1, 1).expect("read"), [note(3, "— a x\n")]);
    }

    #[test]
    fn a_ledger_in_memory_holds_what_lies_elsewhere() {
        let reader = LedgerReader::of([note(7, "— a x\n"), note(3, "— a x\n")]).expect("made");
        assert_eq!(reader.newest().expect("read"), Some(note(7, "— a x\n")));
        assert_eq!(reader.at_least(1, 1).expect("read"), [note(3, "— a x\n")]);
        assert_eq!(LedgerReader::of([]).expect("made").newest().expect("read"), None);
    }

    #[test]
    fn a_countersignature_comes_under_the_same_checkpoint_once_and_under_no_other() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("checkpoints.redb");
        let writer = LedgerWriter::open(&path).expect("made");
        let origin = Origin::of_log("main", Hash::EMPTY_ROOT);
        let made_at = chrono::DateTime::UNIX_EPOCH;
        let log = SigningKey::from_seed(origin.as_str(), KeyPurpose::Log, &[1; 32]).expect("a key");
        let sign = |size, root| {
            let checkpoint = TreeCheckpoint { origin: origin.clone(), size, root, made_at };
            SignedCheckpoint::sign(checkpoint, &[&log]).expect("signed")
        };
        let mut signed = sign(3, Hash::EMPTY_ROOT);
        writer.add(3, &signed.encode()).expect("added");
        let witness = SigningKey::from_seed("w", KeyPurpose::Witness, &[2; 32]).expect("a key");
        for second in 1..3 {
            signed.cosign(&witness, made_at + chrono::TimeDelta::seconds(second)).expect("signed");
            writer.merge(&signed).expect("merged");
        }
        drop(writer);
        let again = LedgerWriter::open(&path).expect("opened again");
        let kept = again.reader().newest().expect("read").expect("there").note;
        assert_eq!((kept.as_str(), kept.lines().count()), (signed.encode().as_str(), 7));
        for other in [sign(3, Hash::from_bytes([1; 32])), sign(4, Hash::EMPTY_ROOT)] {
            assert!(matches!(again.merge(&other), Err(LedgerError::OtherText { .. })));
        }
    }
}
