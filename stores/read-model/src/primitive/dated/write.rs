//! Writing dated lists: only ever adding marks.

use redb::{ReadableTable, WriteTransaction};

use super::segment::{DatedSegment, NumberColumns};
use super::{List, Mark, segment_key};
use crate::primitive::block::Block;
use crate::store::error::{During, Result};
use crate::store::tables::DATED_BY_FACET;

/// One position in so many begins a segment.
const CUT: u64 = 256;

const WRITING: &str = "writing dated lists";

impl Mark {
    fn begins_segment(&self) -> bool {
        // Neighboring positions must not fall into the same class (the finish of SplitMix64).
        let mixed = (self.position ^ (self.position >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).is_multiple_of(CUT)
    }

    fn key(&self, list: List) -> Vec<u8> {
        segment_key(list, self.effective, self.position)
    }
}

/// What a list has come to where a segment begins.
struct SegmentStart {
    block: Block,
    rests_on: u64,
}

impl SegmentStart {
    /// Makes the segment of some marks.
    fn segment(&self, marks: &[Mark]) -> Vec<u8> {
        let mut columns = NumberColumns::default();
        for mark in marks {
            columns.push(mark);
        }
        columns.row(&self.block.encode(), self.rests_on)
    }

    fn pass(&mut self, marks: &[Mark]) {
        for mark in marks {
            // A list of costs says nothing of who is in it.
            if mark.minor == 0 {
                self.block.toggle(mark.place.into());
            }
            self.rests_on = self.rests_on.max(mark.position);
        }
    }
}

/// Adds marks to their lists. Those that follow all others go to the end of the last segment; else a
/// list is read from the segment of the first mark on, and written again from there.
pub(crate) fn write(transaction: &WriteTransaction, mut fresh: Vec<(List, Mark)>) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    fresh.sort_unstable();
    let mut table = transaction.open_table(DATED_BY_FACET).during(WRITING)?;
    for fresh in fresh.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((list, first)) = fresh.first() else { continue };
        if let Some((key, row)) = at_end(&table, *list, fresh)? {
            table.insert(key.as_slice(), row.as_slice()).during(WRITING)?;
            continue;
        }
        let (start, mut standing, mut marks) = read_from(&table, *list, first)?;
        let is_at_end = marks.last() < Some(first);
        marks.extend(fresh.iter().map(|(_, mark)| *mark));
        if !is_at_end {
            marks.sort_unstable();
        }
        let mut start = Some(start);
        for part in marks.chunk_by(|one, other| !is_cut(one, other)) {
            let key = start.take().or_else(|| part.first().map(|mark| mark.key(*list))).unwrap_or_default();
            let row = standing.segment(part);
            table.insert(key.as_slice(), row.as_slice()).during(WRITING)?;
            standing.pass(part);
        }
    }
    Ok(())
}

/// Whether a segment ends between two neighboring marks. What one event says is never cut.
fn is_cut(one: &Mark, other: &Mark) -> bool {
    (one.effective, one.position) != (other.effective, other.position) && other.begins_segment()
}

/// The last segment of a list with marks added, if they follow all that it holds and begin no segments
/// of their own: nearly all that comes in live does.
fn at_end(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    list: List,
    fresh: &[(List, Mark)],
) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    if fresh.iter().any(|(_, mark)| mark.begins_segment()) {
        return Ok(None);
    }
    let end = segment_key(list, i64::MAX, u64::MAX);
    let mut rows = table.range::<&[u8]>(&list[..]..=&end[..]).during(WRITING)?;
    let newest = rows.next_back().transpose().during(WRITING)?;
    let Some((key, row)) = newest else {
        let standing = SegmentStart { block: Block::EMPTY, rests_on: 0 };
        let marks: Vec<Mark> = fresh.iter().map(|(_, mark)| *mark).collect();
        return Ok(Some((list.to_vec(), standing.segment(&marks))));
    };
    let segment = DatedSegment::read(row.value())?;
    if fresh.first().is_some_and(|(_, mark)| (mark.effective, mark.position) <= segment.last()) {
        return Ok(None);
    }
    let mut columns = NumberColumns::of(&segment);
    for (_, mark) in fresh {
        columns.push(mark);
    }
    Ok(Some((key.value().to_vec(), columns.row(segment.bits, segment.rests_on))))
}

/// The segment that a mark belongs to: its key, how things stand where it begins, and all marks from
/// there on.
fn read_from(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    list: List,
    first: &Mark,
) -> Result<(Vec<u8>, SegmentStart, Vec<Mark>)> {
    let mut start = list.to_vec();
    let mut standing = SegmentStart { block: Block::EMPTY, rests_on: 0 };
    let mut marks = Vec::new();
    let (low, high) = (&list[..], first.key(list));
    let mut before = table.range::<&[u8]>(low..=&high[..]).during(WRITING)?;
    if let Some((key, _)) = before.next_back().transpose().during(WRITING)? {
        start = key.value().to_vec();
    }
    let end = segment_key(list, i64::MAX, u64::MAX);
    let rows = table.range::<&[u8]>(&start[..]..=&end[..]).during(WRITING)?;
    for (index, entry) in rows.enumerate() {
        let (_, row) = entry.during(WRITING)?;
        let segment = DatedSegment::read(row.value())?;
        if index == 0 {
            standing.block.add(segment.bits)?;
            standing.rests_on = segment.rests_on;
        }
        let mut read = segment.marks();
        while let Some(mark) = read.next()? {
            marks.push(mark);
        }
    }
    Ok((start, standing, marks))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use redb::{Database, ReadableDatabase};

    use super::*;
    use crate::primitive::dated::Dated;
    use crate::register::moment::Moment;
    use crate::store::key::{Facet, facet_key};

    /// A small generator of numbers (`SplitMix64`).
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % sides
        }
    }

    const LIST: Facet = Facet::State;

    fn moment(as_of: i64, known_at: u64) -> Moment {
        Moment { as_of: DateTime::from_timestamp_millis(as_of).expect("instant"), known_at }
    }

    /// Some thousand events, one in five of which tells of something long past.
    fn random_marks(dice: &mut Dice) -> Vec<(List, Mark)> {
        (1..=5_000)
            .map(|position: u64| {
                let late = if dice.roll(5) == 0 { dice.roll(4_000) } else { dice.roll(3) };
                let effective =
                    i64::try_from(position * 10).expect("small") - i64::try_from(late * 10).expect("small");
                let place = u16::try_from(dice.roll(4_096)).expect("small");
                let list = facet_key(LIST, u32::try_from(dice.roll(2)).expect("small"), 7);
                (list, Mark { effective, position, place, minor: 0 })
            })
            .collect()
    }

    fn file(batches: &[&[(List, Mark)]]) -> (tempfile::TempDir, Database) {
        let dir = tempfile::tempdir().expect("temp dir");
        let database = Database::create(dir.path().join("dated.redb")).expect("create");
        for batch in batches {
            let mut transaction = database.begin_write().expect("begin");
            transaction.set_durability(redb::Durability::None).expect("durability");
            write(&transaction, batch.to_vec()).expect("write");
            transaction.commit().expect("commit");
        }
        (dir, database)
    }

    fn rows(database: &Database) -> Vec<(Vec<u8>, Vec<u8>)> {
        let transaction = database.begin_read().expect("begin");
        let table = transaction.open_table(DATED_BY_FACET).expect("open");
        let rows = table.iter().expect("rows").map(|entry| {
            let (key, row) = entry.expect("row");
            (key.value().to_vec(), row.value().to_vec())
        });
        rows.collect()
    }

    #[test]
    fn however_marks_come_in_the_same_segments_answer_every_moment() {
        let mut dice = Dice(1);
        let marks = random_marks(&mut dice);
        let batches: Vec<_> = marks.chunks(37).collect();
        let (_one, at_once) = file(&[&marks]);
        let (_other, by_and_by) = file(&batches);
        assert_eq!(rows(&at_once), rows(&by_and_by));
        assert!(rows(&at_once).len() > 10, "they are cut");
        let transaction = by_and_by.begin_read().expect("begin");
        for _ in 0..200 {
            let known_at = if dice.roll(3) == 0 { u64::MAX } else { dice.roll(5_100) };
            let as_of = i64::try_from(dice.roll(51_000)).expect("small");
            let dated = Dated::open(&transaction, moment(as_of, known_at)).expect("open");
            for value in 0..2 {
                let list = facet_key(LIST, value, 7);
                let mut wanted = Block::EMPTY;
                for (_, mark) in marks.iter().filter(|(other, _)| *other == list) {
                    if mark.effective <= as_of && mark.position <= known_at {
                        wanted.toggle(mark.place.into());
                    }
                }
                assert_eq!(dated.block(list).expect("read"), wanted);
            }
        }
    }

    #[test]
    fn amounts_add_up() {
        let list = facet_key(Facet::Cost, 5, 7);
        let amount = |position, place, minor| (list, Mark { effective: 10, position, place, minor });
        let (_dir, database) = file(&[&[amount(1, 3, 500), amount(1, 3, i64::MAX)], &[amount(2, 3, -500)]]);
        let transaction = database.begin_read().expect("begin");
        let sum = |as_of, known_at| {
            let dated = Dated::open(&transaction, moment(as_of, known_at)).expect("open");
            let mut sum = 0_i128;
            dated.each(list, |mark| sum += i128::from(mark.minor)).expect("read");
            sum
        };
        assert_eq!(
            (sum(9, 9), sum(10, 1), sum(10, 2)),
            (0, i128::from(i64::MAX) + 500, i128::from(i64::MAX))
        );
    }

    #[test]
    fn lists_are_met_in_both_directions_and_their_neighbors_are_not() {
        let list = |value, block| facet_key(LIST, value, block);
        let mark = Mark { effective: -1, position: 1, place: 0, minor: 0 };
        let all: Vec<_> =
            [(1, 9), (2, 3), (2, 6), (3, 0)].map(|(value, block)| (list(value, block), mark)).into();
        let (_dir, database) = file(&[&all]);
        let transaction = database.begin_read().expect("begin");
        let dated = Dated::open(&transaction, moment(0, 0)).expect("open");
        assert_eq!(dated.first(list(2, 0), list(2, u32::MAX)).expect("read"), Some(list(2, 3)));
        assert_eq!(dated.first(list(2, 4), list(2, u32::MAX)).expect("read"), Some(list(2, 6)));
        assert_eq!(dated.first(list(2, 7), list(2, u32::MAX)).expect("read"), None);
        assert_eq!(dated.last(list(2, 0), list(2, u32::MAX)).expect("read"), Some(list(2, 6)));
        assert_eq!(dated.last(list(2, 0), list(2, 2)).expect("read"), None);
    }
}
