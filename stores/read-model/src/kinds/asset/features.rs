//! What dated lists keep of an asset, and the marks of a correction.

use crate::kinds::asset::index::{facet_values, orders};
use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::OrdinalOf;
use crate::primitive::dated::{List, Mark};
use crate::primitive::totals::Tally;
use crate::register::course::{Stretch, at};
use crate::register::features::{Features, currency_value};
use crate::store::error::Result;
use crate::store::key::{Facet, Order, Ordinal};

/// What dated lists keep of an asset.
pub(crate) fn features(record: &AssetRecord, ordinal_of: OrdinalOf<'_>) -> Result<Features> {
    let mut values = facet_values(record, ordinal_of)?;
    values.push((Facet::InRegister, 0));
    // The order of changes at a moment is told by the chronicle.
    let worklists = orders(record).into_iter().filter(|(order, _)| *order != Order::Changed);
    values.extend(worklists.map(|(order, _)| (Facet::Worklist, order as u32)));
    let costs = Tally::of(record).costs.into_iter();
    let sums = costs.map(|(currency, minor)| ((Facet::Cost, currency_value(currency)), minor)).collect();
    Ok(Features { values, sums })
}

/// The marks of an event that changes the course of an asset, perhaps in several places.
pub(crate) fn reach_back(
    (before, after): (&[Stretch], &[Stretch]),
    ordinal: Ordinal,
    position: u64,
    ordinal_of: OrdinalOf<'_>,
    marks: &mut Vec<(List, Mark)>,
) -> Result<()> {
    let mut instants: Vec<i64> = before.iter().chain(after).map(|stretch| stretch.from).collect();
    instants.sort_unstable();
    instants.dedup();
    let features_at = |course: &[Stretch], instant| {
        at(course, instant).map_or(Ok(Features::default()), |stretch| features(&stretch.record, ordinal_of))
    };
    let mut so_far = Features::default();
    for instant in instants {
        let difference = features_at(after, instant)?.difference(&features_at(before, instant)?);
        difference.difference(&so_far).marks(ordinal, instant, position, marks);
        so_far = difference;
    }
    Ok(())
}
