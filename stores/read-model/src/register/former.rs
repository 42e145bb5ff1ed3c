//! What indexes once held: each key that an event took out of an index, for good. The index of the
//! present and this one together propose everything that matched at any moment; the row at the
//! moment decides.

use crate::kinds::asset::index::{orders, text_keys};
use crate::kinds::asset::record::AssetRecord;
use crate::kinds::record::definition::Record;
use crate::kinds::record::index::RecordEntries;
use crate::primitive::page::{Direction, Walk};
use crate::store::error::Result;
use crate::store::key::{Order, Ordinal, order_key};
use crate::store::snapshot::Snapshot;
use crate::store::tables::FORMER_KEY;

/// Which index a key was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Index {
    Tag = 1,
    Serial = 2,
    Token = 3,
    Order = 4,
    RecordName = 5,
    RecordToken = 6,
    OpenLine = 7,
}

/// The key that stands for a key of another index.
pub(crate) fn former_key(index: Index, key: &[u8]) -> Vec<u8> {
    let mut former = Vec::with_capacity(key.len() + 1);
    former.push(index as u8);
    former.extend_from_slice(key);
    former
}

/// The keys that an event took out of the indexes of assets, in which `before` stood and `after`
/// does not.
pub(crate) fn left_by(before: &AssetRecord, after: &AssetRecord, ordinal: Ordinal) -> Vec<Vec<u8>> {
    let mut left = Vec::new();
    let (old, new) = (&before.asset.facts, &after.asset.facts);
    let is_same_text =
        old.tag == new.tag && old.serial == new.serial && old.name == new.name && old.notes == new.notes;
    if !is_same_text {
        let kept = text_keys(after, ordinal);
        left.extend(text_keys(before, ordinal).into_iter().filter(|key| !kept.contains(key)));
    }
    let kept = orders(after);
    // The order of changes at a moment is told by the chronicle.
    let gone = orders(before).into_iter().filter(|entry| entry.0 != Order::Changed && !kept.contains(entry));
    left.extend(gone.map(|(order, sort)| former_key(Index::Order, &order_key(order, sort, ordinal))));
    left
}

/// The keys that an event took out of the indexes of records.
pub(crate) fn record_left_by(before: &Record, after: &Record, ordinal: Ordinal) -> Vec<Vec<u8>> {
    let (before, after) = (RecordEntries::of(before, ordinal), RecordEntries::of(after, ordinal));
    let names = before.names.iter().filter(|key| !after.names.contains(key));
    let tokens = before.tokens.iter().filter(|key| !after.tokens.contains(key));
    let lines = before.open_lines.iter().filter(|key| !after.open_lines.contains(key));
    let names = names.map(|key| former_key(Index::RecordName, key));
    let tokens = tokens.map(|key| former_key(Index::RecordToken, key));
    names.chain(tokens).chain(lines.map(|key| former_key(Index::OpenLine, key))).collect()
}

impl Snapshot {
    /// The first keys that an index once held, from `low` to `high`, at most `limit`; and whether
    /// there are more.
    pub(crate) fn former(
        &self,
        index: Index,
        low: &[u8],
        high: &[u8],
        limit: usize,
    ) -> Result<(Vec<Vec<u8>>, bool)> {
        let (low, high) = (former_key(index, low), former_key(index, high));
        let mut walk = Walk::texts(&self.table(FORMER_KEY)?, (&low, &high), None, Direction::Ascending)?;
        let mut found = Vec::new();
        for _ in 0..limit {
            let Some(mut key) = walk.next()? else { return Ok((found, false)) };
            key.remove(0);
            found.push(key);
        }
        Ok((found, walk.next()?.is_some()))
    }
}
