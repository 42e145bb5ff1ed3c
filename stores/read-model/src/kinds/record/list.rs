//! Lists of master data, requisitions and purchase orders.

use itam_domain::person::PersonStanding;
use itam_domain::vocabulary::Standing;
use itam_domain::{AggregateKind, DepartmentId, LocationId, VendorId, normalize};

use crate::kinds::record::definition::{
    DepartmentRecord, LocationRecord, ModelRecord, PersonRecord, PurchaseOrderRecord, PurchaseOrderStatus,
    Record, RequisitionRecord, RequisitionStatus, VendorRecord,
};
use crate::kinds::record::index as record_index;
use crate::kinds::record::index::{ANY_STAGE, RecordEntries};
use crate::kinds::record::row as record_row;
use crate::primitive::page::{Cursor, Direction, ListCode, MAX_EXAMINED, MAX_PAGE, Page, Walk};
use crate::register::former::Index;
use crate::register::past_order::{NextKey, with_former};
use crate::register::view::View;
use crate::store::error::{During, READING, Result};
use crate::store::key::{
    Ordinal, number_at, open_line_key, record_key, sort_code, stage_key, trailing_ordinal,
};
use crate::store::tables::{OPEN_LINE_BY_DAY, RECORD_BY_NAME, RECORD_BY_ORDINAL, RECORD_BY_STAGE};

/// Which of some master data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilters {
    /// Only those of this standing.
    pub standing: Option<Standing>,
    /// Only those whose name begins so, compared as names are.
    pub name_prefix: Option<String>,
}

/// Which persons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PersonFilters {
    /// Only those of this standing.
    pub standing: Option<PersonStanding>,
    /// Only those of this department.
    pub department: Option<DepartmentId>,
    /// Only those of this location.
    pub location: Option<LocationId>,
}

/// Which requisitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequisitionFilters {
    /// Only those that got so far.
    pub status: Option<RequisitionStatus>,
    /// Only those that this actor submitted.
    pub requester: Option<String>,
}

/// Which purchase orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurchaseOrderFilters {
    /// Only those that got so far.
    pub status: Option<PurchaseOrderStatus>,
    /// Only those to this vendor.
    pub vendor: Option<VendorId>,
}

/// A line of a purchase order of which pieces are awaited.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenLine {
    /// The whole order.
    pub order: PurchaseOrderRecord,
    /// The line's number in it.
    pub line: u32,
    /// How many pieces are awaited.
    pub open: u32,
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident -> $record:ident, $variant:ident, $kind:ident;)+) => {
        impl View<'_> {
            $($(#[$doc])*
            ///
            /// # Errors
            /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
            pub fn $name(
                self,
                filters: &RecordFilters,
                cursor: Option<&Cursor>,
                limit: usize,
            ) -> Result<Page<$record>> {
                self.by_name(AggregateKind::$kind, filters, cursor, limit, |record| match record {
                    Record::$variant(record) => {
                        let standing = record.item.definition.standing;
                        filters.standing.is_none_or(|wanted| wanted == standing).then_some(record)
                    }
                    _ => None,
                })
            })+
        }
    };
}

named! {
    /// A page of models by name.
    models -> ModelRecord, Model, AssetModel;
    /// A page of locations by name.
    locations -> LocationRecord, Location, Location;
    /// A page of vendors by name.
    vendors -> VendorRecord, Vendor, Vendor;
    /// A page of departments by name.
    departments -> DepartmentRecord, Department, Department;
}

impl View<'_> {
    fn by_name<T>(
        self,
        kind: AggregateKind,
        filters: &RecordFilters,
        cursor: Option<&Cursor>,
        limit: usize,
        pick: impl Fn(Record) -> Option<T>,
    ) -> Result<Page<T>> {
        let code = self.code(ListCode::Names, sort_code(kind));
        let prefix = filters.name_prefix.as_deref().map(normalize).unwrap_or_default();
        let low = [&[sort_code(kind)], prefix.as_bytes()].concat();
        let high = [low.as_slice(), &[0xff; 6]].concat();
        let after = cursor.map(|cursor| cursor.key(code)).transpose()?;
        let (table, ascending) = (self.snapshot.table(RECORD_BY_NAME)?, Direction::Ascending);
        let mut walk = Walk::texts(&table, (&low, &high), after, ascending)?;
        let mut next: NextKey<'_> = Box::new(move || walk.next());
        if self.moment.is_some() {
            let bounds = (low.as_slice(), high.as_slice());
            next = with_former(self.snapshot, Index::RecordName, bounds, after, ascending, next)?;
        }
        let is_named = |record: &Record, key: &[u8]| {
            let names = RecordEntries::of(record, trailing_ordinal(key)).names;
            names.iter().any(|name| name == key)
        };
        let pick = |record: Record, key: &[u8]| {
            let is_here = self.moment.is_none() || is_named(&record, key);
            if is_here { pick(record) } else { None }
        };
        self.pick_page(kind, code, limit, next, pick)
    }

    /// A page of persons in the order in which they were added. Their names are in the vault.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn people(
        self,
        filters: &PersonFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<PersonRecord>> {
        let (kind, code) = (AggregateKind::Person, self.code(ListCode::People, 0));
        let after = cursor.map(|cursor| cursor.sized_key::<4>(code)).transpose()?.map(Ordinal::from_be_bytes);
        let mut page = Page { items: Vec::new(), next: None };
        let Some(first) = after.map_or(Some(0), |after| after.checked_add(1)) else {
            return Ok(page);
        };
        let (low, high) = (record_key(kind, first), record_key(kind, Ordinal::MAX));
        let table = self.snapshot.table(RECORD_BY_ORDINAL)?;
        let rows = table.range::<&[u8; 5]>(&low..=&high).during(READING)?;
        for (examined, entry) in rows.enumerate() {
            let (key, row) = entry.during(READING)?;
            let ordinal = trailing_ordinal(key.value());
            let record = match self.moment {
                None => Some(record_row::decode(row.value())?),
                Some(_) => self.record_at(kind, ordinal)?,
            };
            if let Some(Record::Person(record)) = record {
                let person = &record.item;
                let is_wanted = filters.standing.is_none_or(|standing| person.standing == standing)
                    && (filters.department.is_none() || person.department_id == filters.department)
                    && (filters.location.is_none() || person.location_id == filters.location);
                page.items.extend(is_wanted.then_some(record));
            }
            if page.items.len() == limit.clamp(1, MAX_PAGE) || examined == MAX_EXAMINED {
                page.next = Some(Cursor::new(code, &ordinal.to_be_bytes()));
                break;
            }
        }
        Ok(page)
    }

    /// A page of requisitions by age, oldest first or newest first.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn requisitions(
        self,
        filters: &RequisitionFilters,
        direction: Direction,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<RequisitionRecord>> {
        let stage = filters.status.map_or(ANY_STAGE, |status| status as u8 + 1);
        let pick = |record| match record {
            Record::Requisition(record) => {
                let requester = filters.requester.as_ref();
                requester.is_none_or(|wanted| *wanted == record.requisition.requester).then_some(record)
            }
            _ => None,
        };
        self.by_stage(AggregateKind::Requisition, stage, direction, cursor, limit, pick)
    }

    /// A page of purchase orders by age, oldest first or newest first.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn purchase_orders(
        self,
        filters: &PurchaseOrderFilters,
        direction: Direction,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<PurchaseOrderRecord>> {
        let stage = filters.status.map_or(ANY_STAGE, |status| status as u8 + 1);
        let pick = |record| match record {
            Record::PurchaseOrder(record) => {
                filters.vendor.is_none_or(|vendor| vendor == record.order.vendor_id).then_some(record)
            }
            _ => None,
        };
        self.by_stage(AggregateKind::PurchaseOrder, stage, direction, cursor, limit, pick)
    }

    /// A page of order lines of which pieces are awaited, the longest due first. An order that
    /// names no day counts as due when it was issued.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn open_lines(self, cursor: Option<&Cursor>, limit: usize) -> Result<Page<OpenLine>> {
        let code = self.code(ListCode::OpenLines, 0);
        let after = cursor.map(|cursor| cursor.sized_key::<16>(code)).transpose()?;
        let bounds = (open_line_key(0, 0, 0), open_line_key(u64::MAX, Ordinal::MAX, u32::MAX));
        let (table, ascending) = (self.snapshot.table(OPEN_LINE_BY_DAY)?, Direction::Ascending);
        let mut walk = Walk::keys(&table, (&bounds.0, &bounds.1), after.as_ref(), ascending)?;
        let mut next: NextKey<'_> = Box::new(move || Ok(walk.next()?.map(|key| key.to_vec())));
        if self.moment.is_some() {
            let (bounds, after) = ((&bounds.0[..], &bounds.1[..]), after.as_ref().map(|key| &key[..]));
            next = with_former(self.snapshot, Index::OpenLine, bounds, after, ascending, next)?;
        }
        let mut page = Page { items: Vec::new(), next: None };
        for _ in 0..MAX_EXAMINED {
            let Some(key) = next()? else {
                page.next = None;
                return Ok(page);
            };
            page.next = Some(Cursor::new(code, &key));
            page.items.extend(self.open_line(&key)?);
            if page.items.len() == limit.clamp(1, MAX_PAGE) {
                break;
            }
        }
        Ok(page)
    }

    /// The order line under a key; `None` if it was not awaited at the moment.
    fn open_line(self, key: &[u8]) -> Result<Option<OpenLine>> {
        let (kind, ordinal, line) =
            (AggregateKind::PurchaseOrder, trailing_ordinal(&key[..12]), trailing_ordinal(key));
        let Some(Record::PurchaseOrder(order)) = self.proposed_record(kind, ordinal)? else {
            return Ok(None);
        };
        let open = order.order.lines.get(&line).map_or(0, itam_domain::purchase_order::ReceiptProgress::open);
        let found = OpenLine { order, line, open };
        if self.moment.is_none() {
            return Ok(Some(found));
        }
        let entries = RecordEntries::of(&Record::PurchaseOrder(found.order.clone()), ordinal);
        Ok(entries.open_lines.iter().any(|other| other == key).then_some(found))
    }

    pub(crate) fn by_stage<T>(
        self,
        kind: AggregateKind,
        stage: u8,
        direction: Direction,
        cursor: Option<&Cursor>,
        limit: usize,
        pick: impl Fn(Record) -> Option<T>,
    ) -> Result<Page<T>> {
        let code = self.code(ListCode::Stages, sort_code(kind) << 1 | direction as u8);
        // Which stage things were in at a moment is said by their rows.
        let wanted = stage;
        let stage = if self.moment.is_some() { ANY_STAGE } else { wanted };
        let after = cursor.map(|cursor| cursor.sized_key::<14>(code)).transpose()?;
        let (low, high) = (stage_key(kind, stage, 0, 0), stage_key(kind, stage, u64::MAX, Ordinal::MAX));
        // The cursor names a time and a thing; another stage's list may go on from there.
        let after = after.map(|key| stage_key(kind, stage, number_at(&key, 2), trailing_ordinal(&key)));
        let index = self.snapshot.table(RECORD_BY_STAGE)?;
        let mut walk = Walk::keys(&index, (&low, &high), after.as_ref(), direction)?;
        let pick = |record: Record, _: &[u8]| {
            let is_here = wanted == stage || record_index::stage(&record) == Some(wanted);
            if is_here { pick(record) } else { None }
        };
        self.pick_page(kind, code, limit, || Ok(walk.next()?.map(|key| key.to_vec())), pick)
    }

    fn pick_page<T>(
        self,
        kind: AggregateKind,
        code: [u8; 2],
        limit: usize,
        mut next: impl FnMut() -> Result<Option<Vec<u8>>>,
        pick: impl Fn(Record, &[u8]) -> Option<T>,
    ) -> Result<Page<T>> {
        let mut page = Page { items: Vec::new(), next: None };
        for _ in 0..MAX_EXAMINED {
            let Some(key) = next()? else {
                page.next = None;
                return Ok(page);
            };
            let record = self.proposed_record(kind, trailing_ordinal(&key))?;
            page.items.extend(record.and_then(|record| pick(record, &key)));
            page.next = Some(Cursor::new(code, &key));
            if page.items.len() == limit.clamp(1, MAX_PAGE) {
                break;
            }
        }
        Ok(page)
    }
}
