//! Single records.

use itam_domain::{AggregateKind, normalize};
use uuid::Uuid;

use crate::kinds::record::definition::{PurchaseOrderRecord, RecordType};
use crate::register::view::RegisterView;
use crate::store::error::{During, READING, Result};
use crate::store::key::{RecordOrder, sort_code, trailing_ordinal};
use crate::store::tables::RECORD_BY_ORDER;

impl RegisterView<'_> {
    /// The record of an id; `None` if there is none of this kind.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn find<R: RecordType>(self, id: Uuid) -> Result<Option<R>> {
        Ok(self.record(R::KIND, id)?.and_then(R::of))
    }

    /// The purchase order of a number. A number is never changed, so that the index of the present
    /// names every order that had it.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn purchase_order_by_number(self, number: &str) -> Result<Option<PurchaseOrderRecord>> {
        let names = self.snapshot.table(RECORD_BY_ORDER)?;
        let kind = AggregateKind::PurchaseOrder;
        let text = normalize(number);
        let from = [&[sort_code(kind), RecordOrder::Name as u8], text.as_bytes(), &[0]].concat();
        let to = [&from[..], &[0xff; 5]].concat();
        let found = names.range(from.as_slice()..=to.as_slice()).during(READING)?.next();
        let Some((key, _)) = found.transpose().during(READING)? else {
            return Ok(None);
        };
        let record = self.record_at(kind, trailing_ordinal(key.value()))?;
        Ok(record.and_then(PurchaseOrderRecord::of))
    }
}
