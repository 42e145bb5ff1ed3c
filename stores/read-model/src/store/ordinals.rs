//! Which ordinal each id has: given at the first mention, in the order of the log, and never
//! changed within a file. So the same log gives the same ordinals, however it was cut in batches.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use itam_domain::AggregateKind;
use itam_domain::asset::{Custodian, Stage};
use redb::{ReadOnlyTable, ReadTransaction};
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::store::error::{During, ReadModelError, Result};
use crate::store::key::{Ordinal, id_key, record_key, sort_code};
use crate::store::tables::{ID_BY_ORDINAL, ORDINAL_BY_ID};

/// Ids kept in memory between batches; beyond it they are read again.
const MAX_KEPT: usize = 200_000;

/// The ordinals as the writer sees them: what the file holds, and what the batch added.
#[derive(Debug)]
pub(crate) struct Ordinals {
    by_id: RefCell<HashMap<(AggregateKind, Uuid), Ordinal>>,
    /// The same for assets, which are many and come once: forgotten at every flush.
    assets: RefCell<HashMap<Uuid, Ordinal>>,
    by_ordinal: RefCell<HashMap<(AggregateKind, Ordinal), Uuid>>,
    /// The next ordinal of each sort, by its code; 0 where none was given.
    next: BTreeMap<u8, Ordinal>,
    fresh: Vec<(AggregateKind, Uuid, Ordinal)>,
}

/// The two tables, as the file holds them.
pub(crate) struct OrdinalTables {
    ordinal_by_id: ReadOnlyTable<&'static [u8; 17], u32>,
    id_by_ordinal: ReadOnlyTable<&'static [u8; 5], &'static [u8; 16]>,
}

const READING: &str = "reading ordinals";

impl OrdinalTables {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self> {
        Ok(Self {
            ordinal_by_id: transaction.open_table(ORDINAL_BY_ID).during(READING)?,
            id_by_ordinal: transaction.open_table(ID_BY_ORDINAL).during(READING)?,
        })
    }

    pub(crate) fn ordinal(&self, kind: AggregateKind, id: Uuid) -> Result<Option<Ordinal>> {
        let found = self.ordinal_by_id.get(&id_key(kind, id)).during(READING)?;
        Ok(found.map(|ordinal| ordinal.value()))
    }

    /// The ordinal of an id that has one.
    pub(crate) fn known(&self, kind: AggregateKind, id: Uuid) -> Result<Ordinal> {
        self.ordinal(kind, id)?.ok_or_else(|| no_ordinal(kind, id))
    }

    pub(crate) fn id(&self, kind: AggregateKind, ordinal: Ordinal) -> Result<Uuid> {
        let key = record_key(kind, ordinal);
        let found = self.id_by_ordinal.get(&key).during(READING)?;
        let missing = || ReadModelError::Damaged(format!("no id for the {} {ordinal}", kind.as_str()));
        found.map(|id| Uuid::from_bytes(*id.value())).ok_or_else(missing)
    }
}

fn no_ordinal(kind: AggregateKind, id: Uuid) -> ReadModelError {
    ReadModelError::Damaged(format!("no ordinal for the {} {id}", kind.as_str()))
}

impl Ordinals {
    pub(crate) fn new(next: BTreeMap<u8, Ordinal>) -> Self {
        let (by_id, assets, by_ordinal) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { by_id, assets, by_ordinal, next, fresh: Vec::new() }
    }

    pub(crate) fn next(&self) -> &BTreeMap<u8, Ordinal> {
        &self.next
    }

    /// The ordinals given since the last flush.
    pub(crate) fn fresh(&self) -> &[(AggregateKind, Uuid, Ordinal)] {
        &self.fresh
    }

    /// Forgets what the file holds now, but what is not an asset stays at hand.
    pub(crate) fn settle(&mut self) {
        self.fresh = Vec::new();
        self.assets.get_mut().clear();
        if self.by_id.get_mut().len() > MAX_KEPT {
            self.by_id.get_mut().clear();
        }
        if self.by_ordinal.get_mut().len() > MAX_KEPT {
            self.by_ordinal.get_mut().clear();
        }
    }

    /// The ordinal of an id, if it has one.
    pub(crate) fn find(
        &self,
        base: &OrdinalTables,
        kind: AggregateKind,
        id: Uuid,
    ) -> Result<Option<Ordinal>> {
        let kept = match kind {
            AggregateKind::Asset => self.assets.borrow().get(&id).copied(),
            _ => self.by_id.borrow().get(&(kind, id)).copied(),
        };
        if kept.is_some() {
            return Ok(kept);
        }
        let found = base.ordinal(kind, id)?;
        if let Some(ordinal) = found {
            self.keep(kind, id, ordinal);
        }
        Ok(found)
    }

    fn keep(&self, kind: AggregateKind, id: Uuid, ordinal: Ordinal) {
        match kind {
            AggregateKind::Asset => self.assets.borrow_mut().insert(id, ordinal),
            _ => self.by_id.borrow_mut().insert((kind, id), ordinal),
        };
    }

    /// The ordinal of an id, giving it one if it has none.
    pub(crate) fn give(&mut self, base: &OrdinalTables, kind: AggregateKind, id: Uuid) -> Result<Ordinal> {
        if let Some(ordinal) = self.find(base, kind, id)? {
            return Ok(ordinal);
        }
        let next = self.next.entry(sort_code(kind)).or_default();
        let ordinal = *next;
        // The greatest value stands for "none" in totals.
        *next = next.checked_add(1).filter(|next| *next < Ordinal::MAX).ok_or_else(|| {
            ReadModelError::Damaged(format!("more than four thousand million of {}", kind.as_str()))
        })?;
        self.keep(kind, id, ordinal);
        self.by_ordinal.get_mut().insert((kind, ordinal), id);
        self.fresh.push((kind, id, ordinal));
        Ok(ordinal)
    }

    /// The ordinal of an id that has one: everything a thing refers to got one when it was applied.
    pub(crate) fn known(&self, base: &OrdinalTables, kind: AggregateKind, id: Uuid) -> Result<Ordinal> {
        self.find(base, kind, id)?.ok_or_else(|| no_ordinal(kind, id))
    }

    /// The id of an ordinal.
    pub(crate) fn id(&self, base: &OrdinalTables, kind: AggregateKind, ordinal: Ordinal) -> Result<Uuid> {
        if let Some(id) = self.by_ordinal.borrow().get(&(kind, ordinal)) {
            return Ok(*id);
        }
        let id = base.id(kind, ordinal)?;
        self.by_ordinal.borrow_mut().insert((kind, ordinal), id);
        Ok(id)
    }

    /// Gives an ordinal to everything a record refers to, in a fixed order.
    pub(crate) fn give_all(&mut self, base: &OrdinalTables, record: &AssetRecord) -> Result<()> {
        let facts = &record.asset.facts;
        self.give(base, AggregateKind::AssetModel, facts.model_id.0)?;
        let vendors = [
            facts.vendor_id,
            record.maintenance.as_ref().and_then(|maintenance| maintenance.vendor_id),
            record.disposal.as_ref().and_then(|disposal| disposal.vendor_id),
            record.sanitized.as_ref().and_then(|sanitized| sanitized.vendor_id),
        ];
        for vendor in vendors.into_iter().flatten() {
            self.give(base, AggregateKind::Vendor, vendor.0)?;
        }
        let destination = match &record.asset.stage {
            Stage::InTransit { destination_id, .. } => Some(*destination_id),
            _ => None,
        };
        for location in [facts.location_id, destination].into_iter().flatten() {
            self.give(base, AggregateKind::Location, location.0)?;
        }
        if let Some(department) = facts.department_id {
            self.give(base, AggregateKind::Department, department.0)?;
        }
        if let Some(project) = facts.project_id {
            self.give(base, AggregateKind::Project, project.0)?;
        }
        if let Some(line) = facts.order_line {
            self.give(base, AggregateKind::PurchaseOrder, line.purchase_order_id.0)?;
        }
        let custodians = [
            record.asset.custodian(),
            record.asset.reservation.as_ref().map(|reservation| reservation.reserved_for),
            record.maintenance.as_ref().and_then(|maintenance| maintenance.from),
            record.loss.as_ref().and_then(|loss| loss.last_custodian),
        ];
        for custodian in custodians.into_iter().flatten() {
            self.give_custodian(base, custodian)?;
        }
        Ok(())
    }

    /// Gives an ordinal to the custodian of an asset.
    pub(crate) fn give_custodian(
        &mut self,
        base: &OrdinalTables,
        custodian: Custodian,
    ) -> Result<(AggregateKind, Ordinal)> {
        let (_, kind, id) = crate::store::key::custody_facet(custodian);
        Ok((kind, self.give(base, kind, id)?))
    }
}
