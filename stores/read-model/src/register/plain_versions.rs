//! Versions of everything but assets, one a row of its table: from when on it holds, how far back it speaks, and then
//! the thing's own row. What corrections set right in earlier versions is laid over them when they are read.

use itam_domain::course::EffectiveReach;
use redb::ReadOnlyTable;

use crate::register::heading::Heading;
use crate::register::moment::Moment;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::number_at;

/// A table of such versions: each thing's by position, with which keys end.
pub(crate) type VersionTable<const N: usize> = ReadOnlyTable<&'static [u8; N], &'static [u8]>;

/// A version as it is stored: its heading, and its row.
pub(crate) type HeldVersion = (Heading, Vec<u8>);

/// The stored version. Its position is in its key.
pub(crate) fn encode(heading: &Heading, row: &[u8]) -> Vec<u8> {
    let mut bytes = heading.effective.to_be_bytes().to_vec();
    match heading.reach {
        EffectiveReach::Own => bytes.push(0),
        EffectiveReach::Always => bytes.push(1),
        EffectiveReach::Since(instant) => {
            bytes.push(2);
            bytes.extend_from_slice(&instant.to_be_bytes());
        }
    }
    bytes.extend_from_slice(row);
    bytes
}

/// The heading and the row of a stored version.
pub(crate) fn split<'a>(key: &[u8], value: &'a [u8]) -> Result<(Heading, &'a [u8])> {
    let damaged = |what: &str| ReadModelError::Damaged(format!("a version that {what}"));
    let position = number_at(key, key.len().saturating_sub(8));
    let (reach, row) =
        value.get(8..).and_then(<[u8]>::split_first).ok_or_else(|| damaged("ends too early"))?;
    let effective = number_at(value, 0).cast_signed();
    let (reach, row) = match reach {
        0 => (EffectiveReach::Own, row),
        1 => (EffectiveReach::Always, row),
        2 => {
            let (instant, row) = row.split_first_chunk().ok_or_else(|| damaged("ends too early"))?;
            (EffectiveReach::Since(i64::from_be_bytes(*instant)), row)
        }
        _ => return Err(damaged("reaches nobody knows how far")),
    };
    Ok((Heading { position, effective, reach }, row))
}

/// From when on the last version between two keys holds.
pub(crate) fn latest<const N: usize>(
    table: &VersionTable<N>,
    (low, high): (&[u8; N], &[u8; N]),
) -> Result<Option<i64>> {
    let last = table.range::<&[u8; N]>(low..=high).during(READING)?.next_back();
    let last = last.transpose().during(READING)?;
    last.map(|(key, value)| Ok(split(key.value(), value.value())?.0.effective)).transpose()
}

/// The versions between two keys, oldest first.
pub(crate) fn all<const N: usize>(
    table: &VersionTable<N>,
    (low, high): (&[u8; N], &[u8; N]),
) -> Result<Vec<HeldVersion>> {
    let mut found = Vec::new();
    for version in table.range::<&[u8; N]>(low..=high).during(READING)? {
        let (key, value) = version.during(READING)?;
        let (heading, row) = split(key.value(), value.value())?;
        found.push((heading, row.to_vec()));
    }
    Ok(found)
}

/// The versions between two keys that say what stood at a moment, oldest first: the last that held by then, and where
/// one behind it sets something right, all behind it. None if there was nothing.
pub(crate) fn standing<const N: usize>(
    table: &VersionTable<N>,
    (low, high): (&[u8; N], &[u8; N]),
    moment: Moment,
) -> Result<Vec<HeldVersion>> {
    let mut is_covered = false;
    for version in table.range::<&[u8; N]>(low..=high).during(READING)?.rev() {
        let (key, value) = version.during(READING)?;
        let (heading, row) = split(key.value(), value.value())?;
        if heading.effective > moment.as_of_ms() {
            is_covered |= heading.reach != EffectiveReach::Own;
        } else if is_covered {
            return all(table, (key.value(), high));
        } else {
            return Ok(vec![(heading, row.to_vec())]);
        }
    }
    Ok(Vec::new())
}
