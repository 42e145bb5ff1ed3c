//! The difference between two rows: what is alike is named by its length, the rest is spelled out.
//! An asset's versions are alike but for a stage, a place and a stamp.

use crate::primitive::varint;
use crate::store::error::{ReadModelError, Result};

/// How far ahead the next likeness is looked for.
const WINDOW: usize = 40;
/// How many bytes have to be equal to count as alike.
const ALIKE: usize = 4;
/// What stands in half a byte for a number that does not fit there and follows.
const FOLLOWS: usize = 15;

/// The difference from `base` to `row`: runs of bytes that are kept, each followed by how many are
/// dropped and which are put in their place.
pub(crate) fn encode(base: &[u8], row: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut here, mut there) = (0, 0);
    loop {
        let (old, new) = (&base[here..], &row[there..]);
        let kept = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let (old, new) = (&old[kept..], &new[kept..]);
        if old.is_empty() && new.is_empty() {
            return bytes;
        }
        let (dropped, put) = next_likeness(old, new).unwrap_or((old.len(), new.len()));
        varint::write(&mut bytes, kept as u64);
        write_halves(&mut bytes, dropped, put);
        bytes.extend_from_slice(&new[..put]);
        here += kept + dropped;
        there += kept + put;
    }
}

/// Makes `row` the one to which a difference leads.
pub(crate) fn decode(base: &[u8], mut delta: &[u8], row: &mut Vec<u8>) -> Result<()> {
    row.clear();
    row.reserve(base.len() + delta.len());
    let mut rest = base;
    while !delta.is_empty() {
        let kept = varint::read_size(&mut delta)?;
        row.extend_from_slice(varint::take(&mut rest, kept)?);
        let (dropped, put) = read_halves(&mut delta)?;
        varint::take(&mut rest, dropped)?;
        row.extend_from_slice(varint::take(&mut delta, put)?);
    }
    // What the difference does not speak of any more is alike.
    row.extend_from_slice(rest);
    Ok(())
}

/// How many bytes to pass over on either side so that both go on alike, as few as possible.
fn next_likeness(old: &[u8], new: &[u8]) -> Option<(usize, usize)> {
    for both in 1..=WINDOW {
        for dropped in 0..=both {
            let put = both - dropped;
            let (Some(old), Some(new)) = (old.get(dropped..), new.get(put..)) else { continue };
            if let (Some(old), Some(new)) = (old.get(..ALIKE), new.get(..ALIKE))
                && old == new
            {
                return Some((dropped, put));
            }
        }
    }
    None
}

fn write_halves(bytes: &mut Vec<u8>, dropped: usize, put: usize) {
    let half = |number: usize| u8::try_from(number.min(FOLLOWS)).unwrap_or(u8::MAX);
    bytes.push(half(dropped) << 4 | half(put));
    for number in [dropped, put].into_iter().filter(|number| *number >= FOLLOWS) {
        varint::write(bytes, (number - FOLLOWS) as u64);
    }
}

fn read_halves(delta: &mut &[u8]) -> Result<(usize, usize)> {
    let halves = varint::take(delta, 1)?.first().copied().map_or(0, usize::from);
    let mut whole = |half: usize| {
        if half < FOLLOWS {
            return Ok(half);
        }
        let long = || ReadModelError::Damaged("a difference that is too long".to_owned());
        varint::read_size(delta)?.checked_add(FOLLOWS).ok_or_else(long)
    };
    Ok((whole(halves >> 4)?, whole(halves & 0x0f)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(base: &[u8], row: &[u8]) -> usize {
        let delta = encode(base, row);
        let mut read = Vec::new();
        decode(base, &delta, &mut read).expect("reads back");
        assert_eq!(read, row);
        delta.len()
    }

    #[test]
    fn rows_that_are_alike_differ_by_little() {
        let base: Vec<u8> = (0..200).collect();
        let mut row = base.clone();
        row[50] = 0;
        row.splice(100..102, [7, 7, 7, 7, 7]);
        assert_eq!(there_and_back(&base, &base), 0);
        assert!(there_and_back(&base, &row) < 12);
        there_and_back(&base, &base[..120]);
        there_and_back(&base[..120], &base);
        there_and_back(&base, &[9; 100]);
    }

    #[test]
    fn what_is_no_difference_is_damage() {
        for delta in [&[9, 0][..], &[0, 0x10], &[0, 0x01], &[0, 0xf0, 0xff]] {
            assert!(
                matches!(decode(&[], delta, &mut Vec::new()), Err(ReadModelError::Damaged(_))),
                "{delta:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_row_reads_back_from_any_base(
            base in proptest::collection::vec(0_u8..4, 0..80),
            row in proptest::collection::vec(0_u8..4, 0..80),
        ) {
            there_and_back(&base, &row);
        }
    }
}
