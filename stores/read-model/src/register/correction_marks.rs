//! The marks of a correction: of an event that changes what a thing was before it.

use itam_domain::course::Course;

use crate::primitive::dated::{List, Mark};
use crate::register::features::Features;
use crate::store::error::Result;
use crate::store::key::Ordinal;

/// The marks of an event that changes the course of a thing, perhaps in several places.
pub(crate) fn marks_of_correction<T>(
    [before, after]: &[Course<T>; 2],
    ordinal: Ordinal,
    position: u64,
    features: impl Fn(&T) -> Result<Features>,
    marks: &mut Vec<(List, Mark)>,
) -> Result<()> {
    let stretches = before.stretches().iter().chain(after.stretches());
    let mut instants: Vec<i64> = stretches.map(|stretch| stretch.from).collect();
    instants.sort_unstable();
    instants.dedup();
    let features_at =
        |course: &Course<T>, instant| course.at(instant).map_or(Ok(Features::default()), &features);
    let mut so_far = Features::default();
    for instant in instants {
        let difference = features_at(after, instant)?.difference(&features_at(before, instant)?);
        difference.difference(&so_far).marks(ordinal, instant, position, marks);
        so_far = difference;
    }
    Ok(())
}
