//! A consistent view of everything, and the single things in it.

use std::sync::Arc;

use itam_domain::{
    AggregateKind, AssetId, DepartmentId, LocationId, ModelId, PersonId, PurchaseOrderId, RequisitionId,
    VendorId, normalize,
};
use redb::{Key, ReadOnlyTable, ReadTransaction, ReadableTableMetadata, TableDefinition, Value};
use uuid::Uuid;

use crate::asset_record::AssetRecord;
use crate::error::{ReadModelError, Result};
use crate::key::{Ordinal, record_key, record_text_key, trailing_ordinal};
use crate::meta::{Checkpoint, load_checkpoint};
use crate::model::Generation;
use crate::ordinals::OrdinalTables;
use crate::parked::Parked;
use crate::past::Past;
use crate::record::{
    DepartmentRecord, LocationRecord, ModelRecord, PersonRecord, PurchaseOrderRecord, Record,
    RequisitionRecord, VendorRecord,
};
use crate::record_row;
use crate::tables::{PARKED_BY_POSITION, RECORD_BY_NAME, RECORD_BY_ORDINAL};
use crate::view::View;

pub(crate) const READING: &str = "reading the read model";

/// A consistent view of everything, as of one position of the log.
pub struct Snapshot {
    // Comes first: it ends before the file may close.
    transaction: ReadTransaction,
    generation: Arc<Generation>,
    applied: Checkpoint,
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident($id:ident) -> $record:ident, $variant:ident, $kind:ident;)+) => {
        impl Snapshot {
            $($(#[$doc])*
            ///
            /// # Errors
            /// [`ReadModelError`] if the file fails.
            pub fn $name(&self, id: $id) -> Result<Option<$record>> {
                self.now().$name(id)
            })+
        }

        impl Past<'_> {
            $($(#[$doc])*
            ///
            /// # Errors
            /// [`ReadModelError`] if the file fails.
            pub fn $name(&self, id: $id) -> Result<Option<$record>> {
                self.view().$name(id)
            })+
        }

        impl View<'_> {
            $(pub(crate) fn $name(self, id: $id) -> Result<Option<$record>> {
                match self.record(AggregateKind::$kind, id.0)? {
                    Some(Record::$variant(record)) => Ok(Some(record)),
                    _ => Ok(None),
                }
            })+
        }
    };
}

records! {
    /// A model.
    model(ModelId) -> ModelRecord, Model, AssetModel;
    /// A location.
    location(LocationId) -> LocationRecord, Location, Location;
    /// A vendor.
    vendor(VendorId) -> VendorRecord, Vendor, Vendor;
    /// A department.
    department(DepartmentId) -> DepartmentRecord, Department, Department;
    /// A person: standing and assignment; her name is in the vault.
    person(PersonId) -> PersonRecord, Person, Person;
    /// A requisition.
    requisition(RequisitionId) -> RequisitionRecord, Requisition, Requisition;
    /// A purchase order.
    purchase_order(PurchaseOrderId) -> PurchaseOrderRecord, PurchaseOrder, PurchaseOrder;
}

impl Snapshot {
    pub(crate) fn begin(generation: Arc<Generation>) -> Result<Self> {
        let transaction = generation.handle().begin_read()?;
        let applied = load_checkpoint(&transaction)?;
        Ok(Self { transaction, generation, applied })
    }

    pub(crate) fn transaction(&self) -> &ReadTransaction {
        &self.transaction
    }

    /// How far the log is applied in it.
    #[must_use]
    pub fn applied(&self) -> Checkpoint {
        self.applied
    }

    /// An asset by its id.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn asset(&self, id: AssetId) -> Result<Option<AssetRecord>> {
        self.now().asset(id)
    }

    /// The asset of a tag, compared as tags are: the live one that holds it, or else the one that
    /// entered the register last among those that bore it to their end.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn asset_by_tag(&self, tag: &str) -> Result<Option<AssetRecord>> {
        self.now().asset_by_tag(tag)
    }

    /// The asset of a serial number, as [`Self::asset_by_tag`]. Serial numbers are unique only
    /// within their maker: of several live ones it is the youngest.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn asset_by_serial(&self, serial: &str) -> Result<Option<AssetRecord>> {
        self.now().asset_by_serial(serial)
    }

    /// The purchase order of a number.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn purchase_order_by_number(&self, number: &str) -> Result<Option<PurchaseOrderRecord>> {
        self.now().purchase_order_by_number(number)
    }

    /// Events that could not be applied, from position `from` on, at most `limit`.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn parked(&self, from: u64, limit: usize) -> Result<Vec<(u64, Parked)>> {
        let table = self.table(PARKED_BY_POSITION)?;
        let rows = table.range(from..).map_err(ReadModelError::store(READING))?.take(limit);
        let read =
            |entry: std::result::Result<(redb::AccessGuard<'_, u64>, redb::AccessGuard<'_, &[u8]>), _>| {
                let (position, row) = entry.map_err(ReadModelError::store(READING))?;
                Ok((position.value(), Parked::decode(row.value())?))
            };
        rows.map(read).collect()
    }

    /// How many events could not be applied.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn parked_count(&self) -> Result<u64> {
        self.table(PARKED_BY_POSITION)?.len().map_err(ReadModelError::store(READING))
    }

    pub(crate) fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<ReadOnlyTable<K, V>> {
        self.transaction.open_table(definition).map_err(ReadModelError::store(READING))
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
        let row = table.get(&record_key(kind, ordinal)).map_err(ReadModelError::store(READING))?;
        row.map(|row| record_row::decode(row.value())).transpose()
    }
}

impl Past<'_> {
    /// The purchase order of a number, as [`Snapshot::purchase_order_by_number`].
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn purchase_order_by_number(&self, number: &str) -> Result<Option<PurchaseOrderRecord>> {
        self.view().purchase_order_by_number(number)
    }
}

impl View<'_> {
    /// A number is never changed, so that the index of the present names every order that had it.
    fn purchase_order_by_number(self, number: &str) -> Result<Option<PurchaseOrderRecord>> {
        let names = self.snapshot.table(RECORD_BY_NAME)?;
        let kind = AggregateKind::PurchaseOrder;
        let text = normalize(number);
        let (from, to) = (record_text_key(kind, &text, 0), record_text_key(kind, &text, Ordinal::MAX));
        let mut found =
            names.range(from.as_slice()..=to.as_slice()).map_err(ReadModelError::store(READING))?;
        let Some(entry) = found.next() else {
            return Ok(None);
        };
        let (key, ()) = entry.map(|(key, _)| (key, ())).map_err(ReadModelError::store(READING))?;
        match self.record_at(kind, trailing_ordinal(key.value()))? {
            Some(Record::PurchaseOrder(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Snapshot").field("applied", &self.applied.position).finish_non_exhaustive()
    }
}
