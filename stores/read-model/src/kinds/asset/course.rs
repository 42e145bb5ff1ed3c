//! The course of an asset: its versions, with what corrections set right in them.

use itam_domain::asset::{Asset, CorrectableFact};
use itam_domain::course::{Correctable, Course};

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::{self as asset_row, IdOf};
use crate::register::heading::{Heading, before_and_after, course};
use crate::register::moment::Moment;
use crate::register::version::{Version, Versions};
use crate::store::error::Result;
use crate::store::key::Ordinal;

/// What is set right in it are the facts of the asset.
impl Correctable for AssetRecord {
    type Fact = &'static CorrectableFact;

    fn differing(&self, other: &Self) -> Vec<Self::Fact> {
        Asset::differing(&self.asset, &other.asset)
    }

    fn agrees(&self, other: &Self, fact: &Self::Fact) -> bool {
        self.asset.agrees(&other.asset, fact)
    }

    fn adopt(&mut self, other: &Self, fact: &Self::Fact) {
        self.asset.adopt(&other.asset, fact);
    }
}

/// Reads the assets that versions hold.
pub(crate) fn read_all(versions: &[Version], id_of: IdOf<'_>) -> Result<Vec<(Heading, AssetRecord)>> {
    versions.iter().map(|version| Ok((version.heading, asset_row::decode_version(version, id_of)?))).collect()
}

/// The courses that versions make without the last of them and with it.
pub(crate) fn courses(versions: &[Version], id_of: IdOf<'_>) -> Result<[Course<AssetRecord>; 2]> {
    read_all(versions, id_of).map(before_and_after)
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
    Ok(course(read_all(&versions, id_of)?).at(moment.as_of_ms()).cloned())
}
