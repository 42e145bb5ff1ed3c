//! The events of one flush, folded in memory: rows are read through to the file once, changed any
//! number of times, and written back once. Live, catching up and building anew go this one way.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use itam_domain::asset::{AssetEvent, Custodian};
use itam_domain::{AggregateKind, Envelope, Event};
use redb::{ReadOnlyTable, ReadTransaction};

use crate::asset_change::{change, concerned};
use crate::asset_index::Entries;
use crate::asset_record::AssetRecord;
use crate::error::{ReadModelError, Result};
use crate::key::{Ordinal, record_key, subject_key};
use crate::ordinals::{OrdinalTables, Ordinals};
use crate::parked::Parked;
use crate::record::Record;
use crate::record_change::{self, book_receipt, receipt};
use crate::record_index::RecordEntries;
use crate::tables::{ASSET_BY_ORDINAL, RECORD_BY_ORDINAL};
use crate::{asset_row, record_row};

const READING: &str = "reading rows to change";

/// The file as it was after the last flush.
pub(crate) struct Base {
    pub(crate) ordinals: OrdinalTables,
    assets: ReadOnlyTable<u32, &'static [u8]>,
    records: ReadOnlyTable<&'static [u8; 5], &'static [u8]>,
}

impl Base {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self> {
        let store = ReadModelError::store;
        Ok(Self {
            ordinals: OrdinalTables::open(transaction)?,
            assets: transaction.open_table(ASSET_BY_ORDINAL).map_err(store(READING))?,
            records: transaction.open_table(RECORD_BY_ORDINAL).map_err(ReadModelError::store(READING))?,
        })
    }
}

/// An asset that the batch touched.
pub(crate) struct TouchedAsset {
    /// What the indexes of the file hold of it; `None` if the file does not know it.
    pub(crate) before: Option<Entries>,
    /// What it is now; `None` if it was only mentioned.
    pub(crate) record: Option<AssetRecord>,
}

/// A record that the batch touched.
pub(crate) struct TouchedRecord {
    pub(crate) before: Option<RecordEntries>,
    pub(crate) record: Option<Record>,
}

/// What the events since the last flush made of the rows.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) assets: HashMap<Ordinal, TouchedAsset>,
    pub(crate) records: HashMap<(AggregateKind, Ordinal), TouchedRecord>,
    pub(crate) positions: Vec<[u8; 13]>,
    pub(crate) parked: Vec<(u64, Parked)>,
}

/// Where an event stands.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) position: u64,
    pub(crate) stored_at: DateTime<Utc>,
}

impl Batch {
    /// Applies one event. An event of a thing that never came to be is parked.
    pub(crate) fn apply(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        place: Place,
        envelope: &Envelope,
    ) -> Result<()> {
        let kind = envelope.aggregate.kind;
        if kind != envelope.event.aggregate_kind() {
            self.park(place, envelope, "its subject is another sort of thing than its type says");
            return Ok(());
        }
        let ordinal = ordinals.give(&base.ordinals, kind, envelope.aggregate.id)?;
        self.positions.push(subject_key(kind, ordinal, place.position));
        let is_applied = match &envelope.event {
            Event::Asset(event) => self.apply_asset(base, ordinals, ordinal, place, envelope, event)?,
            _ => self.apply_record(base, ordinals, ordinal, place, envelope)?,
        };
        if !is_applied {
            self.park(place, envelope, "nothing before it brought the thing into being");
        }
        Ok(())
    }

    fn park(&mut self, place: Place, envelope: &Envelope, reason: &str) {
        let event_type = envelope.event.event_type().name.to_owned();
        self.parked.push((
            place.position,
            Parked { event_type, reason: reason.to_owned(), seen_at: place.stored_at },
        ));
    }

    fn apply_asset(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        ordinal: Ordinal,
        place: Place,
        envelope: &Envelope,
        event: &AssetEvent,
    ) -> Result<bool> {
        let touched = self.asset(base, ordinals, ordinal)?;
        let held_by = touched.record.as_ref().and_then(|record| record.asset.custodian());
        touched.record = change(touched.record.take(), envelope, event, place.position);
        let Some(record) = &touched.record else {
            return Ok(false);
        };
        ordinals.give_all(&base.ordinals, record)?;
        for custodian in concerned(event, held_by).into_iter().flatten() {
            self.note(base, ordinals, custodian, place.position)?;
        }
        Ok(true)
    }

    fn note(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        custodian: Custodian,
        position: u64,
    ) -> Result<()> {
        let (kind, ordinal) = ordinals.give_custodian(&base.ordinals, custodian)?;
        self.positions.push(subject_key(kind, ordinal, position));
        Ok(())
    }

    fn apply_record(
        &mut self,
        base: &Base,
        ordinals: &mut Ordinals,
        ordinal: Ordinal,
        place: Place,
        envelope: &Envelope,
    ) -> Result<bool> {
        let kind = envelope.aggregate.kind;
        let touched = self.record(base, kind, ordinal)?;
        touched.record = record_change::change(touched.record.take(), envelope, place.position);
        let arrived = match (&touched.record, &envelope.event) {
            (Some(Record::PurchaseOrder(order)), Event::PurchaseOrder(event)) => receipt(order, event),
            (Some(_), _) => None,
            (None, _) => return Ok(false),
        };
        if let Some((line, pieces)) = arrived {
            let id = line.requisition_id.0;
            let requisition = ordinals.give(&base.ordinals, AggregateKind::Requisition, id)?;
            let touched = self.record(base, AggregateKind::Requisition, requisition)?;
            if let Some(Record::Requisition(record)) = &mut touched.record {
                book_receipt(record, line.line, pieces);
            }
        }
        Ok(true)
    }

    fn asset(&mut self, base: &Base, ordinals: &Ordinals, ordinal: Ordinal) -> Result<&mut TouchedAsset> {
        use std::collections::hash_map::Entry;
        match self.assets.entry(ordinal) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let row = base.assets.get(ordinal).map_err(ReadModelError::store(READING))?;
                let id_of = |kind, ordinal| ordinals.id(&base.ordinals, kind, ordinal);
                let record = row.map(|row| asset_row::decode(row.value(), &id_of)).transpose()?;
                let ordinal_of = |kind, id| known(ordinals, base, kind, id);
                let before = record.as_ref().map(|record| Entries::of(record, ordinal, &ordinal_of));
                Ok(entry.insert(TouchedAsset { before: before.transpose()?, record }))
            }
        }
    }

    fn record(&mut self, base: &Base, kind: AggregateKind, ordinal: Ordinal) -> Result<&mut TouchedRecord> {
        use std::collections::hash_map::Entry;
        match self.records.entry((kind, ordinal)) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let key = record_key(kind, ordinal);
                let row = base.records.get(&key).map_err(ReadModelError::store(READING))?;
                let record = row.map(|row| record_row::decode(row.value())).transpose()?;
                let before = record.as_ref().map(|record| RecordEntries::of(record, ordinal));
                Ok(entry.insert(TouchedRecord { before, record }))
            }
        }
    }
}

/// The ordinal of an id that has one: everything a record refers to got one when it was applied.
pub(crate) fn known(
    ordinals: &Ordinals,
    base: &Base,
    kind: AggregateKind,
    id: uuid::Uuid,
) -> Result<Ordinal> {
    let missing = || ReadModelError::Damaged(format!("no ordinal for the {} {id}", kind.as_str()));
    ordinals.find(&base.ordinals, kind, id)?.ok_or_else(missing)
}
