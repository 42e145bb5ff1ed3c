//! Segments: the stored form of a part of a dated list, in columns. Whoever asks about a moment behind
//! all of it reads the places alone, and a mark at the end is added without reading those before it.

use super::Mark;
use crate::primitive::varint;
use crate::store::error::{ReadModelError, Result};

/// The form of a segment.
const FORM: u8 = 2;

/// A part of a list, taken apart.
pub(super) struct DatedSegment<'a> {
    /// The things that were in when it begins, as a stored block.
    pub(super) bits: &'a [u8],
    /// The last event before it.
    pub(super) rests_on: u64,
    span: MarkRange,
    effectives: &'a [u8],
    positions: &'a [u8],
    /// Every mark has an amount in a list of costs, and none has in any other.
    minors: &'a [u8],
    places: &'a [[u8; 2]],
}

/// What the marks of a segment reach over.
#[derive(Clone, Copy, Default)]
struct MarkRange {
    /// Effective time and position of the first mark.
    first: (i64, u64),
    /// The same of the last one.
    last: (i64, u64),
    /// The greatest position.
    latest: u64,
}

/// The marks of a segment, one by one.
pub(super) struct SegmentMarks<'a> {
    effectives: NumberColumn<'a>,
    positions: NumberColumn<'a>,
    minors: &'a [u8],
    places: std::slice::Iter<'a, [u8; 2]>,
}

/// Numbers, each as what it is more than the one before.
struct NumberColumn<'a> {
    rest: &'a [u8],
    number: i64,
}

/// The columns of a segment that is being written.
#[derive(Default)]
pub(super) struct NumberColumns {
    span: MarkRange,
    effectives: Vec<u8>,
    positions: Vec<u8>,
    minors: Vec<u8>,
    places: Vec<u8>,
}

impl<'a> DatedSegment<'a> {
    pub(super) fn read(row: &'a [u8]) -> Result<Self> {
        let Some((&FORM, mut rest)) = row.split_first() else {
            return Err(ReadModelError::Damaged("a segment of unknown form".to_owned()));
        };
        let bits = take_column(&mut rest)?;
        let rests_on = varint::read(&mut rest)?;
        let (lasts, spans) = (varint::read_signed(&mut rest)?, varint::read_signed(&mut rest)?);
        let ahead = varint::read(&mut rest)?;
        let (effectives, positions) = (take_column(&mut rest)?, take_column(&mut rest)?);
        let minors = take_column(&mut rest)?;
        let (places, odd) = rest.as_chunks();
        if places.is_empty() || !odd.is_empty() {
            return Err(ReadModelError::Damaged("a segment without places".to_owned()));
        }
        let first =
            (NumberColumn::of(effectives).next()?, NumberColumn::of(positions).next()?.cast_unsigned());
        let last = (first.0.wrapping_add(lasts), first.1.wrapping_add_signed(spans));
        let span = MarkRange { first, last, latest: last.1.wrapping_add(ahead) };
        Ok(Self { bits, rests_on, span, effectives, positions, minors, places })
    }

    /// Effective time and position of its last mark.
    pub(super) fn last(&self) -> (i64, u64) {
        self.span.last
    }

    pub(super) fn marks(&self) -> SegmentMarks<'a> {
        SegmentMarks {
            effectives: NumberColumn::of(self.effectives),
            positions: NumberColumn::of(self.positions),
            minors: self.minors,
            places: self.places.iter(),
        }
    }

    /// Gives the place of every mark that counts at a moment, and reads no more than that takes.
    pub(super) fn each_place(&self, as_of: i64, known_at: u64, mut take: impl FnMut(u16)) -> Result<()> {
        let is_known = self.span.latest <= known_at;
        if is_known && self.span.last.0 <= as_of {
            for place in self.places {
                take(u16::from_le_bytes(*place));
            }
            return Ok(());
        }
        let (mut effectives, mut positions) =
            (NumberColumn::of(self.effectives), NumberColumn::of(self.positions));
        for place in self.places {
            if effectives.next()? > as_of {
                break;
            }
            if is_known || positions.next()?.cast_unsigned() <= known_at {
                take(u16::from_le_bytes(*place));
            }
        }
        Ok(())
    }
}

impl SegmentMarks<'_> {
    pub(super) fn next(&mut self) -> Result<Option<Mark>> {
        let Some(place) = self.places.next() else { return Ok(None) };
        let (effective, position) = (self.effectives.next()?, self.positions.next()?.cast_unsigned());
        let minor = if self.minors.is_empty() { 0 } else { varint::read_signed(&mut self.minors)? };
        Ok(Some(Mark { effective, position, place: u16::from_le_bytes(*place), minor }))
    }
}

impl<'a> NumberColumn<'a> {
    fn of(column: &'a [u8]) -> Self {
        Self { rest: column, number: 0 }
    }

    fn next(&mut self) -> Result<i64> {
        self.number = self.number.wrapping_add(varint::read_signed(&mut self.rest)?);
        Ok(self.number)
    }
}

fn take_column<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = varint::read_size(rest)?;
    varint::take(rest, length)
}

impl NumberColumns {
    /// Those of a segment, to which marks are to be added.
    pub(super) fn of(segment: &DatedSegment<'_>) -> Self {
        Self {
            span: segment.span,
            effectives: segment.effectives.to_vec(),
            positions: segment.positions.to_vec(),
            minors: segment.minors.to_vec(),
            places: segment.places.as_flattened().to_vec(),
        }
    }

    /// Adds a mark, which follows the others.
    pub(super) fn push(&mut self, mark: &Mark) {
        let (effective, position) = self.span.last;
        varint::write_signed(&mut self.effectives, mark.effective.wrapping_sub(effective));
        varint::write_signed(&mut self.positions, mark.position.wrapping_sub(position).cast_signed());
        if mark.minor != 0 {
            varint::write_signed(&mut self.minors, mark.minor);
        }
        self.span.last = (mark.effective, mark.position);
        if self.places.is_empty() {
            self.span.first = self.span.last;
        }
        self.span.latest = self.span.latest.max(mark.position);
        self.places.extend_from_slice(&mark.place.to_le_bytes());
    }

    /// The stored form.
    pub(super) fn row(&self, bits: &[u8], rests_on: u64) -> Vec<u8> {
        let MarkRange { first, last, latest } = self.span;
        let columns = [&self.effectives, &self.positions, &self.minors];
        let length: usize = columns.iter().map(|column| column.len()).sum();
        let mut row = Vec::with_capacity(bits.len() + length + self.places.len() + 32);
        row.push(FORM);
        write_column(&mut row, bits);
        varint::write(&mut row, rests_on);
        varint::write_signed(&mut row, last.0.wrapping_sub(first.0));
        varint::write_signed(&mut row, last.1.wrapping_sub(first.1).cast_signed());
        varint::write(&mut row, latest.wrapping_sub(last.1));
        for column in columns {
            write_column(&mut row, column);
        }
        row.extend_from_slice(&self.places);
        row
    }
}

fn write_column(row: &mut Vec<u8>, column: &[u8]) {
    varint::write(row, column.len() as u64);
    row.extend_from_slice(column);
}
