//! A consistent view of everything, as of one position of the log.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use itam_domain::AggregateKind;
use redb::{Key, ReadOnlyTable, ReadTransaction, ReadableTableMetadata, TableDefinition, Value};
use uuid::Uuid;

use crate::kinds::record::definition::Record;
use crate::kinds::record::row as record_row;
use crate::projection::definition::Projection;
use crate::projection::marks::EachProjection;
use crate::store::error::{During, READING, Result};
use crate::store::key::{Ordinal, record_key};
use crate::store::meta::{Checkpoint, load_checkpoint, load_earliest, load_projected};
use crate::store::open_file::Generation;
use crate::store::ordinals::OrdinalTables;
use crate::store::parked::Parked;
use crate::store::tables::{PARKED_BY_POSITION, RECORD_BY_ORDINAL};

/// A consistent view of everything, as of one position of the log.
pub struct Snapshot {
    // Comes first: it ends before the file may close.
    transaction: ReadTransaction,
    generation: Arc<Generation>,
    applied: Checkpoint,
}

impl Snapshot {
    pub(crate) fn begin(generation: Arc<Generation>) -> Result<Self> {
        let transaction = generation.handle().begin_read()?;
        let applied = load_checkpoint(&transaction)?;
        Ok(Self { transaction, generation, applied })
    }

    /// When the first thing happened that the register knows of (effective); `None` if it knows
    /// nothing. There is no answer as of an earlier instant.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn first_effective(&self) -> Result<Option<DateTime<Utc>>> {
        load_earliest(&self.transaction)
    }

    /// The generation of the file.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.pointer.generation
    }

    /// The last position that changed anything for a projection.
    pub(crate) fn projected(&self, projection: Projection) -> Result<u64> {
        let changed: EachProjection<u64> = load_projected(&self.transaction)?;
        Ok(changed[projection as usize])
    }

    pub(crate) fn transaction(&self) -> &ReadTransaction {
        &self.transaction
    }

    /// How far the log is applied in it.
    #[must_use]
    pub fn applied(&self) -> Checkpoint {
        self.applied
    }

    /// Events that could not be applied, from position `from` on, at most `limit`.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn parked(&self, from: u64, limit: usize) -> Result<Vec<(u64, Parked)>> {
        let table = self.table(PARKED_BY_POSITION)?;
        let rows = table.range(from..).during(READING)?.take(limit);
        let read =
            |entry: std::result::Result<(redb::AccessGuard<'_, u64>, redb::AccessGuard<'_, &[u8]>), _>| {
                let (position, row) = entry.during(READING)?;
                Ok((position.value(), Parked::decode(row.value())?))
            };
        rows.map(read).collect()
    }

    /// How many events could not be applied.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn parked_count(&self) -> Result<u64> {
        self.table(PARKED_BY_POSITION)?.len().during(READING)
    }

    pub(crate) fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<ReadOnlyTable<K, V>> {
        self.transaction.open_table(definition).during(READING)
    }

    pub(crate) fn ordinal(&self, kind: AggregateKind, id: Uuid) -> Result<Option<Ordinal>> {
        OrdinalTables::open(&self.transaction)?.ordinal(kind, id)
    }

    pub(crate) fn id(&self, kind: AggregateKind, ordinal: Ordinal) -> Result<Uuid> {
        self.generation.id(kind, ordinal, || OrdinalTables::open(&self.transaction)?.id(kind, ordinal))
    }

    /// As [`Self::id`], with the tables open already.
    pub(crate) fn id_by(
        &self,
        tables: &OrdinalTables,
        kind: AggregateKind,
        ordinal: Ordinal,
    ) -> Result<Uuid> {
        self.generation.id(kind, ordinal, || tables.id(kind, ordinal))
    }

    pub(crate) fn record_at(&self, kind: AggregateKind, ordinal: Ordinal) -> Result<Option<Record>> {
        let table = self.table(RECORD_BY_ORDINAL)?;
        let row = table.get(&record_key(kind, ordinal)).during(READING)?;
        row.map(|row| record_row::decode(row.value())).transpose()
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Snapshot").field("applied", &self.applied.position).finish_non_exhaustive()
    }
}
