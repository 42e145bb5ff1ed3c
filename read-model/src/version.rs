//! The versions of an asset as its events made them, oldest first: append-only. What corrections
//! set right in earlier versions is laid over them when they are read (see [`crate::course`]).
//!
//! A row holds a *chapter*: up to [`CHAPTER`] versions, the first whole, each other as what differs
//! from the one before it. One row is read for an asset at a moment as a rule, and a version is a few
//! dozen bytes.

use redb::{AccessGuard, ReadOnlyTable, ReadTransaction, ReadableTable, WriteTransaction};

use crate::delta;
use crate::error::{ReadModelError, Result};
use crate::key::{Ordinal, number_at, version_key};
use crate::moment::Moment;
use crate::snapshot::READING;
use crate::tables::VERSIONS_BY_ASSET;
use crate::varint;

/// The form of a chapter.
const FORM: u8 = 1;
/// The most versions of a chapter.
const CHAPTER: usize = 32;

const WRITING: &str = "writing the versions of assets";

/// How far back an event says how things were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// From its own time on.
    Own,
    /// From this instant on (ms), before the last thing that happened to the asset: a correction
    /// that names its time.
    Since(i64),
    /// As long as what it corrects stood: a correction that names no time.
    Always,
}

/// What stands before a version's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) position: u64,
    /// From when on it holds (ms): never before the version before it.
    pub(crate) effective: i64,
    pub(crate) reach: Reach,
}

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

/// A chapter, taken apart.
struct Chapter<'a> {
    parts: Vec<Part<'a>>,
}

/// A version as a chapter has it.
#[derive(Clone, Copy)]
struct Part<'a> {
    heading: Heading,
    own: i64,
    recorded: i64,
    number: u64,
    /// The row of the first version, what differs from the one before of any other.
    difference: &'a [u8],
}

impl Versions {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self> {
        transaction.open_table(VERSIONS_BY_ASSET).map(Self).map_err(ReadModelError::store(READING))
    }

    /// The version of an asset that stood at a moment, and whether one that was known by then says
    /// more about it.
    pub(crate) fn at(&self, ordinal: Ordinal, moment: Moment) -> Result<Option<(Version, bool)>> {
        let as_of = moment.as_of_ms();
        let mut is_spoken_of = false;
        for row in self.chapters(ordinal, moment.known_at)?.rev() {
            let (key, row) = row.map_err(ReadModelError::store(READING))?;
            let chapter = Chapter::read(number_at(key.value(), 4), row.value())?;
            for (index, Part { heading, .. }) in chapter.parts.iter().enumerate().rev() {
                if heading.position > moment.known_at {
                    continue;
                }
                if heading.effective <= as_of {
                    return Ok(Some((chapter.version(index)?, is_spoken_of)));
                }
                is_spoken_of |= heading.reach != Reach::Own;
            }
        }
        Ok(None)
    }

    /// The versions of an asset between two positions, both included, oldest first.
    pub(crate) fn between(&self, ordinal: Ordinal, from: u64, to: u64) -> Result<Vec<Version>> {
        let mut found = Vec::new();
        for row in self.chapters(ordinal, to)? {
            let (key, row) = row.map_err(ReadModelError::store(READING))?;
            let chapter = Chapter::read(number_at(key.value(), 4), row.value())?;
            for (index, Part { heading, .. }) in chapter.parts.iter().enumerate() {
                if (from..=to).contains(&heading.position) {
                    found.push(chapter.version(index)?);
                }
            }
        }
        Ok(found)
    }

    /// The headings of all versions of an asset, oldest first.
    pub(crate) fn headings(&self, ordinal: Ordinal) -> Result<Vec<Heading>> {
        let mut found = Vec::new();
        for row in self.chapters(ordinal, u64::MAX)? {
            let (key, row) = row.map_err(ReadModelError::store(READING))?;
            let chapter = Chapter::read(number_at(key.value(), 4), row.value())?;
            found.extend(chapter.parts.iter().map(|part| part.heading));
        }
        Ok(found)
    }

    /// From when on the last version of an asset holds.
    pub(crate) fn latest(&self, ordinal: Ordinal) -> Result<Option<i64>> {
        let last = self.chapters(ordinal, u64::MAX)?.next_back().transpose();
        let Some((key, row)) = last.map_err(ReadModelError::store(READING))? else {
            return Ok(None);
        };
        let chapter = Chapter::read(number_at(key.value(), 4), row.value())?;
        Ok(chapter.parts.last().map(|part| part.heading.effective))
    }

    fn chapters(
        &self,
        ordinal: Ordinal,
        to: u64,
    ) -> Result<redb::Range<'static, &'static [u8; 12], &'static [u8]>> {
        let (low, high) = (version_key(ordinal, 0), version_key(ordinal, to));
        self.0.range::<&[u8; 12]>(&low..=&high).map_err(ReadModelError::store(READING))
    }
}

/// Appends versions, oldest first, to those of each asset.
pub(crate) fn write(transaction: &WriteTransaction, mut fresh: Vec<(Ordinal, Vec<Version>)>) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    fresh.sort_unstable_by_key(|(ordinal, _)| *ordinal);
    let mut table = transaction.open_table(VERSIONS_BY_ASSET).map_err(ReadModelError::store(WRITING))?;
    for (ordinal, versions) in fresh {
        let last = last_chapter(&table, ordinal)?;
        for (key, chapter) in append(ordinal, last, &versions)? {
            table.insert(&key, chapter.as_slice()).map_err(ReadModelError::store(WRITING))?;
        }
    }
    Ok(())
}

fn last_chapter(
    table: &redb::Table<'_, &'static [u8; 12], &'static [u8]>,
    ordinal: Ordinal,
) -> Result<Option<([u8; 12], Vec<u8>)>> {
    let (low, high) = (version_key(ordinal, 0), version_key(ordinal, u64::MAX));
    let mut range = table.range::<&[u8; 12]>(&low..=&high).map_err(ReadModelError::store(WRITING))?;
    let last = range.next_back().transpose().map_err(ReadModelError::store(WRITING))?;
    let owned = |(key, row): (AccessGuard<'_, &[u8; 12]>, AccessGuard<'_, &[u8]>)| {
        (*key.value(), row.value().to_vec())
    };
    Ok(last.map(owned))
}

/// The chapters that change when versions are appended to the last of an asset.
fn append(
    ordinal: Ordinal,
    last: Option<([u8; 12], Vec<u8>)>,
    versions: &[Version],
) -> Result<Vec<([u8; 12], Vec<u8>)>> {
    let mut written = Vec::new();
    let mut open: Option<Writing> = None;
    if let Some((key, bytes)) = last {
        open = Some(Writing::go_on(key, bytes)?);
    }
    for version in versions {
        if let Some(full) = open.take_if(|chapter| chapter.count == CHAPTER) {
            written.push((full.key, full.bytes));
        }
        let chapter =
            open.get_or_insert_with(|| Writing::begin(version_key(ordinal, version.heading.position)));
        chapter.append(version);
    }
    written.extend(open.map(|chapter| (chapter.key, chapter.bytes)));
    Ok(written)
}

/// A chapter that is being written.
struct Writing {
    key: [u8; 12],
    bytes: Vec<u8>,
    count: usize,
    /// The last version, from which the next differs.
    last: Version,
}

impl Writing {
    fn begin(key: [u8; 12]) -> Self {
        let heading = Heading { position: number_at(&key, 4), effective: 0, reach: Reach::Own };
        let last = Version { heading, own: 0, recorded: 0, number: 0, row: Vec::new() };
        Self { key, bytes: vec![FORM], count: 0, last }
    }

    fn go_on(key: [u8; 12], bytes: Vec<u8>) -> Result<Self> {
        let chapter = Chapter::read(number_at(&key, 4), &bytes)?;
        let count = chapter.parts.len();
        let last = chapter.version(count.saturating_sub(1))?;
        Ok(Self { key, bytes, count, last })
    }

    fn append(&mut self, version: &Version) {
        let (heading, before, bytes) = (version.heading, self.last.heading, &mut self.bytes);
        varint::write(bytes, heading.position - before.position);
        varint::write_signed(bytes, heading.effective.wrapping_sub(before.effective));
        match heading.reach {
            Reach::Own => varint::write(bytes, 0),
            Reach::Always => varint::write(bytes, 1),
            Reach::Since(from) => {
                varint::write(bytes, 2);
                varint::write_signed(bytes, heading.effective.wrapping_sub(from));
            }
        }
        varint::write_signed(bytes, heading.effective.wrapping_sub(version.own));
        varint::write_signed(bytes, version.recorded.wrapping_sub(heading.effective));
        varint::write_signed(bytes, version.number.wrapping_sub(self.last.number).cast_signed());
        // From nothing everything differs, and is spelled out.
        let difference = delta::encode(&self.last.row, &version.row);
        varint::write(bytes, difference.len() as u64);
        bytes.extend_from_slice(&difference);
        self.count += 1;
        self.last.clone_from(version);
    }
}

impl<'a> Chapter<'a> {
    fn read(first: u64, bytes: &'a [u8]) -> Result<Self> {
        let Some((&FORM, mut rest)) = bytes.split_first() else {
            return Err(ReadModelError::Damaged("a chapter of unknown form".to_owned()));
        };
        let (mut position, mut effective, mut number) = (first, 0_i64, 0_u64);
        let mut parts = Vec::new();
        while !rest.is_empty() {
            position = position.wrapping_add(varint::read(&mut rest)?);
            effective = effective.wrapping_add(varint::read_signed(&mut rest)?);
            let reach = match varint::read(&mut rest)? {
                0 => Reach::Own,
                1 => Reach::Always,
                2 => Reach::Since(effective.wrapping_sub(varint::read_signed(&mut rest)?)),
                other => return Err(ReadModelError::Damaged(format!("the reach {other}"))),
            };
            let heading = Heading { position, effective, reach };
            let own = effective.wrapping_sub(varint::read_signed(&mut rest)?);
            let recorded = effective.wrapping_add(varint::read_signed(&mut rest)?);
            number = number.wrapping_add_signed(varint::read_signed(&mut rest)?);
            let length = varint::read_size(&mut rest)?;
            let difference = varint::take(&mut rest, length)?;
            parts.push(Part { heading, own, recorded, number, difference });
        }
        Ok(Self { parts })
    }

    fn version(&self, index: usize) -> Result<Version> {
        let missing = || ReadModelError::Damaged("a chapter without versions".to_owned());
        let Part { heading, own, recorded, number, .. } = *self.parts.get(index).ok_or_else(missing)?;
        let mut row = Vec::new();
        for part in &self.parts[..=index] {
            row = delta::decode(&row, part.difference)?;
        }
        Ok(Version { heading, own, recorded, number, row })
    }
}
