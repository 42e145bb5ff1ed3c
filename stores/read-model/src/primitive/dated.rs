//! Dated lists: which things had a value at any moment, and for what amounts they counted.
//!
//! A list is that of one value of one facet in one block of assets. It holds *marks*: instants of
//! effective time from which on an asset is in it, or is not in it any more, with the position of
//! the event that said so. Whoever knows the events up to a position and asks about an instant
//! counts the marks of an asset up to both; an odd number means that it is in. The order of marks
//! does not matter, so a late entry or a correction is just more of them: "from this event on, it
//! is in from here to there" is two.
//!
//! A list is cut into segments by effective time. A segment says what was in when it begins, as far
//! as is known by all before it, and which is the last event that this rests on. Where the cuts are
//! is decided by the marks' positions alone, so that the same marks give the same segments in
//! whatever order they came.

mod segment;
mod write;

use redb::{ReadOnlyTable, ReadTransaction};

use crate::primitive::block::Block;
use crate::register::moment::Moment;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::{Facet, facet_key, sortable};
use crate::store::tables::DATED_BY_FACET;
use segment::DatedSegment;
pub(crate) use write::write;

/// Facet, value, block.
pub(crate) type List = [u8; 9];

/// One change of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    /// From when on (ms).
    pub(crate) effective: i64,
    /// Which event said so.
    pub(crate) position: u64,
    /// The asset's place in its block.
    pub(crate) place: u16,
    /// By how much, in minor units, in lists of costs; else 0.
    pub(crate) minor: i64,
}

/// Dated lists as of a moment.
pub(crate) struct Dated {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    as_of: i64,
    known_at: u64,
}

fn segment_key(list: List, effective: i64, position: u64) -> Vec<u8> {
    [&list[..], &sortable(effective).to_be_bytes(), &position.to_be_bytes()].concat()
}

impl Dated {
    pub(crate) fn open(transaction: &ReadTransaction, moment: Moment) -> Result<Self> {
        let table = transaction.open_table(DATED_BY_FACET).during(READING)?;
        Ok(Self { table, as_of: moment.as_of_ms(), known_at: moment.known_at })
    }

    /// The things that were in a list.
    pub(crate) fn block(&self, list: List) -> Result<Block> {
        let mut block = Block::EMPTY;
        let high = segment_key(list, self.as_of, u64::MAX);
        let range = self.table.range::<&[u8]>(&list[..]..=&high[..]).during(READING)?;
        for entry in range.rev() {
            let (_, row) = entry.during(READING)?;
            let segment = DatedSegment::read(row.value())?;
            segment.each_place(self.as_of, self.known_at, |place| block.toggle(place.into()))?;
            if segment.rests_on <= self.known_at {
                let mut before = Block::EMPTY;
                before.add(segment.bits)?;
                block.toggle_all(&before);
                break;
            }
        }
        Ok(block)
    }

    /// The marks of a whole list that count at the moment.
    pub(crate) fn each(&self, list: List, mut take: impl FnMut(Mark)) -> Result<()> {
        let high = segment_key(list, self.as_of, u64::MAX);
        for entry in self.table.range::<&[u8]>(&list[..]..=&high[..]).during(READING)? {
            let (_, row) = entry.during(READING)?;
            self.each_mark(&DatedSegment::read(row.value())?, &mut take)?;
        }
        Ok(())
    }

    fn each_mark(&self, segment: &DatedSegment<'_>, mut take: impl FnMut(Mark)) -> Result<()> {
        let mut marks = segment.marks();
        while let Some(mark) = marks.next()? {
            if mark.effective > self.as_of {
                break;
            }
            if mark.position <= self.known_at {
                take(mark);
            }
        }
        Ok(())
    }

    /// Takes the lists of the values of a facet from one to another, in the order of their keys.
    pub(crate) fn each_list(
        &self,
        facet: Facet,
        (first, last): (u32, u32),
        mut take: impl FnMut(List) -> Result<()>,
    ) -> Result<()> {
        let (mut low, high) = (facet_key(facet, first, 0), facet_key(facet, last, u32::MAX));
        while let Some(list) = self.first(low, high)? {
            take(list)?;
            low = behind(list);
        }
        Ok(())
    }

    /// The first list from `low` to `high`.
    pub(crate) fn first(&self, low: List, high: List) -> Result<Option<List>> {
        let high = segment_key(high, i64::MAX, u64::MAX);
        let mut range = self.table.range::<&[u8]>(&low[..]..=&high[..]).during(READING)?;
        range.next().transpose().during(READING)?.map(|(key, _)| list_of(key.value())).transpose()
    }

    /// The last list from `low` to `high`.
    pub(crate) fn last(&self, low: List, high: List) -> Result<Option<List>> {
        let high = segment_key(high, i64::MAX, u64::MAX);
        let mut range = self.table.range::<&[u8]>(&low[..]..=&high[..]).during(READING)?;
        range.next_back().transpose().during(READING)?.map(|(key, _)| list_of(key.value())).transpose()
    }
}

/// The list behind one, as far as keys go.
pub(crate) fn behind(list: List) -> List {
    let mut next = list;
    for byte in next.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    next
}

fn list_of(key: &[u8]) -> Result<List> {
    let short = || ReadModelError::Damaged("a dated list of no value".to_owned());
    key.first_chunk().copied().ok_or_else(short)
}
