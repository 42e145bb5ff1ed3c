//! The intersection of posting lists: it leaps from block to block that all lists have, and compares those bit
//! by bit.

use crate::primitive::Ordinal;
use crate::primitive::block::{Block, block_of, entrance};
use crate::primitive::page::{Cursor, Direction};
use crate::primitive::posting::{FacetIndex, Union};
use crate::store::error::Result;

/// The things that lists are about, in the order of their ordinals.
pub(crate) trait Things {
    /// The first ordinal with a row from `from` on, in the direction given.
    fn seek(&self, from: Ordinal, direction: Direction) -> Result<Option<Ordinal>>;
}

/// Things that are never walked through without a list.
pub(crate) struct Unbounded;

impl Things for Unbounded {
    fn seek(&self, from: Ordinal, _: Direction) -> Result<Option<Ordinal>> {
        Ok(Some(from))
    }
}

/// The assets that are in all of several unions; all assets, if there is none.
pub(crate) struct Intersection<'a> {
    unions: Vec<Union>,
    index: FacetIndex,
    things: &'a dyn Things,
    direction: Direction,
    /// Assets and stored blocks that may still be looked at; at none the walk stops where it is.
    budget: usize,
    /// The block that the walk is in.
    here: Option<(u32, Box<Block>)>,
}

/// How far an intersection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextMatch {
    /// An asset that is in all lists.
    Asset(Ordinal),
    /// None before this one; the budget is used up.
    Exhausted(Ordinal),
    /// No more.
    End,
}

/// Where posting lists meet.
enum NextBlock {
    /// In this block, with what they have in common there; that may be nothing.
    Block(u32, Box<Block>),
    /// Not before this block; the budget is used up.
    Exhausted(u32),
    /// Nowhere.
    End,
}

/// The assets of an intersection, all at once.
pub(crate) struct Matches {
    /// Ascending by number.
    blocks: Vec<(u32, Block)>,
}

impl<'a> Intersection<'a> {
    /// The assets that are in all `unions`, looking at about `budget` assets and blocks.
    pub(crate) fn new(
        unions: Vec<Union>,
        index: FacetIndex,
        things: &'a dyn Things,
        direction: Direction,
        budget: usize,
    ) -> Self {
        Self { unions, index, things, direction, budget, here: None }
    }

    /// The first asset from `from` on that is in every list.
    fn seek(&mut self, from: Ordinal) -> Result<NextMatch> {
        if self.unions.is_empty() {
            if !self.spend(1) {
                return Ok(NextMatch::Exhausted(from));
            }
            return Ok(self.things.seek(from, self.direction)?.map_or(NextMatch::End, NextMatch::Asset));
        }
        let mut from = from;
        loop {
            let met = match self.here.take() {
                Some((here, block)) if here == block_of(from) => NextBlock::Block(here, block),
                _ => self.meet(block_of(from))?,
            };
            let number = match &met {
                NextBlock::End => return Ok(NextMatch::End),
                NextBlock::Block(number, _) | NextBlock::Exhausted(number) => *number,
            };
            if number != block_of(from) {
                from = entrance(number, self.direction);
            }
            let NextBlock::Block(_, block) = met else {
                return Ok(NextMatch::Exhausted(from));
            };
            let found = block.first(number, from, self.direction);
            self.here = Some((number, block));
            if let Some(found) = found {
                let is_paid = self.spend(1);
                return Ok(if is_paid { NextMatch::Asset(found) } else { NextMatch::Exhausted(found) });
            }
            let Some(next) = self.beyond(number) else {
                return Ok(NextMatch::End);
            };
            from = next;
        }
    }

    /// Whether something is filtered at all.
    pub(crate) fn is_bounded(&self) -> bool {
        !self.unions.is_empty()
    }

    /// All of it at once; `None` if the budget does not suffice.
    pub(crate) fn all(mut self) -> Result<Option<Matches>> {
        let mut blocks = Vec::new();
        let mut next = Some(self.start());
        while let Some(from) = next {
            let (number, block) = match self.meet(block_of(from))? {
                NextBlock::End => break,
                NextBlock::Exhausted(_) => return Ok(None),
                NextBlock::Block(number, block) => (number, block),
            };
            next = self.beyond(number);
            blocks.push((number, *block));
        }
        Ok(Some(Matches { blocks }))
    }

    /// The first block from `number` on that every list has, with what they have in common there.
    fn meet(&mut self, number: u32) -> Result<NextBlock> {
        let cost: usize = self.unions.iter().map(|union| union.postings.len() + 1).sum();
        let mut candidate = number;
        loop {
            if !self.spend(cost) {
                return Ok(NextBlock::Exhausted(candidate));
            }
            let mut meeting = candidate;
            for union in &mut self.unions {
                match union.seek(&self.index, meeting, self.direction)? {
                    Some(found) => meeting = found,
                    None => return Ok(NextBlock::End),
                }
            }
            if meeting == candidate {
                break;
            }
            candidate = meeting;
        }
        let mut common = Block::FULL;
        for union in &self.unions {
            if common.is_empty() {
                break;
            }
            common.intersect(&union.block(&self.index, candidate)?);
        }
        Ok(NextBlock::Block(candidate, Box::new(common)))
    }

    fn spend(&mut self, cost: usize) -> bool {
        let is_enough = self.budget >= cost;
        self.budget = self.budget.saturating_sub(cost);
        is_enough
    }

    /// The first asset behind a block, in the direction of the walk.
    fn beyond(&self, number: u32) -> Option<Ordinal> {
        match self.direction {
            Direction::Ascending => number.checked_add(1).filter(|next| *next <= block_of(Ordinal::MAX)),
            Direction::Descending => number.checked_sub(1),
        }
        .map(|next| entrance(next, self.direction))
    }

    /// Takes the things behind `after`, or all of them, one by one, until `take` says that these are enough;
    /// gives the cursor, of the list `code`, of what may lie behind.
    pub(crate) fn walk(
        &mut self,
        code: [u8; 2],
        after: Option<Ordinal>,
        mut take: impl FnMut(Ordinal) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let mut next = after.map_or(Some(self.start()), |after| self.behind(after));
        while let Some(from) = next {
            let (last, is_end_of_page) = match self.seek(from)? {
                NextMatch::End => return Ok(None),
                NextMatch::Asset(ordinal) => (ordinal, take(ordinal)?),
                // Nothing before it: the next page may begin at it.
                NextMatch::Exhausted(ordinal) => (self.before(ordinal), true),
            };
            next = self.behind(last);
            if is_end_of_page && next.is_some() {
                return Ok(Some(Cursor::new(code, &last.to_be_bytes())));
            }
        }
        Ok(None)
    }

    /// The ordinal before one, in the direction of the walk; itself at the beginning of numbers.
    fn before(&self, ordinal: Ordinal) -> Ordinal {
        match self.direction {
            Direction::Ascending => ordinal.saturating_sub(1),
            Direction::Descending => ordinal.saturating_add(1),
        }
    }

    /// The ordinal behind one, in the direction of the walk; `None` at the end of numbers.
    fn behind(&self, ordinal: Ordinal) -> Option<Ordinal> {
        match self.direction {
            Direction::Ascending => ordinal.checked_add(1),
            Direction::Descending => ordinal.checked_sub(1),
        }
    }

    /// Where a walk begins that begins nowhere in particular.
    fn start(&self) -> Ordinal {
        match self.direction {
            Direction::Ascending => 0,
            Direction::Descending => Ordinal::MAX,
        }
    }
}

impl Matches {
    pub(crate) fn count(&self) -> usize {
        self.blocks.iter().map(|(_, block)| block.count()).sum()
    }

    pub(crate) fn contains(&self, ordinal: Ordinal) -> bool {
        let found = self.blocks.binary_search_by_key(&block_of(ordinal), |(number, _)| *number);
        found.is_ok_and(|index| self.blocks[index].1.contains(ordinal))
    }

    /// Every block that all lists have, ascending.
    pub(crate) fn blocks(&self) -> &[(u32, Block)] {
        &self.blocks
    }

    /// Ascending.
    pub(crate) fn ordinals(&self) -> Vec<Ordinal> {
        let mut found = Vec::with_capacity(self.count());
        for (number, block) in &self.blocks {
            let mut next = Some(entrance(*number, Direction::Ascending));
            while let Some(ordinal) = next.and_then(|from| block.first(*number, from, Direction::Ascending)) {
                found.push(ordinal);
                next = ordinal.checked_add(1).filter(|next| block_of(*next) == *number);
            }
        }
        found
    }
}
