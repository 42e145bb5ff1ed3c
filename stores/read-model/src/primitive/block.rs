//! Blocks: the assets of one value among 4,096 neighbors, as bits. What the lists of several
//! values have in common is found 64 assets at a time.

use crate::primitive::Ordinal;
use crate::primitive::page::Direction;
use crate::store::error::{ReadModelError, Result};

/// The number of assets in a block.
pub(crate) const BLOCK_SIZE: Ordinal = 4_096;

const WORDS: u32 = 64;
/// The length of a block that is stored as bits. A shorter one is a list of places.
const BITMAP_BYTES: usize = 512;

/// A set of places within a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block([u64; WORDS as usize]);

/// The block of an asset.
pub(crate) fn block_of(ordinal: Ordinal) -> u32 {
    ordinal / BLOCK_SIZE
}

/// The first asset of a block in a direction.
pub(crate) fn entrance(number: u32, direction: Direction) -> Ordinal {
    let lowest = number * BLOCK_SIZE;
    match direction {
        Direction::Ascending => lowest,
        Direction::Descending => lowest + (BLOCK_SIZE - 1),
    }
}

/// The word and the bit of an asset.
fn place(ordinal: Ordinal) -> (u32, u32) {
    let place = ordinal % BLOCK_SIZE;
    (place / 64, place % 64)
}

impl Block {
    pub(crate) const EMPTY: Self = Self([0; WORDS as usize]);
    pub(crate) const FULL: Self = Self([u64::MAX; WORDS as usize]);

    pub(crate) fn insert(&mut self, ordinal: Ordinal) {
        let (word, bit) = place(ordinal);
        self.0[word as usize] |= 1 << bit;
    }

    pub(crate) fn remove(&mut self, ordinal: Ordinal) {
        let (word, bit) = place(ordinal);
        self.0[word as usize] &= !(1 << bit);
    }

    /// Puts an asset in if it is not in, else takes it out.
    pub(crate) fn toggle(&mut self, ordinal: Ordinal) {
        let (word, bit) = place(ordinal);
        self.0[word as usize] ^= 1 << bit;
    }

    pub(crate) fn contains(&self, ordinal: Ordinal) -> bool {
        let (word, bit) = place(ordinal);
        self.0[word as usize] & (1 << bit) != 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::EMPTY
    }

    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Leaves what is in `other`, too.
    pub(crate) fn intersect(&mut self, other: &Self) {
        for (word, others) in self.0.iter_mut().zip(&other.0) {
            *word &= others;
        }
    }

    /// Adds what is in `other`.
    pub(crate) fn unite(&mut self, other: &Self) {
        for (word, others) in self.0.iter_mut().zip(&other.0) {
            *word |= others;
        }
    }

    /// Takes out what is in `other`.
    pub(crate) fn subtract(&mut self, other: &Self) {
        for (word, others) in self.0.iter_mut().zip(&other.0) {
            *word &= !others;
        }
    }

    /// Toggles what is in `other`.
    pub(crate) fn toggle_all(&mut self, other: &Self) {
        for (word, others) in self.0.iter_mut().zip(&other.0) {
            *word ^= others;
        }
    }

    /// The places that are in, ascending.
    pub(crate) fn places(&self) -> impl Iterator<Item = u16> + '_ {
        (0_u16..).zip(&self.0).flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = u16::try_from(rest.checked_ilog2().map(|_| rest.trailing_zeros())?).ok()?;
                rest &= rest - 1;
                Some(index * 64 + bit)
            })
        })
    }

    /// The first asset of block `number` from `from` on, which is one of its assets.
    pub(crate) fn first(&self, number: u32, from: Ordinal, direction: Direction) -> Option<Ordinal> {
        let (start, bit) = place(from);
        let found = match direction {
            Direction::Ascending => {
                let rest = std::iter::once((start, self.0[start as usize] & (u64::MAX << bit)));
                let mut words = rest.chain((start + 1..WORDS).map(|word| (word, self.0[word as usize])));
                words.find(|(_, bits)| *bits != 0).map(|(word, bits)| (word, bits.trailing_zeros()))
            }
            Direction::Descending => {
                let rest = std::iter::once((start, self.0[start as usize] & (u64::MAX >> (63 - bit))));
                let mut words = rest.chain((0..start).rev().map(|word| (word, self.0[word as usize])));
                words.find_map(|(word, bits)| Some((word, bits.checked_ilog2()?)))
            }
        };
        found.map(|(word, bit)| number * BLOCK_SIZE + word * 64 + bit)
    }

    /// The stored form, one for each set: the places, or the bits where those are shorter.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let count = self.count();
        if count * 2 >= BITMAP_BYTES {
            return self.0.iter().flat_map(|word| word.to_le_bytes()).collect();
        }
        let mut bytes = Vec::with_capacity(count * 2);
        for (index, word) in (0_u16..).zip(&self.0).filter(|(_, word)| **word != 0) {
            for bit in (0..64).filter(|bit| word >> bit & 1 == 1) {
                bytes.extend_from_slice(&(index * 64 + bit).to_le_bytes());
            }
        }
        bytes
    }

    /// Adds what a stored form holds.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() == BITMAP_BYTES {
            for (word, bytes) in self.0.iter_mut().zip(bytes.as_chunks().0) {
                *word |= u64::from_le_bytes(*bytes);
            }
            return Ok(());
        }
        let damaged = || ReadModelError::Damaged(format!("a block of {} bytes", bytes.len()));
        let (places, rest) = bytes.as_chunks();
        if !rest.is_empty() || bytes.len() > BITMAP_BYTES {
            return Err(damaged());
        }
        for bytes in places {
            let place = Ordinal::from(u16::from_le_bytes(*bytes));
            if place >= BLOCK_SIZE {
                return Err(damaged());
            }
            self.insert(place);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(places: impl IntoIterator<Item = Ordinal>) -> Block {
        let mut block = Block::EMPTY;
        for place in places {
            block.insert(place);
        }
        block
    }

    #[test]
    fn a_block_reads_back_from_its_shorter_form() {
        for (count, bytes) in [(0, 0), (1, 2), (255, 510), (256, 512), (4_096, 512)] {
            let written = block((0..count).map(|place| place * (4_096 / count.max(1))));
            let stored = written.encode();
            assert_eq!((written.count(), stored.len()), (count as usize, bytes));
            let mut read = Block::EMPTY;
            read.add(&stored).expect("reads back");
            assert_eq!(read, written);
        }
    }

    #[test]
    fn what_is_no_block_is_damage() {
        for bytes in [&[1_u8][..], &[0; 514], &[0xff, 0xff]] {
            let mut block = Block::EMPTY;
            assert!(matches!(block.add(bytes), Err(ReadModelError::Damaged(_))), "{bytes:?}");
        }
    }

    #[test]
    fn assets_are_met_in_both_directions_across_words() {
        let some = block([0, 63, 64, 700, 4_095]);
        let walk = |direction: Direction| {
            let mut met = Vec::new();
            let mut from = Some(entrance(2, direction));
            while let Some(found) = from.and_then(|from| some.first(2, from, direction)) {
                met.push(found - 2 * BLOCK_SIZE);
                let next = match direction {
                    Direction::Ascending => found + 1,
                    Direction::Descending => found - 1,
                };
                from = (block_of(next) == 2).then_some(next);
            }
            met
        };
        assert_eq!(walk(Direction::Ascending), [0, 63, 64, 700, 4_095]);
        assert_eq!(walk(Direction::Descending), [4_095, 700, 64, 63, 0]);
        assert!(some.contains(700) && !some.contains(701));
    }

    #[test]
    fn what_goes_is_gone_and_what_is_shared_stays() {
        let mut some = block([1, 2, 3]);
        some.remove(2);
        some.intersect(&block([2, 3, 4]));
        assert_eq!(some, block([3]));
    }
}
