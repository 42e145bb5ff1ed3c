//! Posting lists: the blocks in which one value has things, to any of which a reader can leap.

use redb::{AccessGuard, Range, ReadOnlyTable};

use crate::primitive::block::{Block, block_of};
use crate::primitive::dated::Dated;
use crate::primitive::page::Direction;
use crate::store::error::{During, READING, Result};
use crate::store::key::{Facet, Ordinal, facet_key, trailing_ordinal};

/// Steps that a list takes one by one before it leaps.
const STRIDE: usize = 8;

/// The index that posting lists are read from.
pub(crate) enum FacetIndex {
    /// As they are.
    Now(ReadOnlyTable<&'static [u8; 9], &'static [u8]>),
    /// As they were.
    Then(Dated),
}

/// The assets of a block.
enum Bits {
    Stored(AccessGuard<'static, &'static [u8]>),
    /// They are reckoned when they are needed.
    Dated,
}

/// The assets of one value of one facet.
pub(crate) struct Postings {
    facet: Facet,
    value: u32,
    range: Option<Range<'static, &'static [u8; 9], &'static [u8]>>,
    here: Option<(u32, Bits)>,
    /// Whether nothing lies ahead, of dated lists.
    is_at_end: bool,
}

/// Assets in order of their ordinals, from several sources at once.
pub(crate) struct Union {
    pub(crate) postings: Vec<Postings>,
    /// Ascending.
    pub(crate) ordinals: Vec<Ordinal>,
}

impl Postings {
    pub(crate) fn new(facet: Facet, value: u32) -> Self {
        Self { facet, value, range: None, here: None, is_at_end: false }
    }

    /// The first block from `from` on that is not empty.
    fn seek(&mut self, index: &FacetIndex, from: u32, direction: Direction) -> Result<Option<u32>> {
        let table = match index {
            FacetIndex::Now(table) => table,
            FacetIndex::Then(dated) => return self.seek_dated(dated, from, direction),
        };
        if let Some(range) = &mut self.range {
            for _ in 0..STRIDE {
                match &self.here {
                    None => return Ok(None),
                    Some((here, _)) if is_there(*here, from, direction) => return Ok(Some(*here)),
                    Some(_) => self.here = step(range, direction)?,
                }
            }
        }
        let (low, high) = match direction {
            Direction::Ascending => (from, u32::MAX),
            Direction::Descending => (0, from),
        };
        let (low, high) = (facet_key(self.facet, self.value, low), facet_key(self.facet, self.value, high));
        let mut range = table.range::<&[u8; 9]>(&low..=&high).during(READING)?;
        self.here = step(&mut range, direction)?;
        self.range = Some(range);
        Ok(self.here.as_ref().map(|(number, _)| *number))
    }

    /// The first block from `from` on in which an asset ever had the value.
    fn seek_dated(&mut self, dated: &Dated, from: u32, direction: Direction) -> Result<Option<u32>> {
        let ahead = self.here.as_ref().map(|(here, _)| *here).filter(|here| is_there(*here, from, direction));
        if ahead.is_some() || self.is_at_end {
            return Ok(ahead);
        }
        let list = |number| facet_key(self.facet, self.value, number);
        let found = match direction {
            Direction::Ascending => dated.first(list(from), list(u32::MAX))?,
            Direction::Descending => dated.last(list(0), list(from))?,
        };
        let found = found.map(|list| trailing_ordinal(&list));
        self.here = found.map(|number| (number, Bits::Dated));
        self.is_at_end = found.is_none();
        Ok(found)
    }

    /// Adds the assets of block `number`, if [`Self::seek`] led there.
    fn add_to(&self, block: &mut Block, index: &FacetIndex, number: u32) -> Result<()> {
        match (&self.here, index) {
            (Some((here, Bits::Stored(bits))), _) if *here == number => block.add(bits.value()),
            (Some((here, Bits::Dated)), FacetIndex::Then(dated)) if *here == number => {
                block.unite(&dated.block(facet_key(self.facet, self.value, number))?);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn is_there(here: u32, from: u32, direction: Direction) -> bool {
    match direction {
        Direction::Ascending => here >= from,
        Direction::Descending => here <= from,
    }
}

fn step(
    range: &mut Range<'static, &'static [u8; 9], &'static [u8]>,
    direction: Direction,
) -> Result<Option<(u32, Bits)>> {
    let entry = match direction {
        Direction::Ascending => range.next(),
        Direction::Descending => range.next_back(),
    };
    let entry = entry.transpose().during(READING)?;
    Ok(entry.map(|(key, bits)| (trailing_ordinal(key.value()), Bits::Stored(bits))))
}

impl Union {
    /// The assets of one value.
    pub(crate) fn of(facet: Facet, value: u32) -> Self {
        Self { postings: vec![Postings::new(facet, value)], ordinals: Vec::new() }
    }

    /// The things of any of several values.
    pub(crate) fn of_lists(postings: Vec<Postings>) -> Self {
        Self { postings, ordinals: Vec::new() }
    }

    /// Whether every asset in it is there because it has a value.
    pub(crate) fn is_of_values(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// The first block from `from` on that is not empty.
    pub(super) fn seek(
        &mut self,
        index: &FacetIndex,
        from: u32,
        direction: Direction,
    ) -> Result<Option<u32>> {
        let mut best = match direction {
            Direction::Ascending => {
                let before = self.ordinals.partition_point(|ordinal| block_of(*ordinal) < from);
                self.ordinals.get(before)
            }
            Direction::Descending => {
                let behind = self.ordinals.partition_point(|ordinal| block_of(*ordinal) <= from);
                behind.checked_sub(1).and_then(|last| self.ordinals.get(last))
            }
        }
        .map(|ordinal| block_of(*ordinal));
        for postings in &mut self.postings {
            let found = postings.seek(index, from, direction)?;
            best = match (best, found, direction) {
                (Some(one), Some(other), Direction::Ascending) => Some(one.min(other)),
                (Some(one), Some(other), Direction::Descending) => Some(one.max(other)),
                (one, other, _) => one.or(other),
            };
        }
        Ok(best)
    }

    /// The block `number`, to which [`Self::seek`] led.
    pub(super) fn block(&self, index: &FacetIndex, number: u32) -> Result<Block> {
        let mut block = Block::EMPTY;
        for postings in &self.postings {
            postings.add_to(&mut block, index, number)?;
        }
        let first = self.ordinals.partition_point(|ordinal| block_of(*ordinal) < number);
        for ordinal in self.ordinals[first..].iter().take_while(|ordinal| block_of(**ordinal) == number) {
            block.insert(*ordinal);
        }
        Ok(block)
    }
}
