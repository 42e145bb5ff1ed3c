//! The writing half: for the projector alone.

mod opening;

use std::sync::Arc;

use redb::{Database, Durability, ReadTransaction, ReadableDatabase, WriteTransaction};

use crate::kinds::audit::batch::is_freeze;
use crate::register::batch::{Base, Batch, Place};
use crate::register::flush::Changes;
use crate::store::dump;
use crate::store::entry::{Content, Entry};
use crate::store::error::{During, ReadModelError, Result, WRITING};
use crate::store::generation::{self, Handle};
use crate::store::meta::{Checkpoint, Meta, message_hash};
use crate::store::model::ReadModel;
use crate::store::open_file::Generation;
use crate::store::options::ReadModelOptions;
use crate::store::options::Sharing;
use crate::store::ordinals::Ordinals;
use crate::store::parked::Parked;

pub use opening::Opened;

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

impl ReadModelWriter {
    fn live(model: &ReadModel, number: u64, database: Database, meta: &Meta) -> Self {
        let generation = Arc::new(Generation::new(number, Handle::Shared(database)));
        model.go_over(Arc::clone(&generation));
        model.tell(meta.checkpoint.position);
        Self::new(model.clone(), number, Target::Live(generation), meta)
    }

    fn new(model: ReadModel, generation: u64, target: Target, meta: &Meta) -> Self {
        Self {
            model,
            generation,
            target,
            ordinals: Ordinals::new(meta.ordinals.clone()),
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
        let meta = Meta::of_new(tenant);
        let database = generation::create(dir, number, &meta, options)?;
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
                database.close().during(WRITING)?;
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
        let transaction = self.database()?.begin_read().during(WRITING)?;
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
            self.begin(Durability::Immediate)?.commit().during(WRITING)?;
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
        transaction.commit().during(WRITING)?;
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
        let mut transaction = self.database()?.begin_write().during(WRITING)?;
        transaction.set_durability(durability).during(WRITING)?;
        // What a killed projector leaves needs no repair of its free space. A file that is built
        // apart is thrown away when its builder dies.
        transaction.set_quick_repair(matches!(self.target, Target::Live(_)));
        Ok(transaction)
    }

    fn open_base(&self) -> Result<Box<(Base, ReadTransaction)>> {
        let transaction = self.database()?.begin_read().during(WRITING)?;
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
