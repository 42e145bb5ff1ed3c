//! Single records.

use itam_domain::{AggregateKind, former_form, normalize};
use uuid::Uuid;

use crate::kinds::record::definition::{PurchaseOrderRecord, RecordType};
use crate::register::past_keys::Index;
use crate::register::view::RegisterView;
use crate::store::error::Result;
use crate::store::key::{RecordOrder, sort_code};
use crate::store::tables::RECORD_BY_ORDER;

impl RegisterView<'_> {
    /// The record of an id; `None` if there is none of this kind.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn find<R: RecordType>(self, id: Uuid) -> Result<Option<R>> {
        Ok(self.record(R::KIND, id)?.and_then(R::of))
    }

    /// The purchase order of a number, which one order has at a time; where several had it until a moment, the
    /// youngest that has it then. Of numbers that were not the same when they were given, the one that is written so.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn purchase_order_by_number(self, number: &str) -> Result<Option<PurchaseOrderRecord>> {
        let kind = AggregateKind::PurchaseOrder;
        let text = normalize(number);
        let from = [&[sort_code(kind), RecordOrder::Name as u8], text.as_bytes(), &[0]].concat();
        let mut ordinals = Vec::new();
        self.expand_texts((RECORD_BY_ORDER, Index::RecordOrder), &from, &mut ordinals)?;
        ordinals.sort_unstable();
        let mut youngest = None;
        for ordinal in ordinals.into_iter().rev() {
            let record = self.record_at(kind, ordinal)?.and_then(PurchaseOrderRecord::of);
            if let Some(record) = record.filter(|record| normalize(record.order.number.as_str()) == text) {
                if former_form(record.order.number.as_str()) == former_form(number) {
                    return Ok(Some(record));
                }
                youngest = youngest.or(Some(record));
            }
        }
        Ok(youngest)
    }
}
