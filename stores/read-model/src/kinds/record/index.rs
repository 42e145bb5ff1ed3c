//! Under which keys a record stands in the indexes and dated lists: what its description comes to.

use crate::kinds::asset::row::{OrdinalOf, write_currency};
use crate::kinds::record::definition::Record;
use crate::kinds::record::describe::{Description, Value, Wait};
use crate::register::features::{Features, currency_value};
use crate::register::former::{Index, former_key};
use crate::store::error::Result;
use crate::store::key::{Facet, Ordinal, RecordOrder, record_order_key, record_text_key, sort_code};

/// What a record is found by.
pub(crate) fn describe(record: &Record) -> Description {
    let revision = record.revision();
    match record {
        Record::Defined(record) => Description::of(record, revision),
        Record::Person(record) => Description::of(record, revision),
        Record::Requisition(record) => Description::of(record, revision),
        Record::PurchaseOrder(record) => Description::of(record, revision),
        Record::Audit(record) => Description::of(record, revision),
    }
}

/// Everything that the indexes of orders and words hold of one record.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RecordEntries {
    pub(crate) orders: Vec<Vec<u8>>,
    pub(crate) tokens: Vec<Vec<u8>>,
}

impl RecordEntries {
    /// The entries of the record with this ordinal.
    pub(crate) fn of(record: &Record, ordinal: Ordinal) -> Self {
        let (kind, found) = (record.kind(), describe(record));
        let key = |order, place: &[u8]| record_order_key(kind, order, place, ordinal);
        let mut orders = vec![
            key(RecordOrder::Created, &found.created.to_be_bytes()),
            key(RecordOrder::Changed, &found.changed.to_be_bytes()),
        ];
        orders.extend(found.name.map(|name| key(RecordOrder::Name, &name_place(&name))));
        orders.extend(found.waits.iter().map(|wait| key(wait.order, &wait_place(wait, ordinal))));
        let tokens = found.words.iter().map(|word| record_text_key(kind, word, ordinal)).collect();
        Self { orders, tokens }
    }
}

/// A name in the order of names. No text that is indexed holds a 0.
fn name_place(name: &str) -> Vec<u8> {
    [name.as_bytes(), &[0]].concat()
}

/// A place on a worklist: the lines of a record stand together.
fn wait_place(wait: &Wait, ordinal: Ordinal) -> Vec<u8> {
    let since = wait.since.to_be_bytes();
    match wait.line {
        None => since.to_vec(),
        Some(line) => [&since[..], &ordinal.to_be_bytes(), &line.to_be_bytes()].concat(),
    }
}

/// The line that a key of an order names; `None` where the whole record has the place.
pub(crate) fn line_of(order: RecordOrder, key: &[u8]) -> Option<u32> {
    if order != RecordOrder::OpenLine {
        return None;
    }
    key.get(14..).and_then(<[u8]>::first_chunk).map(|line| u32::from_be_bytes(*line))
}

/// The values that a record is filtered by.
pub(crate) fn facet_values(found: &Description, ordinal_of: OrdinalOf<'_>) -> Result<Vec<(Facet, u32)>> {
    let value = |(facet, value)| match value {
        Value::Word(number) => Ok((facet, number)),
        Value::Thing(kind, id) => Ok((facet, ordinal_of(kind, id)?)),
    };
    found.values().into_iter().map(value).collect()
}

/// What dated lists keep of a record.
pub(crate) fn features(record: &Record, ordinal_of: OrdinalOf<'_>) -> Result<Features> {
    let found = describe(record);
    let mut values = facet_values(&found, ordinal_of)?;
    let sort = u32::from(sort_code(record.kind()));
    values.push((Facet::RecordInRegister, sort));
    if found.is_mixed() {
        values.push((Facet::RecordMixed, sort));
    }
    for wait in &found.waits {
        let worklist = (Facet::RecordWorklist, wait.order as u32);
        if !values.contains(&worklist) {
            values.push(worklist);
        }
    }
    let mut sums: Vec<((Facet, u32), i128)> = Vec::new();
    for (measure, currency, minor) in found.sums() {
        let list = (Facet::RecordSum, sum_value(*measure, write_currency(*currency)));
        match sums.iter_mut().find(|(known, _)| *known == list) {
            Some((_, sum)) => *sum += minor,
            None => sums.push((list, *minor)),
        }
    }
    Ok(Features { values, sums })
}

/// The value that stands for a measure and a currency.
pub(crate) fn sum_value(measure: u8, currency: [u8; 3]) -> u32 {
    u32::from(measure) << 24 | currency_value(currency)
}

/// The keys that an event took out of the indexes of records.
pub(crate) fn left_by(before: &Record, after: &Record, ordinal: Ordinal) -> Vec<Vec<u8>> {
    let (before, after) = (RecordEntries::of(before, ordinal), RecordEntries::of(after, ordinal));
    let orders = before.orders.iter().filter(|key| !after.orders.contains(key));
    let tokens = before.tokens.iter().filter(|key| !after.tokens.contains(key));
    let orders = orders.map(|key| former_key(Index::RecordOrder, key));
    orders.chain(tokens.map(|key| former_key(Index::RecordToken, key))).collect()
}
