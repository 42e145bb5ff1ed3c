//! The writing half: for the projector alone.

use std::sync::Arc;

use redb::{Database, Durability, ReadTransaction, ReadableDatabase, WriteTransaction};

use crate::audit_batch::is_freeze;
use crate::batch::{Base, Batch, Place};
use crate::dump;
use crate::entry::{Content, Entry};
use crate::error::{ReadModelError, Result};
use crate::flush::Changes;
use crate::generation::{self, Handle, Sharing};
use crate::meta::{Checkpoint, Meta, catalog, message_hash};
use crate::model::{Generation, ReadModel};
use crate::options::ReadModelOptions;
use crate::ordinals::Ordinals;
use crate::parked::Parked;
use crate::tables::SCHEMA_VERSION;

/// Writes one file of the read model. What is applied is held in memory until [`Self::flush`] or
/// [`Self::show`], which write rows and checkpoint in one transaction.
pub struct ReadModelWriter {
    model: ReadModel,
    generation: u64,
    target: Target,
    ordinals: Ordinals,
    /// The file as of the last flush. Comes before nothing: closed by hand before each flush.
    base: Option<Box<(Base, ReadTransaction)>>,
    batch: Batch,
    checkpoint: Checkpoint,
    last_body: Vec<u8>,
    pending: usize,
    parked: u64,
    /// Whether all that readers see is on the disk.
    is_settled: bool,
}

/// Where a writer writes.
enum Target {
    /// The file that is read.
    Live(Arc<Generation>),
    /// A file that is being built beside it.
    Apart(Database),
}

const WRITING: &str = "writing the read model";

impl ReadModelWriter {
    /// Opens the file that `model`, a reader [`ReadModel::in_process`], reads from now on, or makes
    /// an empty one where there is none that fits.
    ///
    /// A file that is damaged or of another tenant is left aside, with an error in the log, and an
    /// empty one takes its place. One of an older build stays current until a new one is complete: see
    /// [`Opened::Outdated`].
    ///
    /// # Errors
    /// [`ReadModelError::NewerSchema`] if a newer build wrote it, [`ReadModelError::InUse`] if
    /// another process writes it, [`ReadModelError::File`] or [`ReadModelError::Store`] if the
    /// disk refuses.
    pub fn open(model: &ReadModel, tenant: &str) -> Result<Opened> {
        let dir = model.dir();
        itam_files::make_folder(dir).map_err(|source| ReadModelError::File {
            operation: "creating",
            path: dir.to_owned(),
            source,
        })?;
        if let Some(generation) = generation::current(dir)? {
            match Self::open_current(model, tenant, generation) {
                Ok(opened) => return Ok(opened),
                Err(error) if error.is_damage() || error.is_missing() => {
                    let path = generation::path_of(dir, generation);
                    tracing::error!(
                        path = %path.display(), error = &error as &dyn std::error::Error,
                        "the read model cannot be read; it is built anew from the log"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        let number = generation::next(dir)?;
        let database = generation::create(dir, number, tenant, model.options())?;
        generation::point_at(dir, number)?;
        Self::live(model, number, database).map(Opened::New)
    }

    fn open_current(model: &ReadModel, tenant: &str, number: u64) -> Result<Opened> {
        let dir = model.dir();
        let path = generation::path_of(dir, number);
        let database = generation::open_checked(dir, number, model.options())?;
        let transaction = database.begin_read().map_err(ReadModelError::store(WRITING))?;
        let meta = generation::examine(&path, &transaction)?;
        drop(transaction);
        let meta =
            meta.ok_or_else(|| ReadModelError::Damaged(format!("{} is no read model", path.display())))?;
        if meta.tenant != tenant {
            let text = format!("{} belongs to tenant {:?}, not {tenant:?}", path.display(), meta.tenant);
            return Err(ReadModelError::Damaged(text));
        }
        let is_outdated = meta.schema < SCHEMA_VERSION || meta.catalog != catalog();
        if is_outdated {
            tracing::warn!(
                path = %path.display(), found = meta.schema, known = SCHEMA_VERSION,
                "the read model is of an older build; it is built anew from the log"
            );
            if meta.schema == SCHEMA_VERSION {
                model.go_over(Arc::new(Generation::new(number, Handle::Shared(database))));
                model.tell(meta.checkpoint.position);
            }
            return Ok(Opened::Outdated);
        }
        generation::remove_others(dir, number)?;
        Self::live(model, number, database).map(Opened::Current)
    }

    fn live(model: &ReadModel, number: u64, database: Database) -> Result<Self> {
        let generation = Arc::new(Generation::new(number, Handle::Shared(database)));
        let meta = generation.meta(&generation::path_of(model.dir(), number))?;
        model.go_over(Arc::clone(&generation));
        model.tell(meta.checkpoint.position);
        Ok(Self::new(model.clone(), number, Target::Live(generation), &meta))
    }

    fn new(model: ReadModel, generation: u64, target: Target, meta: &Meta) -> Self {
        Self {
            model,
            generation,
            target,
            ordinals: Ordinals::new(meta.ordinals),
            base: None,
            batch: Batch::default(),
            checkpoint: meta.checkpoint,
            last_body: Vec::new(),
            pending: 0,
            parked: meta.parked,
            is_settled: true,
        }
    }

    /// Begins a new, empty file beside the one that is read, for a rebuild. Nobody sees it before
    /// [`Self::switch`].
    ///
    /// # Errors
    /// [`ReadModelError::File`] or [`ReadModelError::Store`] if the disk refuses.
    pub fn build_apart(model: &ReadModel, tenant: &str) -> Result<Self> {
        let dir = model.dir();
        let number = generation::next(dir)?;
        let options = ReadModelOptions { sharing: Sharing::Alone, ..model.options() };
        let database = generation::create(dir, number, tenant, options)?;
        let transaction = database.begin_read().map_err(ReadModelError::store(WRITING))?;
        let meta = generation::examine(&generation::path_of(dir, number), &transaction)?;
        drop(transaction);
        let meta =
            meta.ok_or_else(|| ReadModelError::Damaged("a new file says nothing of itself".to_owned()))?;
        Ok(Self::new(model.clone(), number, Target::Apart(database), &meta))
    }

    /// Makes the file that this writer built apart the one that is read, in one step, and removes
    /// the others. The reader in this process goes over to it at once, readers in other processes
    /// within [`crate::POINTER_LOOK`]. Does nothing for a writer of the file that is read.
    ///
    /// # Errors
    /// [`ReadModelError`] if the disk refuses; the file that was read before is read still.
    pub fn switch(mut self) -> Result<Self> {
        self.flush()?;
        let Target::Apart(database) = self.target else {
            return Ok(self);
        };
        self.base = None;
        let dir = self.model.dir();
        let database = match self.model.options().sharing {
            Sharing::Alone => database,
            Sharing::Followed => {
                database.close().map_err(ReadModelError::store(WRITING))?;
                generation::open_again(dir, self.generation, self.model.options())?
            }
        };
        generation::point_at(dir, self.generation)?;
        let generation = Arc::new(Generation::new(self.generation, Handle::Shared(database)));
        self.model.go_over(Arc::clone(&generation));
        self.model.tell(self.checkpoint.position);
        generation::remove_others(dir, self.generation)?;
        Ok(Self { target: Target::Live(generation), ..self })
    }

    /// Gives up a file that was being built apart.
    ///
    /// # Errors
    /// [`ReadModelError::File`] if it cannot be removed.
    pub fn abandon(self) -> Result<()> {
        match self.target {
            Target::Live(_) => Ok(()),
            Target::Apart(database) => {
                drop(database);
                generation::remove(self.model.dir(), self.generation)
            }
        }
    }

    /// Removes every file that is not the one that is read, such as what a writer left that failed
    /// while it built apart.
    ///
    /// # Errors
    /// [`ReadModelError::File`] if one cannot be removed.
    pub fn remove_unread(model: &ReadModel) -> Result<()> {
        match generation::current(model.dir())? {
            Some(current) => generation::remove_others(model.dir(), current),
            None => Ok(()),
        }
    }

    /// The canonical hash of what was written, as [`crate::Snapshot::dump_hash`].
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn dump_hash(&self) -> Result<[u8; 32]> {
        let transaction = self.database()?.begin_read().map_err(ReadModelError::store(WRITING))?;
        dump::hash(&transaction)
    }

    /// A reader of the file, in this process.
    #[must_use]
    pub fn reader(&self) -> ReadModel {
        self.model.clone()
    }

    /// How far the log is applied in the file. What is pending does not count.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    /// The position that has to be applied next.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.checkpoint.position + self.pending as u64 + 1
    }

    /// How many messages were applied since rows were last written.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// Whether all that readers see is on the disk.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// How many events could not be applied, in all. What is pending does not count.
    #[must_use]
    pub fn parked(&self) -> u64 {
        self.parked
    }

    /// Applies one message, in memory. An event that cannot be applied is parked.
    ///
    /// # Errors
    /// [`ReadModelError::Gap`] if it is not the position that has to follow; otherwise only if
    /// the file fails. After an error the writer has to be opened anew.
    pub fn apply(&mut self, entry: Entry<'_>) -> Result<()> {
        let Entry { position, stored_at, body, content } = entry;
        let place = Place { position, stored_at };
        if position != self.expected() {
            return Err(ReadModelError::Gap { expected: self.expected(), found: position });
        }
        match content {
            Content::Skipped => self.batch.pass(place),
            Content::Unreadable { event_type, reason } => {
                self.batch.pass(place);
                self.batch.parked.push((position, Parked { event_type, reason, seen_at: stored_at }));
            }
            Content::Event(envelope) => {
                if is_freeze(&envelope.event) {
                    self.show()?;
                }
                let base = match self.base.take() {
                    Some(base) => base,
                    None => self.open_base()?,
                };
                let applied = self.batch.apply(&base.0, &mut self.ordinals, place, &envelope);
                self.base = Some(base);
                applied?;
            }
        }
        self.pending += 1;
        self.last_body.clear();
        self.last_body.extend_from_slice(body);
        Ok(())
    }

    /// Writes everything applied since the last flush, and the checkpoint, in one durable
    /// transaction, and tells those who wait. What was shown before is durable then, too.
    ///
    /// # Errors
    /// [`ReadModelError::Store`] if the file fails. Nothing is written then; open the writer anew.
    pub fn flush(&mut self) -> Result<()> {
        if self.pending > 0 {
            self.put(Durability::Immediate)?;
        } else if !self.is_settled {
            self.begin(Durability::Immediate)?.commit().map_err(ReadModelError::store(WRITING))?;
        }
        self.is_settled = true;
        Ok(())
    }

    /// Writes as [`Self::flush`] does, but does not wait for the disk if no other process reads the
    /// file. A crash of the machine or the process then takes the rows and their checkpoint back
    /// together, as far as the last flush; the log still has what led to them.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn show(&mut self) -> Result<()> {
        if self.model.options().sharing == Sharing::Followed {
            return self.flush();
        }
        if self.pending > 0 {
            self.put(Durability::None)?;
            self.is_settled = false;
        }
        Ok(())
    }

    fn put(&mut self, durability: Durability) -> Result<()> {
        let position = self.checkpoint.position + self.pending as u64;
        let checkpoint = Checkpoint { position, hash: message_hash(&self.last_body) };
        let base = match self.base.take() {
            Some(base) => base,
            None => self.open_base()?,
        };
        let parked = self.batch.parked.len() as u64;
        let changes = Changes::of(std::mem::take(&mut self.batch), &base.0, &self.ordinals)?;
        // Closed before the commit, so that the pages it replaces can be used again.
        drop(base);
        let transaction = self.begin(durability)?;
        changes.write(&transaction, &self.ordinals, checkpoint)?;
        transaction.commit().map_err(ReadModelError::store(WRITING))?;
        self.ordinals.settle();
        self.parked += parked;
        self.checkpoint = checkpoint;
        self.pending = 0;
        if let Target::Live(_) = &self.target {
            self.model.tell(position);
        }
        Ok(())
    }

    fn begin(&self, durability: Durability) -> Result<WriteTransaction> {
        let mut transaction = self.database()?.begin_write().map_err(ReadModelError::store(WRITING))?;
        transaction.set_durability(durability).map_err(ReadModelError::store(WRITING))?;
        // What a killed projector leaves needs no repair of its free space. A file that is built
        // apart is thrown away when its builder dies.
        transaction.set_quick_repair(matches!(self.target, Target::Live(_)));
        Ok(transaction)
    }

    fn open_base(&self) -> Result<Box<(Base, ReadTransaction)>> {
        let transaction = self.database()?.begin_read().map_err(ReadModelError::store(WRITING))?;
        Ok(Box::new((Base::open(&transaction)?, transaction)))
    }

    fn database(&self) -> Result<&Database> {
        match &self.target {
            Target::Apart(database) => Ok(database),
            Target::Live(generation) => match generation.handle() {
                Handle::Shared(database) => Ok(database),
                Handle::Following(_) => {
                    Err(ReadModelError::Damaged("a writer on a reader's handle".to_owned()))
                }
            },
        }
    }
}

impl std::fmt::Debug for ReadModelWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ReadModelWriter")
            .field("generation", &self.generation)
            .field("checkpoint", &self.checkpoint.position)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

/// What [`ReadModelWriter::open`] found.
#[derive(Debug)]
pub enum Opened {
    /// A file that fits: go on from its checkpoint.
    Current(ReadModelWriter),
    /// No file that fits: an empty one, from position 1.
    New(ReadModelWriter),
    /// A file of an older build: build one apart and switch. Until then it is read still, if only
    /// the known event types differ; if its schema does, there is nothing to read.
    Outdated,
}
