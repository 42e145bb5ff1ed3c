//! What every projection can be asked, now and as of any moment alike: what is in lists, in what order, and
//! what they come to.

use std::collections::BTreeMap;

use itam_domain::Currency;
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::read_currency;
use crate::primitive::block::{BLOCK_SIZE, Block};
use crate::primitive::dated::{Dated, behind};
use crate::primitive::intersection::{Intersection, Unbounded};
use crate::primitive::page::{Cursor, Direction, ListCode, MAX_EXAMINED, MAX_PAGE, Page};
use crate::primitive::posting::{FacetIndex, Postings, Union};
use crate::projection::declaration::{ProjectedFilter, ProjectedTotal, ProjectedWorklist};
use crate::projection::snapshot::ProjectionView;
use crate::register::view::Assets;
use crate::store::error::Result;
use crate::store::key::{Facet, Ordinal, facet_key, number_at, trailing_ordinal};

/// How many things there are, and the amounts that they count for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// By the place of their word.
    pub counts: BTreeMap<u32, u64>,
    /// By the place of the measure, and currency, in minor units; what is nothing is left out.
    pub sums: BTreeMap<(usize, Currency), i128>,
}

/// Totals by the thing that is grouped by, by its age; last of things that belong to none.
pub type TotalsByThing = Vec<(Option<Uuid>, Total)>;

type Grouped = BTreeMap<Option<u32>, Total>;

/// The values of a facet that some thing of a block ever had.
type ValuesByBlock = BTreeMap<u32, Vec<u32>>;

impl<'a> ProjectionView<'a> {
    fn dated(self) -> Result<Dated> {
        Dated::open(self.snapshot.transaction(), self.moment)
    }

    /// The register's assets as they were.
    fn assets(self) -> Result<Assets<'a>> {
        self.snapshot.rows().at(self.moment).assets()
    }

    /// A page of at most `limit` assets that pass all of several filters, by age. Of each filter any of
    /// the words, by their places, is enough. Nothing passes no filter.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn assets_by(
        self,
        filters: &[(ProjectedFilter, Vec<u32>)],
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let code = [ListCode::Projected as u8, 0];
        if filters.is_empty() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let union = |(filter, values): &(ProjectedFilter, Vec<u32>)| {
            let postings = values.iter().map(|value| Postings::new(filter.facet.facet, *value));
            Union::of_lists(postings.collect())
        };
        let (unions, index) = (filters.iter().map(union).collect(), FacetIndex::Then(self.dated()?));
        let mut matches = Intersection::new(unions, index, &Unbounded, Direction::Ascending, MAX_EXAMINED);
        let after = cursor.map(|cursor| cursor.ordinal(code)).transpose()?;
        let (assets, limit) = (self.assets()?, limit.clamp(1, MAX_PAGE));
        let mut items = Vec::new();
        let next = matches.walk(code, after, |ordinal| {
            items.extend(assets.find(ordinal)?);
            Ok(items.len() == limit)
        })?;
        Ok(Page { items, next })
    }

    /// A page of at most `limit` assets of a worklist, by the day since when they wait, then by age.
    ///
    /// # Errors
    /// [`crate::ReadModelError::Cursor`] if the cursor is another list's.
    pub fn worklist(
        self,
        worklist: ProjectedWorklist,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let facet = worklist.facet;
        let code = [ListCode::Projected as u8, facet as u8];
        let after: Option<[u8; 8]> = cursor.map(|cursor| cursor.sized_key(code)).transpose()?;
        let (dated, assets) = (self.dated()?, self.assets()?);
        let mut low = facet_key(facet, 0, 0);
        if let Some(after) = &after {
            low = facet_key(facet, trailing_ordinal(&after[..4]), trailing_ordinal(after) / BLOCK_SIZE);
        }
        let (high, mut waiting) = (facet_key(facet, u32::MAX, u32::MAX), Vec::new().into_iter());
        Page::fill(code, limit, || {
            loop {
                if let Some(key) = waiting.next() {
                    let key: [u8; 8] = key;
                    return Ok(Some((key.to_vec(), assets.find(trailing_ordinal(&key))?)));
                }
                let Some(list) = dated.first(low, high)? else { return Ok(None) };
                low = behind(list);
                let (value, first) = (trailing_ordinal(&list[..5]), trailing_ordinal(&list) * BLOCK_SIZE);
                let members = dated.block(list)?;
                let keys = members.places().map(|place| {
                    let ordinal = first + Ordinal::from(place);
                    (u64::from(value) << 32 | u64::from(ordinal)).to_be_bytes()
                });
                let after = after.map_or(0, |after| number_at(&after, 0) + 1);
                let keys: Vec<_> = keys.filter(|key| number_at(key, 0) >= after).collect();
                waiting = keys.into_iter();
            }
        })
    }

    /// What things come to.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if a file fails.
    pub fn totals(self, total: &ProjectedTotal) -> Result<TotalsByThing> {
        let (dated, counted, group) = (self.dated()?, total.counted.facet, total.group);
        let groups = values_by_block(&dated, group)?;
        let measures = total.measures.iter().map(|(_, facet)| Ok((*facet, values_by_block(&dated, *facet)?)));
        let measures = measures.collect::<Result<Vec<_>>>()?;
        let mut totals = Grouped::new();
        for (number, values) in values_by_block(&dated, counted)? {
            let block = |facet, value: &u32| Ok((*value, dated.block(facet_key(facet, *value, number))?));
            let groups = groups.get(&number).into_iter().flatten().map(|value| block(group, value));
            let groups = groups.collect::<Result<Vec<_>>>()?;
            let amounts = BlockAmounts::load(&dated, &measures, number)?;
            for value in &values {
                let (_, mut rest) = block(counted, value)?;
                for (group, members) in &groups {
                    let mut here = members.clone();
                    here.intersect(&rest);
                    rest.subtract(&here);
                    amounts.add_to(&mut totals, Some(*group), *value, &here);
                }
                amounts.add_to(&mut totals, None, *value, &rest);
            }
        }
        // None stands last, behind the greatest number.
        let none = totals.remove(&None).map(|total| (None, total));
        let id = |(ordinal, sums): (Option<u32>, Total)| {
            let id = ordinal.map(|ordinal| self.snapshot.rows().id(total.by, ordinal)).transpose()?;
            Ok((id, sums))
        };
        totals.into_iter().chain(none).map(id).collect()
    }
}

/// The values of a facet that some thing ever had, by block.
fn values_by_block(dated: &Dated, facet: Facet) -> Result<ValuesByBlock> {
    let mut found = ValuesByBlock::new();
    dated.each_list(facet, (0, u32::MAX), |list| {
        found.entry(trailing_ordinal(&list)).or_default().push(trailing_ordinal(&list[..5]));
        Ok(())
    })?;
    Ok(found)
}

/// The amounts of the things of one block: for each measure, by its place, and currency, by place.
struct BlockAmounts(Vec<(usize, Currency, Vec<i128>)>);

impl BlockAmounts {
    fn load(dated: &Dated, measures: &[(Facet, ValuesByBlock)], number: u32) -> Result<Self> {
        let mut found = Vec::new();
        for (measure, (facet, by_block)) in measures.iter().enumerate() {
            for value in by_block.get(&number).into_iter().flatten() {
                let [_, code @ ..] = value.to_be_bytes();
                let mut amounts = vec![0_i128; BLOCK_SIZE as usize];
                dated.each(facet_key(*facet, *value, number), |mark| {
                    amounts[usize::from(mark.place)] += i128::from(mark.minor);
                })?;
                found.push((measure, read_currency(code)?, amounts));
            }
        }
        Ok(Self(found))
    }

    fn add_to(&self, totals: &mut Grouped, group: Option<u32>, value: u32, members: &Block) {
        if members.is_empty() {
            return;
        }
        let total = totals.entry(group).or_default();
        *total.counts.entry(value).or_default() += members.count() as u64;
        for (measure, currency, amounts) in &self.0 {
            let sum: i128 = members.places().map(|place| amounts[usize::from(place)]).sum();
            if sum != 0 {
                *total.sums.entry((*measure, *currency)).or_default() += sum;
            }
        }
        total.sums.retain(|_, sum| *sum != 0);
    }
}
