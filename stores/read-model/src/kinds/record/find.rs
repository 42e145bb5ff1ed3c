//! Single records.

use itam_domain::{AggregateKind, PersonId, PurchaseOrderId, RequisitionId, normalize};

use crate::kinds::record::definition::{PersonRecord, PurchaseOrderRecord, Record, RequisitionRecord};
use crate::register::view::View;
use crate::store::error::{During, READING, Result};
use crate::store::key::{Ordinal, record_text_key, trailing_ordinal};
use crate::store::tables::RECORD_BY_NAME;

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident($id:ident) -> $record:ident, $variant:ident, $kind:ident;)+) => {
        impl View<'_> {
            $($(#[$doc])*
            ///
            /// # Errors
            /// [`crate::ReadModelError`] if the file fails.
            pub fn $name(self, id: $id) -> Result<Option<$record>> {
                match self.record(AggregateKind::$kind, id.0)? {
                    Some(Record::$variant(record)) => Ok(Some(record)),
                    _ => Ok(None),
                }
            })+
        }
    };
}

records! {
    /// A person: standing and assignment; her name is in the vault.
    person(PersonId) -> PersonRecord, Person, Person;
    /// A requisition.
    requisition(RequisitionId) -> RequisitionRecord, Requisition, Requisition;
    /// A purchase order.
    purchase_order(PurchaseOrderId) -> PurchaseOrderRecord, PurchaseOrder, PurchaseOrder;
}

impl View<'_> {
    /// The purchase order of a number. A number is never changed, so that the index of the present
    /// names every order that had it.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn purchase_order_by_number(self, number: &str) -> Result<Option<PurchaseOrderRecord>> {
        let names = self.snapshot.table(RECORD_BY_NAME)?;
        let kind = AggregateKind::PurchaseOrder;
        let text = normalize(number);
        let (from, to) = (record_text_key(kind, &text, 0), record_text_key(kind, &text, Ordinal::MAX));
        let mut found = names.range(from.as_slice()..=to.as_slice()).during(READING)?;
        let Some(entry) = found.next() else {
            return Ok(None);
        };
        let (key, ()) = entry.map(|(key, _)| (key, ())).during(READING)?;
        match self.record_at(kind, trailing_ordinal(key.value()))? {
            Some(Record::PurchaseOrder(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }
}
