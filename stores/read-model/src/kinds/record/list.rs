//! Lists of records: filtered, searched and sorted, or those of a worklist, by pages.

use chrono::{DateTime, NaiveDate, Utc};
use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::kinds::record::definition::{Record, RecordType};
use crate::kinds::record::facet::{
    FacetValue, FacetValues, RecordFacet, RecordSort, RecordWorklist, actor_id,
};
use crate::kinds::record::index::{RecordEntries, describe, line_of};
use crate::kinds::record::words::RecordSearch;
use crate::primitive::intersection::{Matches, Unbounded};
use crate::primitive::page::{
    Cursor, Direction, KeyWalk, ListCode, MAX_EXAMINED, MAX_PAGE, MAX_PASSED, Page,
};
use crate::primitive::posting::{Postings, Union};
use crate::register::list::{Keyed, MAX_SORTED, page_behind};
use crate::register::past_keys::Index;
use crate::register::past_order::{NextKey, with_past_keys};
use crate::register::view::RegisterView;
use crate::store::error::{ReadModelError, Result};
use crate::store::key::{Facet, Ordinal, RecordOrder, sort_code, sort_day, sort_instant, trailing_ordinal};
use crate::store::snapshot::Snapshot;
use crate::store::tables::RECORD_BY_ORDER;

/// What records are filtered by: within one facet any of the values, between facets all of them.
#[derive(Clone, Debug, Default)]
pub struct RecordFilters(Vec<(&'static RecordFacet, Vec<FacetValue>)>);

/// Which records of a kind, in what order.
#[derive(Clone, Debug, Default)]
pub struct RecordQuery {
    /// What they are filtered by.
    pub filters: RecordFilters,
    /// The beginning of their name, or beginnings of their words, all of which are met.
    pub search: Option<String>,
    /// Only some of them, whatever else they are.
    pub among: Option<Vec<Uuid>>,
    /// Only those whose first event had happened by then.
    pub created_by: Option<DateTime<Utc>>,
    /// By what they are sorted.
    pub sort: RecordSort,
    /// In which direction.
    pub direction: Direction,
}

/// A record that waits on a worklist.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingRecord<R> {
    /// The record.
    pub record: R,
    /// The line of it that waits, where it is not the whole record.
    pub line: Option<u32>,
}

impl RecordFilters {
    /// The same, and only those with any of some values; none of them filter nothing.
    #[must_use]
    pub fn with(mut self, facet: &'static RecordFacet, values: impl IntoIterator<Item = FacetValue>) -> Self {
        let values: Vec<FacetValue> = values.into_iter().collect();
        if !values.is_empty() {
            self.0.push((facet, values));
        }
        self
    }

    /// The posting lists of each facet. A value that the register does not know has no list; a union without
    /// lists admits nothing.
    pub(crate) fn unions(&self, snapshot: &Snapshot) -> Result<Vec<Union>> {
        let of_thing = |kind, id| Ok::<_, ReadModelError>(Vec::from_iter(snapshot.ordinal(kind, id)?));
        let mut unions = Vec::new();
        for (facet, values) in &self.0 {
            let mut postings = Vec::new();
            for value in values {
                let numbers = match (&facet.values, value) {
                    (_, FacetValue::Word(word)) => facet.values_of(word),
                    (FacetValues::Things(kind), FacetValue::Thing(id)) => of_thing(*kind, *id)?,
                    (_, FacetValue::Thing(id)) => of_thing(AggregateKind::Person, *id)?,
                    (_, FacetValue::Actor(actor)) => of_thing(AggregateKind::Person, actor_id(actor))?,
                };
                postings.extend(numbers.into_iter().map(|number| Postings::new(facet.code, number)));
            }
            unions.push(Union::of_lists(postings));
        }
        Ok(unions)
    }
}

impl RecordSort {
    fn order(self) -> RecordOrder {
        match self {
            Self::Name => RecordOrder::Name,
            Self::Created => RecordOrder::Created,
            Self::Changed => RecordOrder::Changed,
        }
    }
}

impl RegisterView<'_> {
    /// A page of at most `limit` records (and at most [`MAX_PAGE`]), behind `cursor`. Its cost depends on the
    /// page, not on the register; looking is bounded, so that a page may hold fewer and still have a `next`.
    ///
    /// # Errors
    /// [`ReadModelError::Cursor`] if the cursor is another list's.
    pub fn records<R: RecordType>(
        self,
        query: &RecordQuery,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<R>> {
        let (order, direction) = (query.sort.order(), query.direction);
        let search = query.search.as_deref().map(RecordSearch::new);
        let created_by = query.created_by;
        let list =
            RecordList { view: self, kind: R::KIND, order, direction, search, created_by, before: None };
        let mut unions = query.filters.unions(self.snapshot)?;
        if let Some(ids) = &query.among {
            let mut ordinals = Vec::new();
            for id in ids {
                ordinals.extend(self.snapshot.ordinal(R::KIND, *id)?);
            }
            ordinals.sort_unstable();
            ordinals.dedup();
            unions.push(Union { postings: Vec::new(), ordinals });
        }
        list.page(unions, cursor, limit, |record, _| R::of(record))
    }

    /// A page of a worklist: whatever waits longest first, and where a day is given, only what was due before.
    ///
    /// # Errors
    /// [`ReadModelError::Cursor`] if the cursor is another list's.
    pub fn waiting<R: RecordType>(
        self,
        worklist: &RecordWorklist,
        filters: &RecordFilters,
        before: Option<NaiveDate>,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<WaitingRecord<R>>> {
        let (order, direction) = (worklist.order, Direction::Ascending);
        let before = before.filter(|_| worklist.ends_before).map(sort_day);
        let list = RecordList {
            view: self,
            kind: R::KIND,
            order,
            direction,
            search: None,
            created_by: None,
            before,
        };
        list.page(filters.unions(self.snapshot)?, cursor, limit, |record, line| {
            Some(WaitingRecord { record: R::of(record)?, line })
        })
    }

    /// The records of a kind that are in all of some lists, however many; `None` where nothing is asked for.
    pub(crate) fn matching_records(
        self,
        kind: AggregateKind,
        mut unions: Vec<Union>,
    ) -> Result<Option<Matches>> {
        if unions.is_empty() {
            return Ok(None);
        }
        if self.moment.is_some() {
            unions.push(Union::of(Facet::RecordInRegister, u32::from(sort_code(kind))));
        }
        self.intersection(unions, &Unbounded, Direction::Ascending, usize::MAX)?.all()
    }
}

/// A list of records in one of their orders.
struct RecordList<'a> {
    view: RegisterView<'a>,
    kind: AggregateKind,
    order: RecordOrder,
    direction: Direction,
    search: Option<RecordSearch>,
    created_by: Option<DateTime<Utc>>,
    /// The place at which it ends.
    before: Option<u64>,
}

impl RecordList<'_> {
    fn page<T>(
        &self,
        unions: Vec<Union>,
        cursor: Option<&Cursor>,
        limit: usize,
        pick: impl Fn(Record, Option<u32>) -> Option<T>,
    ) -> Result<Page<T>> {
        let limit = limit.clamp(1, MAX_PAGE);
        let code = self.view.code(ListCode::Records, (self.order as u8) << 1 | self.direction as u8);
        let after = cursor.map(|cursor| cursor.key(code)).transpose()?;
        if after.is_some_and(|after| !after.starts_with(&self.prefix())) {
            return Err(ReadModelError::Cursor);
        }
        let matches = self.matches(unions)?;
        if let Some(matches) = matches.as_ref().filter(|matches| matches.count() <= MAX_SORTED) {
            return Ok(page_behind(self.keyed(matches, pick)?, code, self.direction, after, limit));
        }
        self.walk(matches.as_ref(), (code, after), limit, pick)
    }

    fn prefix(&self) -> [u8; 2] {
        [sort_code(self.kind), self.order as u8]
    }

    /// Between which keys it lies. What was made or changed behind a moment does not stand in it.
    fn bounds(&self) -> (Vec<u8>, Vec<u8>) {
        let moment = self.view.moment;
        let end = match self.order {
            RecordOrder::Created => moment.map(|moment| sort_instant(moment.as_of).saturating_add(1)),
            RecordOrder::Changed => moment.map(|moment| moment.known_at.saturating_add(1)),
            _ => self.before,
        };
        let [kind, order] = self.prefix();
        let high = match end {
            Some(end) => [&[kind, order][..], &end.to_be_bytes()].concat(),
            None => vec![kind, order + 1],
        };
        (vec![kind, order], high)
    }

    /// All that the indexes say matches, if anything is asked for that they know.
    fn matches(&self, mut unions: Vec<Union>) -> Result<Option<Matches>> {
        let proposed =
            self.search.as_ref().map(|search| search.proposals(self.view, self.kind)).transpose()?;
        unions.extend(proposed.flatten());
        let is_worklist =
            !matches!(self.order, RecordOrder::Name | RecordOrder::Created | RecordOrder::Changed);
        if is_worklist && self.view.moment.is_some() {
            unions.push(Union::of(Facet::RecordWorklist, self.order as u32));
        }
        self.view.matching_records(self.kind, unions)
    }

    /// The matches, each with its places in the order.
    fn keyed<T>(
        &self,
        matches: &Matches,
        pick: impl Fn(Record, Option<u32>) -> Option<T>,
    ) -> Result<Keyed<T>> {
        let (low, high) = self.bounds();
        let mut keyed = Keyed::new();
        for ordinal in matches.ordinals() {
            let record = self.view.proposed_record(self.kind, ordinal)?;
            let Some(record) = record.filter(|record| self.is_met(record)) else { continue };
            let keys = RecordEntries::of(self.kind, &describe(&record), ordinal).orders.into_iter();
            for key in keys.filter(|key| (&low..&high).contains(&key)) {
                let item = pick(record.clone(), line_of(self.order, &key));
                keyed.extend(item.map(|item| (key, item)));
            }
        }
        Ok(keyed)
    }

    fn walk<T>(
        &self,
        matches: Option<&Matches>,
        (code, after): ([u8; 2], Option<&[u8]>),
        limit: usize,
        pick: impl Fn(Record, Option<u32>) -> Option<T>,
    ) -> Result<Page<T>> {
        let mut next_key = self.keys(after)?;
        let mut page = Page { items: Vec::new(), next: None };
        let mut examined = 0;
        for _ in 0..MAX_PASSED {
            let Some(key) = next_key()? else {
                page.next = None;
                return Ok(page);
            };
            page.next = Some(Cursor::new(code, &key));
            let ordinal = trailing_ordinal(&key);
            if matches.is_some_and(|matches| !matches.contains(ordinal)) {
                continue;
            }
            let record = self.view.proposed_record(self.kind, ordinal)?;
            let record = record.filter(|record| self.is_at(record, ordinal, &key) && self.is_met(record));
            page.items.extend(record.and_then(|record| pick(record, line_of(self.order, &key))));
            examined += 1;
            if page.items.len() == limit || examined == MAX_EXAMINED {
                break;
            }
        }
        Ok(page)
    }

    /// The keys of the order, among them all that it had at the moment.
    fn keys(&self, after: Option<&[u8]>) -> Result<NextKey<'static>> {
        let (snapshot, direction) = (self.view.snapshot, self.direction);
        let (low, high) = self.bounds();
        let bounds = (low.as_slice(), high.as_slice());
        let mut walk = KeyWalk::texts(&snapshot.table(RECORD_BY_ORDER)?, bounds, after, direction)?;
        let present: NextKey<'static> = Box::new(move || walk.next());
        match self.view.moment {
            None => Ok(present),
            Some(_) => with_past_keys(snapshot, Index::RecordOrder, bounds, after, direction, present),
        }
    }

    /// Whether a record stands under a key. The index of the present is right; for a moment it only proposes.
    fn is_at(&self, record: &Record, ordinal: Ordinal, key: &[u8]) -> bool {
        self.view.moment.is_none()
            || RecordEntries::of(self.kind, &describe(record), ordinal)
                .orders
                .iter()
                .any(|other| other == key)
    }

    fn is_met(&self, record: &Record) -> bool {
        let created = record.revision().created.effective_at;
        self.created_by.is_none_or(|by| created <= by)
            && self.search.as_ref().is_none_or(|search| search.is_met(&describe(record)))
    }
}
