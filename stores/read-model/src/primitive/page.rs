//! Pages and cursors: what every list has in common.

use std::ops::Bound;

use crate::primitive::Ordinal;
use crate::store::error::{During, READING, ReadModelError, Result};
use redb::{Key, Range, ReadOnlyTable};

/// The most items of one page.
pub const MAX_PAGE: usize = 1_000;
/// The most rows that one page looks at. A page that meets it ends early, with a cursor.
pub(crate) const MAX_EXAMINED: usize = 20_000;
/// The most keys that one page passes over without looking at their rows.
pub(crate) const MAX_PASSED: usize = 10 * MAX_EXAMINED;

/// A run of a list. It may hold fewer items than were asked for, even none, and still have a
/// `next`: looking is bounded, so that no filter makes a page slow.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<Cursor>,
}

/// Where a page begins: behind a key, not at a number, so that what comes and goes before it
/// moves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(Vec<u8>);

impl Cursor {
    /// The cursor's bytes, for the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A cursor from the wire. Whether it fits is checked by the list it is given to.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn new(list: [u8; 2], key: &[u8]) -> Self {
        Self([&list, key].concat())
    }

    /// The key in it, if it was given out by `list`.
    pub(crate) fn key(&self, list: [u8; 2]) -> Result<&[u8]> {
        self.0.strip_prefix(&list).ok_or(ReadModelError::Cursor)
    }

    /// The ordinal in it, if it was given out by `list` and holds one.
    pub(crate) fn ordinal(&self, list: [u8; 2]) -> Result<Ordinal> {
        self.sized_key(list).map(Ordinal::from_be_bytes)
    }

    /// The key in it, if it was given out by `list` and has `N` bytes.
    pub(crate) fn sized_key<const N: usize>(&self, list: [u8; 2]) -> Result<[u8; N]> {
        self.key(list)?.try_into().map_err(|_| ReadModelError::Cursor)
    }
}

impl<T> Page<T> {
    /// Fills a page with what `next` proposes: a key, and the item under it if it is one that is asked for.
    pub(crate) fn fill(
        code: [u8; 2],
        limit: usize,
        mut next: impl FnMut() -> Result<Option<(Vec<u8>, Option<T>)>>,
    ) -> Result<Self> {
        let mut page = Self { items: Vec::new(), next: None };
        for _ in 0..MAX_EXAMINED {
            let Some((key, item)) = next()? else {
                page.next = None;
                return Ok(page);
            };
            page.items.extend(item);
            page.next = Some(Cursor::new(code, &key));
            if page.items.len() == limit.clamp(1, MAX_PAGE) {
                break;
            }
        }
        Ok(page)
    }
}

/// In which direction a list runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the least.
    #[default]
    Ascending,
    /// From the greatest.
    Descending,
}

/// The first byte of each list's cursors.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum ListCode {
    AssetsByAge = 1,
    AssetsByTag = 2,
    AssetsByChange = 3,
    Search = 4,
    Worklist = 5,
    Differences = 10,
    Records = 11,
    Findings = 20,
    Projected = 32,
}

/// A range of keys, walked in a direction.
pub(crate) struct KeyWalk<K: Key + 'static> {
    range: Range<'static, K, ()>,
    direction: Direction,
}

impl KeyWalk<&'static [u8]> {
    /// The keys of `table` within `bounds`, beginning behind `after`.
    pub(crate) fn texts(
        table: &ReadOnlyTable<&'static [u8], ()>,
        bounds: (&[u8], &[u8]),
        after: Option<&[u8]>,
        direction: Direction,
    ) -> Result<Self> {
        let (low, high) = narrow(bounds.0, bounds.1, after, direction);
        let range = table.range::<&[u8]>((low, high)).during(READING)?;
        Ok(Self { range, direction })
    }

    /// The next key.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(step(&mut self.range, self.direction)?.map(|guard| guard.value().to_vec()))
    }
}

impl<const N: usize> KeyWalk<&'static [u8; N]> {
    /// The keys of `table` within `bounds`, beginning behind `after`.
    pub(crate) fn keys(
        table: &ReadOnlyTable<&'static [u8; N], ()>,
        bounds: (&[u8; N], &[u8; N]),
        after: Option<&[u8; N]>,
        direction: Direction,
    ) -> Result<Self> {
        let (low, high) = narrow(bounds.0, bounds.1, after, direction);
        let range = table.range::<&[u8; N]>((low, high)).during(READING)?;
        Ok(Self { range, direction })
    }

    /// The next key.
    pub(crate) fn next(&mut self) -> Result<Option<[u8; N]>> {
        Ok(step(&mut self.range, self.direction)?.map(|guard| *guard.value()))
    }
}

/// The bounds that are left behind `after`. Where nothing is left they would cross, which redb
/// does not take, so they close on one key that is excluded.
fn narrow<'a, K: Ord + ?Sized>(
    low: &'a K,
    high: &'a K,
    after: Option<&'a K>,
    direction: Direction,
) -> (Bound<&'a K>, Bound<&'a K>) {
    match (after, direction) {
        (None, _) => (Bound::Included(low), Bound::Included(high)),
        (Some(after), Direction::Ascending) if after >= high => {
            (Bound::Included(high), Bound::Excluded(high))
        }
        (Some(after), Direction::Ascending) if after < low => (Bound::Included(low), Bound::Included(high)),
        (Some(after), Direction::Ascending) => (Bound::Excluded(after), Bound::Included(high)),
        (Some(after), Direction::Descending) if after <= low => (Bound::Included(low), Bound::Excluded(low)),
        (Some(after), Direction::Descending) if after > high => (Bound::Included(low), Bound::Included(high)),
        (Some(after), Direction::Descending) => (Bound::Included(low), Bound::Excluded(after)),
    }
}

fn step<K: Key + 'static>(
    range: &mut Range<'static, K, ()>,
    direction: Direction,
) -> Result<Option<redb::AccessGuard<'static, K>>> {
    let entry = match direction {
        Direction::Ascending => range.next(),
        Direction::Descending => range.next_back(),
    };
    let entry = entry.transpose().during(READING)?;
    Ok(entry.map(|(key, _)| key))
}
