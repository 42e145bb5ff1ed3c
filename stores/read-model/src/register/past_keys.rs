//! Past keys: each key that an event took out of an index, kept for good. The index of the
//! present and this one together propose everything that matched at any moment; the row at the
//! moment decides.

use crate::primitive::page::{Direction, KeyWalk};
use crate::store::error::Result;
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
    RecordOrder = 5,
    RecordToken = 6,
}

/// The key that stands for a key of another index.
pub(crate) fn past_key(index: Index, key: &[u8]) -> Vec<u8> {
    let mut past = Vec::with_capacity(key.len() + 1);
    past.push(index as u8);
    past.extend_from_slice(key);
    past
}

impl Snapshot {
    /// The first keys that an index once held, from `low` to `high`, at most `limit`; and whether
    /// there are more.
    pub(crate) fn past_keys(
        &self,
        index: Index,
        low: &[u8],
        high: &[u8],
        limit: usize,
    ) -> Result<(Vec<Vec<u8>>, bool)> {
        let (low, high) = (past_key(index, low), past_key(index, high));
        let mut walk = KeyWalk::texts(&self.table(FORMER_KEY)?, (&low, &high), None, Direction::Ascending)?;
        let mut found = Vec::new();
        for _ in 0..limit {
            let Some(mut key) = walk.next()? else { return Ok((found, false)) };
            key.remove(0);
            found.push(key);
        }
        Ok((found, walk.next()?.is_some()))
    }
}
