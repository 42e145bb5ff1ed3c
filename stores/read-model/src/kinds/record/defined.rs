//! Things of the kinds that are only ever defined anew.

use itam_domain::{AggregateKind, Defined, Definition, ListedAggregate, ShortText};
use uuid::Uuid;

use crate::kinds::revision::Revised;
use crate::register::view::RegisterView;
use crate::store::error::Result;

impl RegisterView<'_> {
    /// A thing of a kind that is only ever defined anew.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn defined<D: Definition>(self, id: Uuid) -> Result<Option<Revised<Defined<D>>>>
    where
        Defined<D>: ListedAggregate,
    {
        self.find(id)
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
