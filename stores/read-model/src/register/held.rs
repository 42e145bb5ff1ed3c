//! Versions of what cannot be set right later: records and findings. Each says from when on it holds, which is
//! no sooner than what came before it, and then its row.

use redb::ReadOnlyTable;

use crate::register::moment::Moment;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::number_at;

/// A table of such versions: each thing's by position.
pub(crate) type Held<const N: usize> = ReadOnlyTable<&'static [u8; N], &'static [u8]>;

/// From when on a version holds that happened at `effective`, behind those up to `latest`, which it becomes.
pub(crate) fn follow(latest: &mut Option<i64>, effective: i64) -> i64 {
    let held_from = latest.map_or(effective, |latest| latest.max(effective));
    *latest = Some(held_from);
    held_from
}

/// The stored version.
pub(crate) fn encode(held_from: i64, row: &[u8]) -> Vec<u8> {
    [&held_from.to_be_bytes(), row].concat()
}

/// From when on a version holds, and its row.
pub(crate) fn split(value: &[u8]) -> Result<(i64, &[u8])> {
    let short = || ReadModelError::Damaged("a version that ends too early".to_owned());
    let row = value.get(8..).ok_or_else(short)?;
    Ok((number_at(value, 0).cast_signed(), row))
}

/// From when on the last version between two keys holds.
pub(crate) fn latest<const N: usize>(
    table: &Held<N>,
    (low, high): (&[u8; N], &[u8; N]),
) -> Result<Option<i64>> {
    let last = table.range::<&[u8; N]>(low..=high).during(READING)?.next_back();
    let last = last.transpose().during(READING)?;
    last.map(|(_, value)| Ok(split(value.value())?.0)).transpose()
}

/// The last version between two keys that held at a moment.
pub(crate) fn at<T, const N: usize>(
    table: &Held<N>,
    (low, high): (&[u8; N], &[u8; N]),
    moment: Moment,
    decode: impl Fn(&[u8]) -> Result<T>,
) -> Result<Option<T>> {
    for version in table.range::<&[u8; N]>(low..=high).during(READING)?.rev() {
        let (_, value) = version.during(READING)?;
        let (held_from, row) = split(value.value())?;
        if held_from <= moment.as_of_ms() {
            return decode(row).map(Some);
        }
    }
    Ok(None)
}
