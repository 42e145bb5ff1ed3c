//! Under which keys a record stands in the indexes and dated lists: what its description comes to.

use itam_domain::AggregateKind;

use crate::kinds::asset::row::write_currency;
use crate::kinds::record::definition::Record;
use crate::kinds::record::describe::{Description, Wait};
use crate::register::features::{Features, Value, currency_value};
use crate::register::past_keys::{Index, past_key};
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
    /// The entries of the record of a kind that is found so, with this ordinal.
    pub(crate) fn of(kind: AggregateKind, found: &Description, ordinal: Ordinal) -> Self {
        let key = |order, place: &[u8]| record_order_key(kind, order, place, ordinal);
        let mut orders = vec![
            key(RecordOrder::Created, &found.created.to_be_bytes()),
            key(RecordOrder::Changed, &found.changed.to_be_bytes()),
        ];
        orders.extend(found.name.iter().map(|name| key(RecordOrder::Name, &name_place(name))));
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

/// What dated lists keep of a record.
pub(crate) fn features(kind: AggregateKind, found: &Description) -> Features<Value> {
    let mut features = Features::of_values(found.values());
    let sort = Value::Number(u32::from(sort_code(kind)));
    features.values.push((Facet::RecordInRegister, sort));
    if found.is_mixed() {
        features.values.push((Facet::RecordMixed, sort));
    }
    for wait in &found.waits {
        let worklist = (Facet::RecordWorklist, Value::Number(wait.order as u32));
        if !features.values.contains(&worklist) {
            features.values.push(worklist);
        }
    }
    for (measure, currency, minor) in found.sums() {
        features.add((Facet::RecordSum, sum_value(*measure, write_currency(*currency))), *minor);
    }
    features
}

/// The value that stands for a measure and a currency.
pub(crate) fn sum_value(measure: u8, currency: [u8; 3]) -> u32 {
    u32::from(measure) << 24 | currency_value(currency)
}

/// The keys that an event took out of the indexes of records of a kind.
pub(crate) fn left_by(
    kind: AggregateKind,
    (before, after): (&Description, &Description),
    ordinal: Ordinal,
) -> Vec<Vec<u8>> {
    let [before, after] = [before, after].map(|found| RecordEntries::of(kind, found, ordinal));
    let orders = before.orders.iter().filter(|key| !after.orders.contains(key));
    let tokens = before.tokens.iter().filter(|key| !after.tokens.contains(key));
    let orders = orders.map(|key| past_key(Index::RecordOrder, key));
    orders.chain(tokens.map(|key| past_key(Index::RecordToken, key))).collect()
}
