//! The file of one projection, as its writer has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use redb::{Database, Durability};

use crate::primitive::dated;
use crate::projection::definition::Projection;
use crate::projection::marks::Marks;
use crate::store::current_file::CurrentFile;
use crate::store::dump;
use crate::store::error::{During, Result, WRITING};
use crate::store::generation::{DatabaseHandle, Files, Pointer};
use crate::store::meta::{Checkpoint, Meta, write_checkpoint};
use crate::store::open_file::Generation;
use crate::store::options::{ReadModelOptions, Sharing};
use crate::store::writer_file::{WriterFile, open_to_readers};

/// The file of one projection. Its checkpoint is the last position that changed anything in it: it holds
/// all up to any later one of the register for which the register knows of no change since.
pub(crate) struct ProjectionFile {
    pub(crate) projection: Projection,
    generation: u64,
    target: WriterFile,
    changed: u64,
    /// Whether all that readers see is on the disk.
    is_settled: bool,
}

impl ProjectionFile {
    /// Makes an empty file beside the one that is read.
    pub(crate) fn create_apart(projection: Projection, current: &CurrentFile, tenant: &str) -> Result<Self> {
        let files = current.files();
        let generation = files.next()?;
        let options = ReadModelOptions { sharing: Sharing::Alone, ..current.options() };
        let database = files.create(generation, &Meta::of_new(projection.layout(), tenant), options)?;
        Ok(Self { projection, generation, target: WriterFile::Apart(database), changed: 0, is_settled: true })
    }

    /// Makes an empty file that is read from now on, of an empty register.
    pub(crate) fn create_live(
        projection: Projection,
        current: &CurrentFile,
        tenant: &str,
        register: u64,
    ) -> Result<Self> {
        let files = current.files();
        let pointer = Pointer { generation: files.next()?, register: Some(register) };
        let meta = Meta::of_new(projection.layout(), tenant);
        let database = files.create(pointer.generation, &meta, current.options())?;
        files.point_at(pointer)?;
        files.remove_others(pointer.generation)?;
        let file = Self::of_current(projection, pointer, database, 0);
        if let WriterFile::Live(generation) = &file.target {
            current.go_over(Arc::clone(generation));
        }
        Ok(file)
    }

    /// The file that is read, which was left by an earlier process.
    pub(crate) fn of_current(
        projection: Projection,
        pointer: Pointer,
        database: Database,
        changed: u64,
    ) -> Self {
        let generation = pointer.generation;
        let target = WriterFile::Live(Arc::new(Generation::new(pointer, DatabaseHandle::Shared(database))));
        Self { projection, generation, target, changed, is_settled: true }
    }

    /// The last position that changed anything in it.
    pub(crate) fn changed(&self) -> u64 {
        self.changed
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Adds marks, in one transaction. Those of positions that are in it already are passed over: the
    /// register may have been taken back farther than this file.
    pub(crate) fn write(&mut self, mut marks: Marks, durability: Durability) -> Result<()> {
        marks.retain(|(_, mark)| mark.position > self.changed);
        self.write_all(marks, durability)
    }

    /// Adds marks of any positions, for a file that is built by things and not by positions.
    pub(crate) fn write_all(&mut self, marks: Marks, durability: Durability) -> Result<()> {
        let Some(newest) = marks.iter().map(|(_, mark)| mark.position).max() else {
            return Ok(());
        };
        let changed = self.changed.max(newest);
        let transaction = self.target.begin_write(durability)?;
        dated::write(&transaction, marks)?;
        let checkpoint = Checkpoint { position: changed, ..Checkpoint::default() };
        write_checkpoint(&transaction, checkpoint, &BTreeMap::new())?;
        transaction.commit().during(WRITING)?;
        self.changed = changed;
        self.is_settled = matches!(durability, Durability::Immediate);
        Ok(())
    }

    /// Brings what readers see to the disk.
    pub(crate) fn settle(&mut self) -> Result<()> {
        if !self.is_settled {
            self.target.begin_write(Durability::Immediate)?.commit().during(WRITING)?;
            self.is_settled = true;
        }
        Ok(())
    }

    /// The canonical hash of what was written.
    pub(crate) fn dump_hash(&self) -> Result<[u8; 32]> {
        dump::hash(self.projection.layout(), &self.target.begin_read()?)
    }

    /// Makes this file the one that is read, as made from a generation of the register.
    pub(crate) fn go_live(self, current: &CurrentFile, register: u64) -> Result<Self> {
        let files = current.files();
        let pointer = Pointer { generation: self.generation, register: Some(register) };
        let generation = match self.target {
            WriterFile::Apart(database) => open_to_readers(database, files, pointer, current.options())?,
            WriterFile::Live(generation) => Arc::new(Generation::under(pointer, &generation)),
        };
        files.point_at(pointer)?;
        current.go_over(Arc::clone(&generation));
        files.remove_others(self.generation)?;
        Ok(Self { target: WriterFile::Live(generation), ..self })
    }

    /// Gives up a file that was being built apart.
    pub(crate) fn abandon(self, files: Files<'_>) -> Result<()> {
        match self.target {
            WriterFile::Live(_) => Ok(()),
            WriterFile::Apart(database) => {
                drop(database);
                files.remove(self.generation)
            }
        }
    }
}
