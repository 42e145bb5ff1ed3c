//! The course of an asset through effective time, as a reader with some knowledge sees it:
//! versions, with what later corrections set right in them. [`crate::register::moment`] says by which rule.

use itam_domain::asset::{AssetFacts, CorrectableFact};

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::{self as asset_row, IdOf};
use crate::register::moment::Moment;
use crate::register::version::{Heading, Reach, Version, Versions};
use crate::store::error::Result;
use crate::store::key::Ordinal;

/// What an asset was from an instant on (ms), until the next stretch.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) record: AssetRecord,
}

/// Reads the assets that versions hold.
pub(crate) fn read_all(versions: &[Version], id_of: IdOf<'_>) -> Result<Vec<(Heading, AssetRecord)>> {
    versions.iter().map(|version| Ok((version.heading, asset_row::decode_version(version, id_of)?))).collect()
}

/// The course that versions make, oldest first. It may begin with any version, and is right from
/// that one on.
pub(crate) fn course(versions: impl IntoIterator<Item = (Heading, AssetRecord)>) -> Vec<Stretch> {
    let mut course = Vec::new();
    let mut before: Option<AssetRecord> = None;
    for (heading, record) in versions {
        let from = match heading.reach {
            Reach::Own => None,
            Reach::Since(from) => Some(from),
            Reach::Always => Some(i64::MIN),
        };
        if let (Some(from), Some(before)) = (from, &before) {
            set_right(&mut course, from, &before.asset.facts, &record.asset.facts);
        }
        course.push(Stretch { from: heading.effective, record: record.clone() });
        before = Some(record);
    }
    course
}

/// The courses that versions make without the last of them and with it.
pub(crate) fn before_and_after(
    versions: &[Version],
    id_of: IdOf<'_>,
) -> Result<(Vec<Stretch>, Vec<Stretch>)> {
    let mut read = read_all(versions, id_of)?;
    let after = course(read.clone());
    read.pop();
    Ok((course(read), after))
}

/// The asset as it was at a moment; `None` if it was not in the register then.
pub(crate) fn record_at(
    versions: &Versions,
    ordinal: Ordinal,
    moment: Moment,
    id_of: IdOf<'_>,
) -> Result<Option<AssetRecord>> {
    let Some((version, is_spoken_of)) = versions.at(ordinal, moment)? else {
        return Ok(None);
    };
    if !is_spoken_of {
        return asset_row::decode_version(&version, id_of).map(Some);
    }
    let versions = versions.between(ordinal, version.heading.position, moment.known_at)?;
    let course = course(read_all(&versions, id_of)?);
    Ok(at(&course, moment.as_of_ms()).map(|stretch| stretch.record.clone()))
}

/// The last stretch that began by an instant.
pub(crate) fn at(course: &[Stretch], as_of: i64) -> Option<&Stretch> {
    course.iter().rev().find(|stretch| stretch.from <= as_of)
}

/// Sets each fact in which `right` differs from `wrong` right in what held from `from` on, going
/// back for as long as it holds what was wrong.
fn set_right(course: &mut Vec<Stretch>, from: i64, wrong: &AssetFacts, right: &AssetFacts) {
    divide(course, from);
    for fact in CorrectableFact::ALL.iter().filter(|fact| fact.differs(wrong, right)) {
        for stretch in course.iter_mut().rev().take_while(|stretch| stretch.from >= from) {
            let facts = &mut stretch.record.asset.facts;
            if fact.differs(facts, wrong) {
                break;
            }
            fact.copy(facts, right);
        }
    }
}

/// Makes a stretch begin at `from`, if the course has begun by then.
fn divide(course: &mut Vec<Stretch>, from: i64) {
    let behind = course.partition_point(|stretch| stretch.from <= from);
    let Some(stretch) = behind.checked_sub(1).and_then(|index| course.get(index)) else {
        return;
    };
    if stretch.from < from {
        let record = stretch.record.clone();
        course.insert(behind, Stretch { from, record });
    }
}
