//! The writer of the read model, for the projector alone.

mod opening;

use std::sync::Arc;

use redb::{Database, Durability, ReadTransaction};

use crate::kinds::audit::batch::is_freeze;
use crate::projection::attached::Attached;
use crate::projection::definition::Projection;
use crate::projection::file::ProjectionFile;
use crate::projection::prepare::{PreparedProjection, catch_up};
use crate::register::base::Base;
use crate::register::batch::{Batch, EventPlace};
use crate::register::flush::FlushChanges;
use crate::store::dump;
use crate::store::error::{During, ReadModelError, Result, WRITING};
use crate::store::generation::{DatabaseHandle, Pointer};
use crate::store::log_entry::{LogContent, LogEntry};
use crate::store::meta::{Checkpoint, Meta, message_hash, write_projected};
use crate::store::model::ReadModel;
use crate::store::open_file::Generation;
use crate::store::options::{ReadModelOptions, Sharing};
use crate::store::ordinals::Ordinals;
use crate::store::parked::Parked;
use crate::store::tables::REGISTER;
use crate::store::writer_file::{WriterFile, open_to_readers};

pub use opening::Opened;

/// Writes one file of the read model. What is applied is held in memory until [`Self::flush`] or
/// [`Self::show`], which write rows and checkpoint in one transaction.
pub struct ReadModelWriter {
    model: ReadModel,
    generation: u64,
    target: WriterFile,
    ordinals: Ordinals,
    /// The file as of the last flush. Comes before nothing: closed by hand before each flush.
    base: Option<Box<(Base, ReadTransaction)>>,
    batch: Batch,
    checkpoint: Checkpoint,
    last_body: Vec<u8>,
    pending: usize,
    parked: u64,
    projections: Attached,
    /// Whether all that readers see of the register is on the disk.
    is_settled: bool,
}

impl ReadModelWriter {
    fn live(model: &ReadModel, number: u64, database: Database, meta: &Meta, projections: Attached) -> Self {
        let generation = Arc::new(Generation::new(pointer(number), DatabaseHandle::Shared(database)));
        model.register().go_over(Arc::clone(&generation));
        model.tell(meta.checkpoint.position);
        Self::new(model.clone(), number, WriterFile::Live(generation), meta, projections)
    }

    fn new(
        model: ReadModel,
        generation: u64,
        target: WriterFile,
        meta: &Meta,
        projections: Attached,
    ) -> Self {
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
            projections,
            is_settled: true,
        }
    }

    /// Begins new, empty files of the register and of all projections beside those that are read, for
    /// a rebuild. Nobody sees them before [`Self::switch`].
    ///
    /// # Errors
    /// [`ReadModelError::File`] or [`ReadModelError::Store`] if the disk refuses.
    pub fn build_apart(model: &ReadModel, tenant: &str) -> Result<Self> {
        Self::begin_apart(model, tenant, Attached::create_apart(model, tenant)?)
    }

    /// As [`Self::build_apart`], of the register alone.
    ///
    /// # Errors
    /// As [`Self::build_apart`].
    pub fn build_register_apart(model: &ReadModel, tenant: &str) -> Result<Self> {
        Self::begin_apart(model, tenant, Attached::default())
    }

    fn begin_apart(model: &ReadModel, tenant: &str, projections: Attached) -> Result<Self> {
        let files = model.register().files();
        let number = files.next()?;
        let options = ReadModelOptions { sharing: Sharing::Alone, ..model.options() };
        let meta = Meta::of_new(&REGISTER, tenant);
        let database = files.create(number, &meta, options)?;
        Ok(Self::new(model.clone(), number, WriterFile::Apart(database), &meta, projections))
    }

    /// Makes the files that this writer built apart those that are read, one after the other, and removes
    /// the others. The reader in this process goes over to them at once, readers in other processes
    /// within [`crate::POINTER_LOOK`]. Does nothing for a writer of the files that are read.
    ///
    /// # Errors
    /// [`ReadModelError`] if the disk refuses; the register that was read before is read still.
    pub fn switch(mut self) -> Result<Self> {
        self.flush()?;
        let WriterFile::Apart(database) = self.target else {
            return Ok(self);
        };
        self.base = None;
        let register = self.model.register();
        let pointer = pointer(self.generation);
        let generation = open_to_readers(database, register.files(), pointer, register.options())?;
        register.files().point_at(pointer)?;
        register.go_over(Arc::clone(&generation));
        self.projections.go_live(&self.model, self.generation);
        self.model.tell(self.checkpoint.position);
        register.files().remove_others(self.generation)?;
        Ok(Self { target: WriterFile::Live(generation), ..self })
    }

    /// Takes over the projections of the writer of the register that this one's has replaced, and that
    /// held the same, row by row: so they are this register's, too.
    pub fn adopt_projections(&mut self, replaced: Self) {
        self.projections = replaced.projections;
        self.projections.go_live(&self.model, self.generation);
    }

    /// Gives up files that were being built apart.
    ///
    /// # Errors
    /// [`ReadModelError::File`] if one cannot be removed.
    pub fn abandon(self) -> Result<()> {
        match self.target {
            WriterFile::Live(_) => Ok(()),
            WriterFile::Apart(database) => {
                drop(database);
                self.projections.abandon(&self.model)?;
                self.model.register().files().remove(self.generation)
            }
        }
    }

    /// Removes every file that is not the one that is read, such as what a writer left that failed
    /// while it built apart.
    ///
    /// # Errors
    /// [`ReadModelError::File`] if one cannot be removed.
    pub fn remove_unread(model: &ReadModel) -> Result<()> {
        for projection in Projection::ALL {
            model.projection_file(projection).files().remove_unread()?;
        }
        model.register().files().remove_unread()
    }

    /// The projections that are not written along with the register now, as their files do not fit, or
    /// could not be written: each is to be prepared and attached.
    #[must_use]
    pub fn missing_projections(&self) -> Vec<Projection> {
        self.projections.missing()
    }

    /// Writes a projection along with the register from now on, having added what came since it was
    /// prepared. Does nothing to one that was made from a register that is not read any more, which
    /// stays missing.
    ///
    /// # Errors
    /// [`ReadModelError`] if a file fails.
    pub fn attach(&mut self, prepared: PreparedProjection) -> Result<()> {
        self.flush()?;
        let current = self.model.projection_file(prepared.file.projection);
        if prepared.register != self.generation {
            return prepared.file.abandon(current.files());
        }
        let mut file = prepared.file;
        catch_up(&mut file, &self.model.snapshot()?)?;
        self.projections.attach(file.go_live(current, self.generation)?);
        let transaction = self.target.begin_write(Durability::Immediate)?;
        write_projected(&transaction, &self.projections.changed())?;
        transaction.commit().during(WRITING)
    }

    /// The canonical hash of what was written, as [`crate::Snapshot::dump_hash`].
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn dump_hash(&self) -> Result<[u8; 32]> {
        dump::hash(&REGISTER, &self.target.begin_read()?)
    }

    /// The canonical hash of a projection's file; `None` if it is not written now.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn projection_hash(&self, projection: Projection) -> Result<Option<[u8; 32]>> {
        self.projections.file(projection).map(ProjectionFile::dump_hash).transpose()
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
        self.is_settled && self.projections.is_settled()
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
    pub fn apply(&mut self, entry: LogEntry<'_>) -> Result<()> {
        let LogEntry { position, stored_at, body, content } = entry;
        let place = EventPlace { position, stored_at };
        if position != self.expected() {
            return Err(ReadModelError::Gap { expected: self.expected(), found: position });
        }
        match content {
            LogContent::Skipped => self.batch.pass(place),
            LogContent::Unreadable { event_type, reason } => {
                self.batch.pass(place);
                self.batch.parked.push((position, Parked { event_type, reason, seen_at: stored_at }));
            }
            LogContent::Event(envelope) => {
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
            self.target.begin_write(Durability::Immediate)?.commit().during(WRITING)?;
        }
        self.is_settled = true;
        // Behind the register: what they lack after a crash is in its versions.
        self.projections.settle();
        Ok(())
    }

    /// Writes as [`Self::flush`] does, but does not wait for the disk if no other process reads the
    /// file. A crash of the machine or the process then takes the rows and their checkpoint back
    /// together, as far as the last flush; the log still has what led to them.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn show(&mut self) -> Result<()> {
        if self.model.register().options().sharing == Sharing::Followed {
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
        let projected = std::mem::take(&mut self.batch.projected);
        let changes = FlushChanges::of(std::mem::take(&mut self.batch), &base.0, &self.ordinals)?;
        // Closed before the commit, so that the pages it replaces can be used again.
        drop(base);
        let transaction = self.target.begin_write(durability)?;
        changes.write(&transaction, &self.ordinals, checkpoint)?;
        if let Some(changed) = self.projections.note(&projected) {
            write_projected(&transaction, &changed)?;
        }
        transaction.commit().during(WRITING)?;
        self.projections.write(projected, durability);
        self.ordinals.settle();
        self.parked += parked;
        self.checkpoint = checkpoint;
        self.pending = 0;
        if self.target.is_live() {
            self.model.tell(position);
        }
        Ok(())
    }

    fn open_base(&self) -> Result<Box<(Base, ReadTransaction)>> {
        let transaction = self.target.begin_read()?;
        Ok(Box::new((Base::open(&transaction)?, transaction)))
    }
}

/// The pointer to a generation of the register.
fn pointer(generation: u64) -> Pointer {
    Pointer { generation, register: None }
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
