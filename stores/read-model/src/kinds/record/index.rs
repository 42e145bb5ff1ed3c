//! Under which keys a record of master data or procurement stands in the indexes.

use itam_domain::{AnyDefinition, normalize};

use crate::kinds::record::definition::Record;
use crate::primitive::token::tokens;
use crate::register::former::{Index, former_key};
use crate::store::key::{Ordinal, open_line_key, record_text_key, sort_day, sort_instant, stage_key};

/// The stage that stands for all.
pub(crate) const ANY_STAGE: u8 = 0;

/// Everything that the indexes hold of one record.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RecordEntries {
    pub(crate) names: Vec<Vec<u8>>,
    pub(crate) tokens: Vec<Vec<u8>>,
    pub(crate) stages: Vec<[u8; 14]>,
    pub(crate) open_lines: Vec<[u8; 16]>,
}

impl RecordEntries {
    /// The entries of the record with this ordinal.
    pub(crate) fn of(record: &Record, ordinal: Ordinal) -> Self {
        let kind = record.kind();
        let mut entries = Self::default();
        let name = name(record);
        entries.names.extend(name.map(|name| record_text_key(kind, &normalize(name), ordinal)));
        entries.tokens =
            record_tokens(record).iter().map(|token| record_text_key(kind, token, ordinal)).collect();
        let created = created(record);
        if let Some(stage) = stage(record) {
            entries.stages = [ANY_STAGE, stage].map(|stage| stage_key(kind, stage, created, ordinal)).into();
        }
        if let Record::PurchaseOrder(order) = record {
            // An order that names no day is due at once, so that nobody forgets it.
            let due = order.expected_on.map_or(created_day(record), sort_day);
            let lines = order.open_lines().into_iter();
            entries.open_lines = lines.map(|(line, _)| open_line_key(due, ordinal, line)).collect();
        }
        entries
    }
}

/// The place of a record in the order of age.
pub(crate) fn created(record: &Record) -> u64 {
    sort_instant(record.revision().created.effective_at)
}

fn created_day(record: &Record) -> u64 {
    sort_day(record.revision().created.effective_at.date_naive())
}

fn name(record: &Record) -> Option<&str> {
    match record {
        Record::Defined(record) => record.item.definition().map(|definition| definition.name().as_str()),
        Record::PurchaseOrder(order) => Some(order.order.number.as_str()),
        Record::Audit(audit) => Some(audit.campaign.plan.name.as_str()),
        Record::Person(_) | Record::Requisition(_) => None,
    }
}

/// The tokens by which assets are found through the record.
pub(crate) fn record_tokens(record: &Record) -> Vec<String> {
    let texts = record.definition().map(AnyDefinition::searched).unwrap_or_default();
    let mut found: Vec<_> = texts.into_iter().flat_map(|text| tokens(text.as_str())).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The stage's byte in the index.
pub(crate) fn stage(record: &Record) -> Option<u8> {
    match record {
        Record::Requisition(record) => Some(record.status() as u8 + 1),
        Record::PurchaseOrder(record) => Some(record.status() as u8 + 1),
        Record::Audit(record) => Some(record.status() as u8 + 1),
        Record::Defined(_) | Record::Person(_) => None,
    }
}

/// The keys that an event took out of the indexes of records.
pub(crate) fn left_by(before: &Record, after: &Record, ordinal: Ordinal) -> Vec<Vec<u8>> {
    let (before, after) = (RecordEntries::of(before, ordinal), RecordEntries::of(after, ordinal));
    let names = before.names.iter().filter(|key| !after.names.contains(key));
    let tokens = before.tokens.iter().filter(|key| !after.tokens.contains(key));
    let lines = before.open_lines.iter().filter(|key| !after.open_lines.contains(key));
    let names = names.map(|key| former_key(Index::RecordName, key));
    let tokens = tokens.map(|key| former_key(Index::RecordToken, key));
    names.chain(tokens).chain(lines.map(|key| former_key(Index::OpenLine, key))).collect()
}
