//! What dated lists keep of an asset.

use crate::kinds::asset::index::{facet_values, orders};
use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::OrdinalOf;
use crate::primitive::totals::CellTotal;
use crate::register::features::{Features, currency_value};
use crate::store::error::Result;
use crate::store::key::{AssetOrder, Facet};

/// What dated lists keep of an asset.
pub(crate) fn features(record: &AssetRecord, ordinal_of: OrdinalOf<'_>) -> Result<Features> {
    let mut values = facet_values(record, ordinal_of)?;
    values.push((Facet::InRegister, 0));
    // The order of changes at a moment is told by the chronicle.
    let worklists = orders(record).into_iter().filter(|(order, _)| *order != AssetOrder::Changed);
    values.extend(worklists.map(|(order, _)| (Facet::Worklist, order as u32)));
    let costs = CellTotal::of(record).costs.into_iter();
    let sums = costs.map(|(currency, minor)| ((Facet::Cost, currency_value(currency)), minor)).collect();
    Ok(Features { values, sums })
}
