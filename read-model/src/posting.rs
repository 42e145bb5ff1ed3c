//! Posting lists and their intersection.
//!
//! A posting list gives the assets of one value in ascending order of their ordinals and can leap
//! to any of them, so an intersection costs what its shortest list costs.

use redb::{Range, ReadOnlyTable};

use crate::error::{ReadModelError, Result};
use crate::key::{Facet, Ordinal, facet_key, trailing_ordinal};
use crate::page::Direction;
use crate::snapshot::{Assets, READING};

/// Steps that a list takes one by one before it leaps.
const STRIDE: usize = 8;

/// The assets of one value of one facet.
pub(crate) struct Postings {
    facet: Facet,
    value: u32,
    range: Option<Range<'static, &'static [u8; 9], ()>>,
    here: Option<Ordinal>,
}

/// Assets in order of their ordinals, from several sources at once.
pub(crate) struct Union {
    pub(crate) postings: Vec<Postings>,
    /// Ascending.
    pub(crate) ordinals: Vec<Ordinal>,
}

/// The assets that are in all of several unions; all assets, if there is none.
pub(crate) struct Intersection<'a> {
    pub(crate) unions: Vec<Union>,
    pub(crate) index: ReadOnlyTable<&'static [u8; 9], ()>,
    pub(crate) assets: &'a Assets<'a>,
    pub(crate) direction: Direction,
    /// Leaps left; at none the walk stops where it is.
    pub(crate) budget: usize,
}

/// How far an intersection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An asset that is in all lists.
    Asset(Ordinal),
    /// None before this one; the budget is used up.
    Tired(Ordinal),
    /// No more.
    End,
}

impl Postings {
    pub(crate) fn new(facet: Facet, value: u32) -> Self {
        Self { facet, value, range: None, here: None }
    }

    /// The first asset from `from` on.
    fn seek(
        &mut self,
        index: &ReadOnlyTable<&'static [u8; 9], ()>,
        from: Ordinal,
        direction: Direction,
    ) -> Result<Option<Ordinal>> {
        let is_there = |here: Ordinal| match direction {
            Direction::Ascending => here >= from,
            Direction::Descending => here <= from,
        };
        if let Some(range) = &mut self.range {
            for _ in 0..STRIDE {
                match self.here {
                    None => return Ok(None),
                    Some(here) if is_there(here) => return Ok(Some(here)),
                    Some(_) => self.here = step(range, direction)?,
                }
            }
        }
        let (low, high) = match direction {
            Direction::Ascending => (from, Ordinal::MAX),
            Direction::Descending => (0, from),
        };
        let (low, high) = (facet_key(self.facet, self.value, low), facet_key(self.facet, self.value, high));
        let mut range = index.range::<&[u8; 9]>(&low..=&high).map_err(ReadModelError::store(READING))?;
        self.here = step(&mut range, direction)?;
        self.range = Some(range);
        Ok(self.here)
    }
}

fn step(range: &mut Range<'static, &'static [u8; 9], ()>, direction: Direction) -> Result<Option<Ordinal>> {
    let entry = match direction {
        Direction::Ascending => range.next(),
        Direction::Descending => range.next_back(),
    };
    let entry = entry.transpose().map_err(ReadModelError::store(READING))?;
    Ok(entry.map(|(key, _)| trailing_ordinal(key.value())))
}

impl Union {
    fn seek(
        &mut self,
        index: &ReadOnlyTable<&'static [u8; 9], ()>,
        from: Ordinal,
        direction: Direction,
    ) -> Result<Option<Ordinal>> {
        let mut best = match direction {
            Direction::Ascending => {
                self.ordinals.get(self.ordinals.partition_point(|ordinal| *ordinal < from)).copied()
            }
            Direction::Descending => {
                let behind = self.ordinals.partition_point(|ordinal| *ordinal <= from);
                behind.checked_sub(1).and_then(|last| self.ordinals.get(last)).copied()
            }
        };
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
}

impl Intersection<'_> {
    /// The first asset from `from` on that is in every list.
    pub(crate) fn seek(&mut self, from: Ordinal) -> Result<Found> {
        let mut candidate = from;
        loop {
            let Some(budget) = self.budget.checked_sub(1) else {
                return Ok(Found::Tired(candidate));
            };
            self.budget = budget;
            let mut meeting = candidate;
            if self.unions.is_empty() {
                let found = self.assets.seek(candidate, self.direction)?;
                return Ok(found.map_or(Found::End, Found::Asset));
            }
            for union in &mut self.unions {
                match union.seek(&self.index, meeting, self.direction)? {
                    Some(found) => meeting = found,
                    None => return Ok(Found::End),
                }
            }
            if meeting == candidate {
                return Ok(Found::Asset(candidate));
            }
            candidate = meeting;
        }
    }

    /// The ordinal behind one, in the direction of the walk; `None` at the end of numbers.
    pub(crate) fn behind(&self, ordinal: Ordinal) -> Option<Ordinal> {
        match self.direction {
            Direction::Ascending => ordinal.checked_add(1),
            Direction::Descending => ordinal.checked_sub(1),
        }
    }

    /// Where a walk begins that begins nowhere in particular.
    pub(crate) fn start(&self) -> Ordinal {
        match self.direction {
            Direction::Ascending => 0,
            Direction::Descending => Ordinal::MAX,
        }
    }
}
