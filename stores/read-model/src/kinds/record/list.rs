//! Lists of master data, requisitions and purchase orders.

use itam_domain::person::PersonStanding;
use itam_domain::vocabulary::Standing;
use itam_domain::{AggregateKind, DepartmentId, LocationId, VendorId, normalize};

use crate::kinds::record::definition::{
    PersonRecord, PurchaseOrderRecord, PurchaseOrderStatus, Record, RequisitionRecord, RequisitionStatus,
};
use crate::kinds::record::index as record_index;
use crate::kinds::record::index::{ANY_STAGE, RecordEntries, created};
use crate::primitive::page::{Cursor, Direction, ListCode, MAX_PAGE, Page, Walk};
use crate::primitive::posting::{Matches, Postings, Union};
use crate::register::filter::refer;
use crate::register::former::Index;
use crate::register::list::{Keyed, MAX_SORTED, page_behind};
use crate::register::past_order::{NextKey, with_former};
use crate::register::view::View;
use crate::store::error::{During, READING, Result};
use crate::store::key::{
    Facet, Ordinal, number_at, open_line_key, record_key, sort_code, stage_key, trailing_ordinal,
};
use crate::store::snapshot::Snapshot;
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

impl PersonFilters {
    fn admits(&self, record: &PersonRecord) -> bool {
        let person = &record.item;
        self.standing.is_none_or(|standing| person.standing == standing)
            && (self.department.is_none() || person.department_id == self.department)
            && (self.location.is_none() || person.location_id == self.location)
    }

    fn unions(&self, snapshot: &Snapshot) -> Result<Vec<Union>> {
        let mut unions = Vec::new();
        let standing = self.standing.map(|standing| Postings::new(Facet::PersonStanding, standing as u32));
        unions.extend(standing.map(|list| Union::of_lists(vec![list])));
        let department = self.department.map(|id| (Facet::PersonDepartment, AggregateKind::Department, id.0));
        let location = self.location.map(|id| (Facet::PersonLocation, AggregateKind::Location, id.0));
        for reference in [department, location].into_iter().flatten() {
            unions.push(Union::of_lists(refer(snapshot, std::iter::once(reference))?));
        }
        Ok(unions)
    }
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

impl View<'_> {
    pub(crate) fn by_name<T>(
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
        let Some(first) = after.map_or(Some(0), |after| after.checked_add(1)) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let pick = |record| match record {
            Record::Person(record) => filters.admits(&record).then_some(record),
            _ => None,
        };
        if let Some(matches) = self.matching_records(filters.unions(self.snapshot)?)? {
            let found = matches.ordinals();
            let mut rest = found[found.partition_point(|ordinal| *ordinal < first)..].iter();
            let next = || Ok(rest.next().map(|ordinal| ordinal.to_be_bytes().to_vec()));
            return self.pick_page(kind, code, limit, next, |record, _| pick(record));
        }
        let (low, high) = (record_key(kind, first), record_key(kind, Ordinal::MAX));
        let table = self.snapshot.table(RECORD_BY_ORDINAL)?;
        let mut rows = table.range::<&[u8; 5]>(&low..=&high).during(READING)?;
        let next = || {
            let row = rows.next().transpose().during(READING)?;
            Ok(row.map(|(key, _)| trailing_ordinal(key.value()).to_be_bytes().to_vec()))
        };
        self.pick_page(kind, code, limit, next, |record, _| pick(record))
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
        let at = filters.status.map(|status| (Facet::RequisitionStatus, status as u32));
        let matches = self.matching_records(self.stage_at_moment(at))?;
        self.by_stage((AggregateKind::Requisition, stage), matches, direction, cursor, limit, pick)
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
        let mut unions =
            self.stage_at_moment(filters.status.map(|status| (Facet::OrderStatus, status as u32)));
        if let Some(id) = filters.vendor {
            let vendor = std::iter::once((Facet::OrderVendor, AggregateKind::Vendor, id.0));
            unions.push(Union::of_lists(refer(self.snapshot, vendor)?));
        }
        let matches = self.matching_records(unions)?;
        self.by_stage((AggregateKind::PurchaseOrder, stage), matches, direction, cursor, limit, pick)
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
        Page::fill(code, limit, || {
            let Some(key) = next()? else { return Ok(None) };
            let line = self.open_line(&key)?;
            Ok(Some((key, line)))
        })
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

    /// The list of a stage, where the index of the present does not lead to it.
    pub(crate) fn stage_at_moment(self, stage: Option<(Facet, u32)>) -> Vec<Union> {
        let stage = stage.filter(|_| self.moment.is_some());
        stage.map(|(facet, value)| Union::of(facet, value)).into_iter().collect()
    }

    /// A page by age of what is in a stage and, if given, among the matches.
    pub(crate) fn by_stage<T>(
        self,
        (kind, stage): (AggregateKind, u8),
        matches: Option<Matches>,
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
        let pick = |record: Record, _: &[u8]| {
            let is_here = wanted == ANY_STAGE || record_index::stage(&record) == Some(wanted);
            if is_here { pick(record) } else { None }
        };
        let index = self.snapshot.table(RECORD_BY_STAGE)?;
        let Some(matches) = matches else {
            let mut walk = Walk::keys(&index, (&low, &high), after.as_ref(), direction)?;
            return self.pick_page(kind, code, limit, || Ok(walk.next()?.map(|key| key.to_vec())), pick);
        };
        if matches.count() <= MAX_SORTED {
            let mut keyed = Keyed::new();
            for ordinal in matches.ordinals() {
                let Some(record) = self.proposed_record(kind, ordinal)? else { continue };
                let key = stage_key(kind, stage, created(&record), ordinal).to_vec();
                keyed.extend(pick(record, &key).map(|record| (key, record)));
            }
            let after = after.as_ref().map(<[u8; 14]>::as_slice);
            return Ok(page_behind(keyed, code, direction, after, limit.clamp(1, MAX_PAGE)));
        }
        let mut walk = Walk::keys(&index, (&low, &high), after.as_ref(), direction)?;
        let next = || {
            while let Some(key) = walk.next()? {
                if matches.contains(trailing_ordinal(&key)) {
                    return Ok(Some(key.to_vec()));
                }
            }
            Ok(None)
        };
        self.pick_page(kind, code, limit, next, pick)
    }

    fn pick_page<T>(
        self,
        kind: AggregateKind,
        code: [u8; 2],
        limit: usize,
        mut next: impl FnMut() -> Result<Option<Vec<u8>>>,
        pick: impl Fn(Record, &[u8]) -> Option<T>,
    ) -> Result<Page<T>> {
        Page::fill(code, limit, || {
            let Some(key) = next()? else { return Ok(None) };
            let record = self.proposed_record(kind, trailing_ordinal(&key))?;
            let item = record.and_then(|record| pick(record, &key));
            Ok(Some((key, item)))
        })
    }
}
