//! The versions of an asset as its events made them, oldest first: append-only. What corrections
//! set right in earlier versions is laid over them when they are read (see [`crate::kinds::asset::course`]).
//!
//! A row holds a *chapter*: up to [`CHAPTER`] versions, the first whole, each other as what differs
//! from the one before it. One row is read for an asset at a moment as a rule, and a version is a few
//! dozen bytes.

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, WriteTransaction};

use itam_domain::course::EffectiveReach;

use crate::primitive::delta;
use crate::primitive::varint;
use crate::register::heading::Heading;
use crate::register::moment::Moment;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::{Ordinal, version_key};
use crate::store::tables::VERSIONS_BY_ASSET;

/// The form of a chapter.
const FORM: u8 = 1;
/// The most versions of a chapter.
const CHAPTER: usize = 32;
/// Stands in the key for the position of an asset's last chapter. It is the one that grows and is asked
/// most, and so it is found without a search.
const LAST: u64 = u64::MAX;

const WRITING: &str = "writing the versions of assets";

/// A version: what made it, and its row without that, as `asset_row` writes them. Every version has
/// another stamp, so that it would be the greater part of what versions differ in.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) heading: Heading,
    /// When its event happened and was recorded (ms), by its own account.
    pub(crate) own: i64,
    pub(crate) recorded: i64,
    /// The number of its event within the asset's.
    pub(crate) number: u64,
    pub(crate) row: Vec<u8>,
}

type Chapters = ReadOnlyTable<&'static [u8; 12], &'static [u8]>;

/// The versions, as the file holds them.
pub(crate) struct Versions(Chapters);

/// The versions of a chapter, one by one.
struct ChapterParts<'a> {
    rest: &'a [u8],
    position: u64,
    effective: i64,
    number: u64,
}

/// The row to which differences lead, one after the other.
#[derive(Default)]
struct DecodedRow {
    row: Vec<u8>,
    before: Vec<u8>,
}

/// A version as a chapter has it.
#[derive(Clone, Copy)]
struct ChapterPart<'a> {
    heading: Heading,
    own: i64,
    recorded: i64,
    number: u64,
    /// The row of the first version, what differs from the one before of any other.
    difference: &'a [u8],
}

impl Versions {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self> {
        transaction.open_table(VERSIONS_BY_ASSET).map(Self).during(READING)
    }

    /// The version of an asset that stood at a moment, and whether one that was known by then says
    /// more about it.
    pub(crate) fn at(&self, ordinal: Ordinal, moment: Moment) -> Result<Option<(Version, bool)>> {
        let last = self.0.get(&version_key(ordinal, LAST)).during(READING)?;
        let Some(last) = last else { return Ok(None) };
        let (found, mut is_covered) = standing(last.value(), moment)?;
        if let Some(version) = found {
            return Ok(Some((version, is_covered)));
        }
        for row in self.full_chapters(ordinal, moment.known_at)?.rev() {
            let (_, row) = row.during(READING)?;
            let (found, speaks) = standing(row.value(), moment)?;
            is_covered |= speaks;
            if let Some(version) = found {
                return Ok(Some((version, is_covered)));
            }
        }
        Ok(None)
    }

    /// The versions of an asset between two positions, both included, oldest first.
    pub(crate) fn between(&self, ordinal: Ordinal, from: u64, to: u64) -> Result<Vec<Version>> {
        let mut found = Vec::new();
        self.each_chapter(ordinal, to, |row| {
            let (mut parts, mut course) = (ChapterParts::of(row)?, DecodedRow::default());
            while let Some(part) = parts.next()? {
                course.go_on(part.difference)?;
                if (from..=to).contains(&part.heading.position) {
                    found.push(part.version(course.row.clone()));
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The headings of all versions of an asset, oldest first.
    pub(crate) fn headings(&self, ordinal: Ordinal) -> Result<Vec<Heading>> {
        let mut found = Vec::new();
        self.each_chapter(ordinal, u64::MAX, |row| {
            let mut parts = ChapterParts::of(row)?;
            while let Some(part) = parts.next()? {
                found.push(part.heading);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// From when on the last version of an asset holds.
    pub(crate) fn latest(&self, ordinal: Ordinal) -> Result<Option<i64>> {
        let last = self.0.get(&version_key(ordinal, LAST)).during(READING)?;
        let Some(last) = last else { return Ok(None) };
        let (mut parts, mut latest) = (ChapterParts::of(last.value())?, None);
        while let Some(part) = parts.next()? {
            latest = Some(part.heading.effective);
        }
        Ok(latest)
    }

    /// Takes the chapters of an asset that begin by a position, oldest first.
    fn each_chapter(
        &self,
        ordinal: Ordinal,
        to: u64,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        for row in self.full_chapters(ordinal, to)? {
            let (_, row) = row.during(READING)?;
            take(row.value())?;
        }
        let last = self.0.get(&version_key(ordinal, LAST)).during(READING)?;
        last.map_or(Ok(()), |last| take(last.value()))
    }

    fn full_chapters(
        &self,
        ordinal: Ordinal,
        to: u64,
    ) -> Result<redb::Range<'static, &'static [u8; 12], &'static [u8]>> {
        let (low, high) = (version_key(ordinal, 0), version_key(ordinal, to.min(LAST - 1)));
        self.0.range::<&[u8; 12]>(&low..=&high).during(READING)
    }
}

/// The version in a chapter that stood at a moment, and whether one that was known by then says more
/// about what came before the chapter, or about the version.
fn standing(chapter: &[u8], moment: Moment) -> Result<(Option<Version>, bool)> {
    let as_of = moment.as_of_ms();
    let (mut parts, mut course) = (ChapterParts::of(chapter)?, DecodedRow::default());
    let (mut found, mut is_covered) = (None, false);
    while let Some(part) = parts.next()?.filter(|part| part.heading.position <= moment.known_at) {
        // No version holds from before the one before it: those that count are the first ones.
        if part.heading.effective <= as_of {
            course.go_on(part.difference)?;
            found = Some(part);
        } else {
            is_covered |= part.heading.reach != EffectiveReach::Own;
        }
    }
    Ok((found.map(|part| part.version(course.row)), is_covered))
}

/// Appends versions, oldest first, to those of each asset.
pub(crate) fn write(transaction: &WriteTransaction, mut fresh: Vec<(Ordinal, Vec<Version>)>) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    fresh.sort_unstable_by_key(|(ordinal, _)| *ordinal);
    let mut table = transaction.open_table(VERSIONS_BY_ASSET).during(WRITING)?;
    for (ordinal, versions) in fresh {
        let last = version_key(ordinal, LAST);
        let stored = table.get(&last).during(WRITING)?;
        let open = stored.map(|row| ChapterWriter::go_on(row.value())).transpose()?;
        let (full, open) = append(open, &versions);
        for chapter in full {
            let key = version_key(ordinal, chapter.first);
            table.insert(&key, chapter.bytes.as_slice()).during(WRITING)?;
        }
        table.insert(&last, open.bytes.as_slice()).during(WRITING)?;
    }
    Ok(())
}

/// The chapters that become full when versions are appended to the last of an asset, and the one that
/// is the last then.
fn append(open: Option<ChapterWriter>, versions: &[Version]) -> (Vec<ChapterWriter>, ChapterWriter) {
    let mut full = Vec::new();
    let mut open = open.unwrap_or_default();
    for version in versions {
        if open.count == CHAPTER {
            full.push(std::mem::take(&mut open));
        }
        open.append(version);
    }
    (full, open)
}

/// A chapter that is being written.
struct ChapterWriter {
    bytes: Vec<u8>,
    count: usize,
    /// The position of its first version.
    first: u64,
    /// What the last version says, from which the next differs.
    heading: Heading,
    number: u64,
    row: Vec<u8>,
}

impl Default for ChapterWriter {
    fn default() -> Self {
        let heading = Heading { position: 0, effective: 0, reach: EffectiveReach::Own };
        Self { bytes: vec![FORM], count: 0, first: 0, heading, number: 0, row: Vec::new() }
    }
}

impl ChapterWriter {
    fn go_on(bytes: &[u8]) -> Result<Self> {
        let (mut parts, mut course) = (ChapterParts::of(bytes)?, DecodedRow::default());
        let mut chapter = Self { bytes: bytes.to_vec(), ..Self::default() };
        while let Some(part) = parts.next()? {
            course.go_on(part.difference)?;
            chapter.pass(part.heading, part.number);
        }
        Ok(Self { row: course.row, ..chapter })
    }

    fn pass(&mut self, heading: Heading, number: u64) {
        if self.count == 0 {
            self.first = heading.position;
        }
        self.count += 1;
        (self.heading, self.number) = (heading, number);
    }

    fn append(&mut self, version: &Version) {
        let (heading, before, bytes) = (version.heading, self.heading, &mut self.bytes);
        varint::write(bytes, heading.position - before.position);
        varint::write_signed(bytes, heading.effective.wrapping_sub(before.effective));
        match heading.reach {
            EffectiveReach::Own => varint::write(bytes, 0),
            EffectiveReach::Always => varint::write(bytes, 1),
            EffectiveReach::Since(from) => {
                varint::write(bytes, 2);
                varint::write_signed(bytes, heading.effective.wrapping_sub(from));
            }
        }
        varint::write_signed(bytes, heading.effective.wrapping_sub(version.own));
        varint::write_signed(bytes, version.recorded.wrapping_sub(heading.effective));
        varint::write_signed(bytes, version.number.wrapping_sub(self.number).cast_signed());
        // From nothing everything differs, and is spelled out.
        let difference = delta::encode(&self.row, &version.row);
        varint::write(bytes, difference.len() as u64);
        bytes.extend_from_slice(&difference);
        self.pass(heading, version.number);
        self.row.clone_from(&version.row);
    }
}

impl<'a> ChapterParts<'a> {
    fn of(chapter: &'a [u8]) -> Result<Self> {
        match chapter.split_first() {
            Some((&FORM, rest)) => Ok(Self { rest, position: 0, effective: 0, number: 0 }),
            _ => Err(ReadModelError::Damaged("a chapter of unknown form".to_owned())),
        }
    }

    fn next(&mut self) -> Result<Option<ChapterPart<'a>>> {
        let rest = &mut self.rest;
        if rest.is_empty() {
            return Ok(None);
        }
        self.position = self.position.wrapping_add(varint::read(rest)?);
        self.effective = self.effective.wrapping_add(varint::read_signed(rest)?);
        let (position, effective) = (self.position, self.effective);
        let reach = match varint::read(rest)? {
            0 => EffectiveReach::Own,
            1 => EffectiveReach::Always,
            2 => EffectiveReach::Since(effective.wrapping_sub(varint::read_signed(rest)?)),
            other => return Err(ReadModelError::Damaged(format!("the reach {other}"))),
        };
        let own = effective.wrapping_sub(varint::read_signed(rest)?);
        let recorded = effective.wrapping_add(varint::read_signed(rest)?);
        self.number = self.number.wrapping_add_signed(varint::read_signed(rest)?);
        let length = varint::read_size(rest)?;
        let difference = varint::take(rest, length)?;
        let heading = Heading { position, effective, reach };
        Ok(Some(ChapterPart { heading, own, recorded, number: self.number, difference }))
    }
}

impl ChapterPart<'_> {
    fn version(self, row: Vec<u8>) -> Version {
        let Self { heading, own, recorded, number, .. } = self;
        Version { heading, own, recorded, number, row }
    }
}

impl DecodedRow {
    fn go_on(&mut self, difference: &[u8]) -> Result<()> {
        std::mem::swap(&mut self.row, &mut self.before);
        delta::decode(&self.before, difference, &mut self.row)
    }
}
