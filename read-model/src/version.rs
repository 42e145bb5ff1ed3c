//! The versions of an asset as its events made them, oldest first: append-only. What corrections
//! set right in earlier versions is laid over them when they are read (see [`crate::course`]).
//!
//! A row holds a *chapter*: up to [`CHAPTER`] versions, the first whole, the others as differences
//! from it. One row is read for an asset at a moment as a rule, and a version is a few dozen bytes.

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

/// A version with its row, as `asset_row` writes them.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) heading: Heading,
    pub(crate) row: Vec<u8>,
}

type Chapters = ReadOnlyTable<&'static [u8; 12], &'static [u8]>;

/// The versions, as the file holds them.
pub(crate) struct Versions(Chapters);

/// A chapter, taken apart.
struct Chapter<'a> {
    headings: Vec<(Heading, &'a [u8])>,
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
            for (index, (heading, _)) in chapter.headings.iter().enumerate().rev() {
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
            for (index, (heading, _)) in chapter.headings.iter().enumerate() {
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
            found.extend(chapter.headings.iter().map(|(heading, _)| *heading));
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
        Ok(chapter.headings.last().map(|(heading, _)| heading.effective))
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
    /// The row of the first version, from which the others differ.
    first: Vec<u8>,
    position: u64,
    effective: i64,
}

impl Writing {
    fn begin(key: [u8; 12]) -> Self {
        let (first, position) = (Vec::new(), number_at(&key, 4));
        Self { key, bytes: vec![FORM], count: 0, first, position, effective: 0 }
    }

    fn go_on(key: [u8; 12], bytes: Vec<u8>) -> Result<Self> {
        let chapter = Chapter::read(number_at(&key, 4), &bytes)?;
        let empty = || ReadModelError::Damaged("a chapter without versions".to_owned());
        let first = chapter.headings.first().map(|(_, row)| row.to_vec()).ok_or_else(empty)?;
        let (last, _) = chapter.headings.last().copied().ok_or_else(empty)?;
        let count = chapter.headings.len();
        Ok(Self { key, count, first, position: last.position, effective: last.effective, bytes })
    }

    fn append(&mut self, version: &Version) {
        let heading = version.heading;
        varint::write(&mut self.bytes, heading.position - self.position);
        varint::write_signed(&mut self.bytes, heading.effective.wrapping_sub(self.effective));
        match heading.reach {
            Reach::Own => varint::write(&mut self.bytes, 0),
            Reach::Always => varint::write(&mut self.bytes, 1),
            Reach::Since(from) => {
                varint::write(&mut self.bytes, 2);
                varint::write_signed(&mut self.bytes, heading.effective.wrapping_sub(from));
            }
        }
        if self.count == 0 {
            self.first.clone_from(&version.row);
            varint::write(&mut self.bytes, version.row.len() as u64);
            self.bytes.extend_from_slice(&version.row);
        } else {
            let delta = delta::encode(&self.first, &version.row);
            varint::write(&mut self.bytes, delta.len() as u64);
            self.bytes.extend_from_slice(&delta);
        }
        self.count += 1;
        (self.position, self.effective) = (heading.position, heading.effective);
    }
}

impl<'a> Chapter<'a> {
    fn read(first: u64, bytes: &'a [u8]) -> Result<Self> {
        let Some((&FORM, mut rest)) = bytes.split_first() else {
            return Err(ReadModelError::Damaged("a chapter of unknown form".to_owned()));
        };
        let (mut position, mut effective) = (first, 0_i64);
        let mut headings = Vec::new();
        while !rest.is_empty() {
            position = position.wrapping_add(varint::read(&mut rest)?);
            effective = effective.wrapping_add(varint::read_signed(&mut rest)?);
            let reach = match varint::read(&mut rest)? {
                0 => Reach::Own,
                1 => Reach::Always,
                2 => Reach::Since(effective.wrapping_sub(varint::read_signed(&mut rest)?)),
                other => return Err(ReadModelError::Damaged(format!("the reach {other}"))),
            };
            let length = varint::read_size(&mut rest)?;
            headings.push((Heading { position, effective, reach }, varint::take(&mut rest, length)?));
        }
        Ok(Self { headings })
    }

    fn version(&self, index: usize) -> Result<Version> {
        let missing = || ReadModelError::Damaged("a chapter without versions".to_owned());
        let (_, first) = self.headings.first().ok_or_else(missing)?;
        let (heading, row) = *self.headings.get(index).ok_or_else(missing)?;
        let row = if index == 0 { first.to_vec() } else { delta::decode(first, row)? };
        Ok(Version { heading, row })
    }
}
