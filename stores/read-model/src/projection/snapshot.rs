//! A consistent view of a projection, beside one of the register.

use std::sync::Arc;

use redb::ReadTransaction;

use crate::projection::definition::Projection;
use crate::register::moment::Moment;
use crate::store::dump;
use crate::store::error::Result;
use crate::store::meta::load_checkpoint;
use crate::store::open_file::Generation;
use crate::store::snapshot::Snapshot;

/// A consistent view of a projection, beside one of the register that it was made from. It answers as of
/// one position, which may lie before the register's.
pub struct ProjectionSnapshot {
    // Comes first: it ends before the file may close.
    transaction: ReadTransaction,
    _generation: Arc<Generation>,
    register: Arc<Snapshot>,
    projection: Projection,
    position: u64,
}

/// A projection as of a moment.
#[derive(Clone, Copy, Debug)]
pub struct ProjectionView<'a> {
    pub(crate) snapshot: &'a ProjectionSnapshot,
    pub(crate) moment: Moment,
}

impl ProjectionSnapshot {
    pub(crate) fn begin(
        projection: Projection,
        generation: Arc<Generation>,
        register: Arc<Snapshot>,
    ) -> Result<Self> {
        let transaction = generation.handle().begin_read()?;
        let changed = load_checkpoint(&transaction)?.position;
        let applied = register.applied().position;
        // What changed last for the projection is in its file, or it holds no more than its file says.
        let is_complete = changed >= register.projected(projection)?;
        let position = if is_complete { applied } else { changed.min(applied) };
        Ok(Self { transaction, _generation: generation, register, projection, position })
    }

    /// Which projection.
    #[must_use]
    pub fn projection(&self) -> Projection {
        self.projection
    }

    /// The position as of which it answers: all up to it is in it, and nothing behind it.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The register that it was made from.
    #[must_use]
    pub fn register(&self) -> Arc<Snapshot> {
        Arc::clone(&self.register)
    }

    /// As it is now, as far as the projection has come.
    #[must_use]
    pub fn now(&self) -> ProjectionView<'_> {
        self.at(Moment::latest(self.position))
    }

    /// As of a moment.
    #[must_use]
    pub fn at(&self, moment: Moment) -> ProjectionView<'_> {
        let known_at = moment.known_at.min(self.position);
        ProjectionView { snapshot: self, moment: Moment { known_at, ..moment } }
    }

    pub(crate) fn rows(&self) -> &Snapshot {
        &self.register
    }

    pub(crate) fn transaction(&self) -> &ReadTransaction {
        &self.transaction
    }

    /// The SHA-256 over every row of every table in the order of its keys, checkpoint included.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn dump_hash(&self) -> Result<[u8; 32]> {
        dump::hash(self.projection.layout(), &self.transaction)
    }

    /// What every table takes, in bytes, by its name.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn space(&self) -> Result<Vec<(String, u64)>> {
        dump::weigh(self.projection.layout(), &self.transaction)
    }
}

impl std::fmt::Debug for ProjectionSnapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ProjectionSnapshot")
            .field("projection", &self.projection)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
