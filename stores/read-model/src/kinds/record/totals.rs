//! Totals of records and of assets by any of their facets, now and at any moment alike: counted out of dated lists.

use std::collections::{BTreeMap, HashMap};

use itam_domain::{AggregateKind, Currency};

use crate::kinds::asset::row::read_currency;
use crate::kinds::record::facet::{FacetValue, FacetValues, Measure, RecordFacet, RecordKind};
use crate::kinds::record::index::{describe, sum_value};
use crate::kinds::record::list::RecordFilters;
use crate::primitive::block::{BLOCK_SIZE, Block};
use crate::primitive::dated::Dated;
use crate::primitive::intersection::Unbounded;
use crate::primitive::page::Direction;
use crate::primitive::posting::Union;
use crate::register::features::Value;
use crate::register::moment::Moment;
use crate::register::view::RegisterView;
use crate::store::error::{ReadModelError, Result};
use crate::store::key::{Facet, Ordinal, sort_code, trailing_ordinal};

/// The most groups that totals are told in.
const MAX_GROUPS: usize = 10_000;

/// How many records there are, and what they amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordTotals {
    /// How many.
    pub count: u64,
    /// What they amount to in minor units, by the name of the measure and the currency.
    pub sums: BTreeMap<(&'static str, Currency), i128>,
}

/// The records that share a value of each facet that is grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordGroup {
    /// The values, in the order of the facets; `None` is of those that have none.
    pub values: Vec<Option<FacetValue>>,
    /// Their totals. A record of several lines is in the group of each of them, with what these lines amount to.
    pub totals: RecordTotals,
}

/// The totals of some records, and of the groups among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupedTotals {
    /// All of them.
    pub total: RecordTotals,
    /// The groups that are not empty, in the order of their values; `None` if they are too many.
    pub groups: Option<Vec<RecordGroup>>,
}

impl RegisterView<'_> {
    /// The totals of the records of a kind that pass the filters, by some of the kind's facets.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn totals(
        self,
        kind: &RecordKind,
        filters: &RecordFilters,
        group_by: &[&'static RecordFacet],
    ) -> Result<GroupedTotals> {
        let moment = self.moment.unwrap_or_else(|| Moment::latest(u64::MAX));
        let view = self.snapshot.at(moment);
        let dated = Dated::open(self.snapshot.transaction(), moment)?;
        let lists = KindLists::of(kind.kind);
        let mut unions = filters.unions(self.snapshot)?;
        unions.push(Union::of(lists.in_register.0, lists.in_register.1));
        let matches = view.intersection(unions, &Unbounded, Direction::Ascending, usize::MAX)?.all()?;
        let Some(matches) = matches else {
            return Err(ReadModelError::Damaged("totals of no list".to_owned()));
        };
        let columns = group_by.iter().map(|facet| FacetColumn::load(&dated, facet)).collect::<Result<_>>()?;
        let mut count = Count {
            view,
            kind: kind.kind,
            columns,
            mixed: mixed(&dated, &lists)?,
            amounts: MeasureAmounts::load(&dated, lists.sums, kind.measures)?,
            groups: BTreeMap::new(),
        };
        let mut total = RecordTotals::default();
        for (number, members) in matches.blocks() {
            total.add(count.of(*number, members));
            if !group_by.is_empty() && count.groups.len() <= MAX_GROUPS {
                count.group(*number, members, &mut Vec::new())?;
            }
        }
        let named = |(path, totals): (Vec<u64>, RecordTotals)| {
            let values = path.iter().zip(group_by).map(|(value, facet)| self.named(facet, *value));
            Ok(RecordGroup { values: values.collect::<Result<_>>()?, totals: totals.settled() })
        };
        let is_told = count.groups.len() <= MAX_GROUPS;
        let groups =
            is_told.then(|| count.groups.into_iter().map(named).collect::<Result<_>>()).transpose()?;
        Ok(GroupedTotals { total: total.settled(), groups })
    }

    /// A value of a facet, as it is told.
    fn named(self, facet: &RecordFacet, value: u64) -> Result<Option<FacetValue>> {
        if value == NOTHING {
            return Ok(None);
        }
        let unknown = || ReadModelError::Damaged(format!("the value {value} of {}", facet.name));
        let number = u32::try_from(value).map_err(|_| unknown())?;
        match facet.values {
            FacetValues::Words(_) => facet.word(number).map(FacetValue::Word).ok_or_else(unknown).map(Some),
            FacetValues::Things(kind) => self.snapshot.id(kind, number).map(FacetValue::Thing).map(Some),
            FacetValues::Actors => {
                self.snapshot.id(AggregateKind::Person, number).map(FacetValue::Thing).map(Some)
            }
        }
    }
}

/// Stands for having no value, behind all that have one.
const NOTHING: u64 = u64::MAX;

/// The dated lists of a kind of thing.
struct KindLists {
    /// Everything of the kind.
    in_register: (Facet, u32),
    /// What it amounts to.
    sums: Facet,
    /// What has lines with different values, of kinds that have lines.
    mixed: Option<(Facet, u32)>,
}

impl KindLists {
    fn of(kind: AggregateKind) -> Self {
        if kind == AggregateKind::Asset {
            return Self { in_register: (Facet::InRegister, 0), sums: Facet::Cost, mixed: None };
        }
        let code = u32::from(sort_code(kind));
        Self {
            in_register: (Facet::RecordInRegister, code),
            sums: Facet::RecordSum,
            mixed: Some((Facet::RecordMixed, code)),
        }
    }
}

/// The records of each value of a facet.
struct FacetColumn {
    facet: Facet,
    by_block: HashMap<u32, Vec<(u32, Block)>>,
}

impl FacetColumn {
    fn load(dated: &Dated, facet: &RecordFacet) -> Result<Self> {
        let mut by_block: HashMap<u32, Vec<(u32, Block)>> = HashMap::new();
        dated.each_list(facet.code, (0, u32::MAX), |list| {
            let (value, number) = (trailing_ordinal(&list[..5]), trailing_ordinal(&list));
            let (members, known) = (dated.block(list)?, by_block.entry(number).or_default());
            let Some(part) = facet.part() else {
                known.push((value, members));
                return Ok(());
            };
            let Some(value) = u8::try_from(value).ok().and_then(part) else { return Ok(()) };
            match known.iter_mut().find(|(told, _)| *told == value) {
                Some((_, block)) => block.unite(&members),
                None => known.push((value, members)),
            }
            Ok(())
        })?;
        Ok(Self { facet: facet.code, by_block })
    }
}

/// The records of a kind whose lines have different values, by block.
fn mixed(dated: &Dated, lists: &KindLists) -> Result<HashMap<u32, Block>> {
    let mut found = HashMap::new();
    let Some((facet, code)) = lists.mixed else { return Ok(found) };
    dated.each_list(facet, (code, code), |list| {
        found.insert(trailing_ordinal(&list), dated.block(list)?);
        Ok(())
    })?;
    Ok(found)
}

/// What each record amounts to by one measure in one currency, by block.
struct MeasureAmounts {
    measure: &'static Measure,
    currency: Currency,
    blocks: HashMap<u32, Vec<i128>>,
}

impl MeasureAmounts {
    fn load(dated: &Dated, sums: Facet, measures: &[&'static Measure]) -> Result<Vec<Self>> {
        let mut found: Vec<Self> = Vec::new();
        for measure in measures {
            let values = (sum_value(measure.code, [0; 3]), sum_value(measure.code, [0xff; 3]));
            dated.each_list(sums, values, |list| {
                let [_, _, one, two, three, ..] = list;
                let (currency, number) = (read_currency([one, two, three])?, trailing_ordinal(&list));
                let is_same = |last: &Self| last.measure.code == measure.code && last.currency == currency;
                if !found.last().is_some_and(is_same) {
                    found.push(Self { measure, currency, blocks: HashMap::new() });
                }
                let Some(amounts) = found.last_mut() else { return Ok(()) };
                let block = amounts.blocks.entry(number).or_insert_with(|| vec![0; BLOCK_SIZE as usize]);
                dated.each(list, |mark| block[usize::from(mark.place)] += i128::from(mark.minor))
            })?;
        }
        Ok(found)
    }
}

/// Totals on their way.
struct Count<'a> {
    view: RegisterView<'a>,
    kind: AggregateKind,
    columns: Vec<FacetColumn>,
    /// The records whose lines have different values.
    mixed: HashMap<u32, Block>,
    amounts: Vec<MeasureAmounts>,
    groups: BTreeMap<Vec<u64>, RecordTotals>,
}

impl Count<'_> {
    /// What some records of a block come to.
    fn of(&self, number: u32, members: &Block) -> RecordTotals {
        let mut totals = RecordTotals { count: members.count() as u64, ..RecordTotals::default() };
        for amounts in &self.amounts {
            let Some(block) = amounts.blocks.get(&number) else { continue };
            let sum: i128 = members.places().map(|place| block[usize::from(place)]).sum();
            totals.sums.insert((amounts.measure.name, amounts.currency), sum);
        }
        totals
    }

    /// Puts the records of a block that are in the group `path` into those within it.
    fn group(&mut self, number: u32, members: &Block, path: &mut Vec<u64>) -> Result<()> {
        let mut mixed = self.mixed.get(&number).cloned().unwrap_or(Block::EMPTY);
        mixed.intersect(members);
        let Some(column) = self.columns.get(path.len()) else {
            let mut plain = members.clone();
            plain.subtract(&mixed);
            if !plain.is_empty() {
                let totals = self.of(number, &plain);
                self.groups.entry(path.clone()).or_default().add(totals);
            }
            return self.split(number, &mixed, path);
        };
        let mut parts = Vec::new();
        let mut rest = members.clone();
        for (value, had) in column.by_block.get(&number).into_iter().flatten() {
            let mut here = had.clone();
            here.intersect(members);
            rest.subtract(&here);
            parts.push((u64::from(*value), here));
        }
        // A line may have no value where another has one.
        rest.unite(&mixed);
        parts.push((NOTHING, rest));
        for (value, here) in parts.into_iter().filter(|(_, here)| !here.is_empty()) {
            path.push(value);
            self.group(number, &here, path)?;
            path.pop();
        }
        Ok(())
    }

    /// Counts records whose lines differ in a group that some of these lines are in, as their rows tell it.
    fn split(&mut self, number: u32, members: &Block, path: &[u64]) -> Result<()> {
        for place in members.places() {
            let ordinal = number * BLOCK_SIZE + Ordinal::from(place);
            let Some(record) = self.view.record_at(self.kind, ordinal)? else { continue };
            let found = describe(&record);
            let mut counted = RecordTotals { count: 1, ..RecordTotals::default() };
            let mut is_in = false;
            for line in &found.lines {
                let has = |(column, wanted): (&FacetColumn, &u64)| {
                    let mut values = found.whole.values.iter().chain(&line.values);
                    let value = values.find(|(facet, _)| *facet == column.facet).map(|(_, value)| *value);
                    Ok::<_, ReadModelError>(self.number(value)? == *wanted)
                };
                let had = self.columns.iter().zip(path).map(has).collect::<Result<Vec<_>>>()?;
                if had.contains(&false) {
                    continue;
                }
                is_in = true;
                for (measure, currency, minor) in &line.sums {
                    let amounts = self.amounts.iter().find(|amounts| amounts.measure.code == *measure);
                    if let Some(amounts) = amounts {
                        *counted.sums.entry((amounts.measure.name, *currency)).or_default() += minor;
                    }
                }
            }
            if is_in {
                self.groups.entry(path.to_vec()).or_default().add(counted);
            }
        }
        Ok(())
    }

    fn number(&self, value: Option<Value>) -> Result<u64> {
        match value {
            None => Ok(NOTHING),
            Some(Value::Number(number)) => Ok(u64::from(number)),
            Some(Value::Thing(kind, id)) => {
                Ok(self.view.snapshot.ordinal(kind, id)?.map_or(NOTHING, u64::from))
            }
        }
    }
}

impl RecordTotals {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        for (sum, minor) in other.sums {
            *self.sums.entry(sum).or_default() += minor;
        }
    }

    /// Without the sums of which nothing is left.
    fn settled(mut self) -> Self {
        self.sums.retain(|_, minor| *minor != 0);
        self
    }
}
