//! What every projection can be asked, now and as of any moment alike: who is in lists, in what order, and
//! what they come to.

use std::collections::BTreeMap;

use itam_domain::{AggregateKind, Currency};
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::read_currency;
use crate::primitive::block::{BLOCK_SIZE, Block};
use crate::primitive::dated::{Dated, behind};
use crate::primitive::page::{Cursor, Direction, MAX_EXAMINED, MAX_PAGE, Page};
use crate::primitive::posting::FacetIndex;
use crate::primitive::posting::{Found, Intersection, Postings, Unbounded, Union};
use crate::projection::snapshot::ProjectionView;
use crate::register::view::Assets;
use crate::store::error::{ReadModelError, Result};
use crate::store::key::{Facet, Ordinal, facet_key, number_at, trailing_ordinal};

/// How many things there are, and the amounts that they count for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) count: u64,
    /// By measure and currency, in minor units; what is nothing is left out.
    pub(crate) sums: BTreeMap<(Facet, Currency), i128>,
}

/// Totals by the value of a grouping facet, `None` for things that have none, and the value of the facet
/// that says which things are counted.
pub(crate) type Totals = BTreeMap<(Option<u32>, u32), Total>;

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

    /// The id that a value of a facet of references stands for.
    pub(crate) fn name_of(self, kind: AggregateKind, value: Option<u32>) -> Result<Option<Uuid>> {
        value.map(|ordinal| self.snapshot.rows().id(kind, ordinal)).transpose()
    }

    /// A page of the assets that have one of several values of a facet, by age.
    pub(crate) fn by_age(
        self,
        code: [u8; 2],
        (facet, values): (Facet, &[u32]),
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
        let postings = values.iter().map(|value| Postings::new(facet, *value)).collect();
        let (unions, index) = (vec![Union::of_lists(postings)], FacetIndex::Then(self.dated()?));
        let mut matches = Intersection::new(unions, index, &Unbounded, Direction::Ascending, MAX_EXAMINED);
        let after = cursor.map(|cursor| cursor.sized_key(code)).transpose()?.map(Ordinal::from_be_bytes);
        let mut next = after.map_or(Some(0), |after| after.checked_add(1));
        let assets = self.assets()?;
        let mut page = Page { items: Vec::new(), next: None };
        while let Some(from) = next {
            let ordinal = match matches.seek(from)? {
                Found::End => break,
                Found::Asset(ordinal) => ordinal,
                Found::Tired(ordinal) => {
                    page.next = Some(Cursor::new(code, &ordinal.saturating_sub(1).to_be_bytes()));
                    break;
                }
            };
            page.items.extend(assets.find(ordinal)?);
            next = ordinal.checked_add(1);
            if page.items.len() == limit.clamp(1, MAX_PAGE) {
                page.next = Some(Cursor::new(code, &ordinal.to_be_bytes()));
                break;
            }
        }
        Ok(page)
    }

    /// A page of the assets that have any value of a facet, by that value, then by age.
    pub(crate) fn by_value(
        self,
        code: [u8; 2],
        facet: Facet,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<AssetRecord>> {
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

    /// What the assets that have a value of `counted` come to, by it and by the value of `group`.
    pub(crate) fn totals(self, counted: Facet, group: Facet, measures: &[Facet]) -> Result<Totals> {
        let dated = self.dated()?;
        let groups = values_by_block(&dated, group)?;
        let currencies = measures.iter().map(|measure| Ok((*measure, values_by_block(&dated, *measure)?)));
        let currencies = currencies.collect::<Result<Vec<_>>>()?;
        let mut totals = Totals::new();
        for (number, values) in values_by_block(&dated, counted)? {
            let block = |facet, value: &u32| Ok((*value, dated.block(facet_key(facet, *value, number))?));
            let groups = groups.get(&number).into_iter().flatten().map(|value| block(group, value));
            let groups = groups.collect::<Result<Vec<_>>>()?;
            let amounts = Amounts::load(&dated, &currencies, number)?;
            for value in &values {
                let (_, mut rest) = block(counted, value)?;
                for (group, members) in &groups {
                    let mut here = members.clone();
                    here.intersect(&rest);
                    rest.subtract(&here);
                    amounts.add_to(&mut totals, (Some(*group), *value), &here);
                }
                amounts.add_to(&mut totals, (None, *value), &rest);
            }
        }
        Ok(totals)
    }
}

/// The values of a facet that some thing ever had, by block.
fn values_by_block(dated: &Dated, facet: Facet) -> Result<ValuesByBlock> {
    let mut found = ValuesByBlock::new();
    let (mut low, high) = (facet_key(facet, 0, 0), facet_key(facet, u32::MAX, u32::MAX));
    while let Some(list) = dated.first(low, high)? {
        found.entry(trailing_ordinal(&list)).or_default().push(trailing_ordinal(&list[..5]));
        low = behind(list);
    }
    Ok(found)
}

/// The amounts of the things of one block: for each measure and currency, by place.
struct Amounts(Vec<(Facet, Currency, Vec<i128>)>);

impl Amounts {
    fn load(dated: &Dated, currencies: &[(Facet, ValuesByBlock)], number: u32) -> Result<Self> {
        let mut found = Vec::new();
        for (measure, by_block) in currencies {
            for value in by_block.get(&number).into_iter().flatten() {
                let [_, code @ ..] = value.to_be_bytes();
                let mut amounts = vec![0_i128; BLOCK_SIZE as usize];
                dated.each(facet_key(*measure, *value, number), |mark| {
                    amounts[usize::from(mark.place)] += i128::from(mark.minor);
                })?;
                found.push((*measure, read_currency(code)?, amounts));
            }
        }
        Ok(Self(found))
    }

    fn add_to(&self, totals: &mut Totals, key: (Option<u32>, u32), members: &Block) {
        if members.is_empty() {
            return;
        }
        let total = totals.entry(key).or_default();
        total.count += members.count() as u64;
        for (measure, currency, amounts) in &self.0 {
            let sum: i128 = members.places().map(|place| amounts[usize::from(place)]).sum();
            if sum != 0 {
                *total.sums.entry((*measure, *currency)).or_default() += sum;
            }
        }
    }
}

/// The thing that a number stands for, if any.
pub(crate) fn known<T: Copy>(list: &[T], value: u32) -> Result<T> {
    let unknown = || ReadModelError::Damaged(format!("a projection's list of the unknown value {value}"));
    usize::try_from(value).ok().and_then(|index| list.get(index)).copied().ok_or_else(unknown)
}
