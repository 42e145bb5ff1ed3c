//! Summaries at a moment: counts of bits and sums of dated costs, block by block.

use std::collections::HashMap;

use itam_domain::vocabulary::AssetState;
use itam_domain::{AggregateKind, Currency, DepartmentId, LocationId};

use crate::kinds::asset::row::read_currency;
use crate::primitive::block::{BLOCK_SIZE, Block};
use crate::primitive::dated::Dated;
use crate::primitive::page::Direction;
use crate::primitive::posting::Union;
use crate::register::filter::AssetFilters;
use crate::register::moment::Moment;
use crate::register::summary::{Breakdown, KindGroup, Summary, SummaryFilters, SummaryGroup};
use crate::register::view::RegisterView;
use crate::store::error::{ReadModelError, Result};
use crate::store::key::{Facet, facet_key, read_kind_code, trailing_ordinal};

/// The summaries of a moment.
pub(crate) struct PastSummaries<'a> {
    pub(crate) view: RegisterView<'a>,
    pub(crate) moment: Moment,
}

impl PastSummaries<'_> {
    /// All breakdowns at about the cost of one of them.
    pub(crate) fn breakdown(&self, filters: &SummaryFilters) -> Result<Breakdown> {
        let dated = self.dated()?;
        let mut assets = PastAssets::load(self, &dated, filters)?;
        let mut total = Summary::default();
        for part in assets.parts.values() {
            part.add_to(&mut total, &part.members);
        }
        total.acquisition_cost.retain(|_, minor| *minor != 0);
        Ok(Breakdown {
            total,
            by_kind: kinds_of(&dated, &mut assets)?,
            by_location: self.groups_of(&dated, &mut assets, Facet::Location, LocationId)?,
            by_department: self.groups_of(&dated, &mut assets, Facet::Department, DepartmentId)?,
        })
    }

    pub(crate) fn summary(&self, filters: &SummaryFilters) -> Result<Summary> {
        let dated = self.dated()?;
        let unions = filters.past().unions(self.view.snapshot)?;
        let mut summary = Summary::default();
        let mut counted = HashMap::new();
        for (number, matching) in self.matching(unions)? {
            let mut here = Block::EMPTY;
            for state in AssetState::ALL {
                if !filters.states.is_empty() && !filters.states.contains(state) {
                    continue;
                }
                let mut block = dated.block(facet_key(Facet::State, *state as u32, number))?;
                block.intersect(&matching);
                summary.add_assets(*state, block.count() as u64);
                here.unite(&block);
            }
            counted.insert(number, here);
        }
        each_cost(&dated, |currency, number, place, minor| {
            if counted.get(&number).is_some_and(|block| block.contains(place.into())) {
                *summary.acquisition_cost.entry(currency).or_default() += i128::from(minor);
            }
        })?;
        summary.acquisition_cost.retain(|_, minor| *minor != 0);
        Ok(summary)
    }

    fn groups_of<T>(
        &self,
        dated: &Dated,
        assets: &mut PastAssets,
        facet: Facet,
        name: impl Fn(uuid::Uuid) -> T,
    ) -> Result<Vec<SummaryGroup<Option<T>>>> {
        let kind = if facet == Facet::Location { AggregateKind::Location } else { AggregateKind::Department };
        let (groups, rest) = groups(dated, assets, facet)?;
        let snapshot = self.view.snapshot;
        let named = groups.into_iter().map(|(ordinal, summary)| {
            Ok(SummaryGroup { value: Some(name(snapshot.id(kind, ordinal)?)), summary })
        });
        let mut named = named.collect::<Result<Vec<_>>>()?;
        if rest != Summary::default() {
            named.push(SummaryGroup { value: None, summary: rest });
        }
        Ok(named)
    }

    fn dated(&self) -> Result<Dated> {
        Dated::open(self.view.snapshot.transaction(), self.moment)
    }

    /// The assets that were in the register and in all of some lists, however many.
    fn matching(&self, unions: Vec<Union>) -> Result<Vec<(u32, Block)>> {
        let assets = self.view.assets()?;
        let matching = self.view.intersection(unions, &assets, Direction::Ascending, usize::MAX)?.all()?;
        Ok(matching.map(|matching| matching.blocks().to_vec()).unwrap_or_default())
    }
}

/// The summary of every kind and sub-kind that some asset had.
fn kinds_of(dated: &Dated, assets: &mut PastAssets) -> Result<Vec<KindGroup>> {
    let (groups, _) = groups(dated, assets, Facet::Kind)?;
    let named = groups.into_iter().map(|(code, summary)| {
        let unknown = || ReadModelError::Damaged(format!("assets of the unknown kind {code}"));
        let code = u8::try_from(code).ok().and_then(read_kind_code);
        Ok(SummaryGroup { value: code.ok_or_else(unknown)?, summary })
    });
    named.collect()
}

/// The summary of every value of a facet that some asset had, and of the assets that had none.
fn groups(dated: &Dated, assets: &mut PastAssets, facet: Facet) -> Result<(Vec<(u32, Summary)>, Summary)> {
    for part in assets.parts.values_mut() {
        part.rest = part.members.clone();
    }
    let mut groups: Vec<(u32, Summary)> = Vec::new();
    dated.each_list(facet, (0, u32::MAX), |list| {
        let value = trailing_ordinal(&list[..5]);
        let mut had = dated.block(list)?;
        if groups.last().is_none_or(|(last, _)| *last != value) {
            groups.push((value, Summary::default()));
        }
        if let (Some((_, summary)), Some(part)) =
            (groups.last_mut(), assets.parts.get_mut(&trailing_ordinal(&list)))
        {
            had.intersect(&part.members);
            part.add_to(summary, &had);
            part.rest.subtract(&had);
        }
        Ok(())
    })?;
    groups.retain(|(_, summary)| *summary != Summary::default());
    let mut rest = Summary::default();
    for part in assets.parts.values() {
        part.add_to(&mut rest, &part.rest);
    }
    for summary in groups.iter_mut().map(|(_, summary)| summary).chain([&mut rest]) {
        summary.acquisition_cost.retain(|_, minor| *minor != 0);
    }
    Ok((groups, rest))
}

/// Gives currency, block, place and amount of every change of costs that counts at the moment.
fn each_cost(dated: &Dated, mut take: impl FnMut(Currency, u32, u16, i64)) -> Result<()> {
    dated.each_list(Facet::Cost, (0, u32::MAX), |list| {
        let [_, _, one, two, three, ..] = list;
        let (currency, number) = (read_currency([one, two, three])?, trailing_ordinal(&list));
        dated.each(list, |mark| take(currency, number, mark.place, mark.minor))
    })
}

/// The assets at a moment that pass the filters, as far as summaries need them.
struct PastAssets {
    parts: HashMap<u32, PastBlock>,
}

/// One block of them.
struct PastBlock {
    states: Vec<Option<AssetState>>,
    costs: Vec<(Currency, Vec<i128>)>,
    members: Block,
    /// Those that no group has taken.
    rest: Block,
}

impl PastAssets {
    fn load(past: &PastSummaries<'_>, dated: &Dated, filters: &SummaryFilters) -> Result<Self> {
        let unions = filters.past().unions(past.view.snapshot)?;
        let mut parts = HashMap::new();
        for (number, matching) in past.matching(unions)? {
            let mut states = vec![None; BLOCK_SIZE as usize];
            let mut members = Block::EMPTY;
            for state in AssetState::ALL {
                if !filters.states.is_empty() && !filters.states.contains(state) {
                    continue;
                }
                let mut block = dated.block(facet_key(Facet::State, *state as u32, number))?;
                block.intersect(&matching);
                for place in block.places() {
                    states[usize::from(place)] = Some(*state);
                }
                members.unite(&block);
            }
            parts.insert(number, PastBlock { states, costs: Vec::new(), members, rest: Block::EMPTY });
        }
        each_cost(dated, |currency, number, place, minor| {
            if let Some(part) = parts.get_mut(&number) {
                part.costs_in(currency)[usize::from(place)] += i128::from(minor);
            }
        })?;
        Ok(Self { parts })
    }
}

impl PastBlock {
    fn costs_in(&mut self, currency: Currency) -> &mut [i128] {
        let known = self.costs.iter().position(|(known, _)| *known == currency);
        let index = known.unwrap_or_else(|| {
            self.costs.push((currency, vec![0; BLOCK_SIZE as usize]));
            self.costs.len() - 1
        });
        &mut self.costs[index].1
    }

    fn add_to(&self, summary: &mut Summary, block: &Block) {
        for place in block.places().map(usize::from) {
            if let Some(state) = self.states[place] {
                summary.add_assets(state, 1);
            }
            for (currency, amounts) in &self.costs {
                if amounts[place] != 0 {
                    *summary.acquisition_cost.entry(*currency).or_default() += amounts[place];
                }
            }
        }
    }
}

impl SummaryFilters {
    /// What of them goes through lists; states are told apart anyway.
    fn past(&self) -> AssetFilters {
        AssetFilters {
            kinds: self.kinds.clone(),
            hardware_kinds: self.hardware_kinds.clone(),
            locations: self.locations.clone(),
            departments: self.departments.clone(),
            ..AssetFilters::default()
        }
    }
}
