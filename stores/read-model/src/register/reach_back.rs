//! The marks of a correction: of an event that changes what an asset was before it.

use crate::kinds::asset::record::AssetRecord;
use crate::primitive::dated::{List, Mark};
use crate::register::course::{Stretch, at};
use crate::register::features::Features;
use crate::store::error::Result;
use crate::store::key::Ordinal;

/// The marks of an event that changes the course of an asset, perhaps in several places.
pub(crate) fn reach_back(
    (before, after): (&[Stretch], &[Stretch]),
    ordinal: Ordinal,
    position: u64,
    features: impl Fn(&AssetRecord) -> Result<Features>,
    marks: &mut Vec<(List, Mark)>,
) -> Result<()> {
    let mut instants: Vec<i64> = before.iter().chain(after).map(|stretch| stretch.from).collect();
    instants.sort_unstable();
    instants.dedup();
    let features_at = |course: &[Stretch], instant| {
        at(course, instant).map_or(Ok(Features::default()), |stretch| features(&stretch.record))
    };
    let mut so_far = Features::default();
    for instant in instants {
        let difference = features_at(after, instant)?.difference(&features_at(before, instant)?);
        difference.difference(&so_far).marks(ordinal, instant, position, marks);
        so_far = difference;
    }
    Ok(())
}
