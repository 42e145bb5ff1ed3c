//! Things of the kinds that are only ever defined anew: one of them, and lists by name.

use itam_domain::{AggregateKind, Defined, Definition, ListedAggregate, ShortText};
use uuid::Uuid;

use crate::kinds::record::definition::Record;
use crate::kinds::record::list::RecordFilters;
use crate::kinds::revision::Revised;
use crate::primitive::page::{Cursor, Page};
use crate::register::view::View;
use crate::store::error::Result;

impl View<'_> {
    /// A thing of a kind that is only ever defined anew.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn defined<D: Definition>(self, id: Uuid) -> Result<Option<Revised<Defined<D>>>>
    where
        Defined<D>: ListedAggregate,
    {
        Ok(self.record(Defined::<D>::KIND, id)?.and_then(of_kind))
    }

    /// A page of the things of such a kind by name.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn all_defined<D: Definition>(
        self,
        filters: &RecordFilters,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Revised<Defined<D>>>>
    where
        Defined<D>: ListedAggregate,
    {
        self.by_name(Defined::<D>::KIND, filters, cursor, limit, |record| {
            let standing = filters.standing;
            let is_wanted = |found: &Revised<Defined<D>>| {
                standing.is_none_or(|standing| found.item.definition.standing() == standing)
            };
            of_kind(record).filter(is_wanted)
        })
    }

    /// What a thing of such a kind is called; `None` if there is none, or it is of no such kind.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn defined_name(self, kind: AggregateKind, id: Uuid) -> Result<Option<ShortText>> {
        let record = self.record(kind, id)?;
        Ok(record.and_then(|record| record.definition().map(|definition| definition.name().clone())))
    }
}

fn of_kind<D: Definition>(record: Record) -> Option<Revised<Defined<D>>>
where
    Defined<D>: ListedAggregate,
{
    let Record::Defined(Revised { item, revision }) = record else { return None };
    Some(Revised { item: Defined::of(&item)?.clone(), revision })
}
