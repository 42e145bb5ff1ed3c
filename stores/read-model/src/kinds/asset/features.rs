//! What dated lists keep of an asset: the values it is filtered by, the worklists it is on, and
//! what it cost; and the marks that an event leaves in them.

use crate::kinds::asset::index::{facet_values, orders};
use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::OrdinalOf;
use crate::primitive::block::{BLOCK_SIZE, block_of};
use crate::primitive::dated::{List, Mark};
use crate::primitive::totals::Tally;
use crate::register::course::{Stretch, at};
use crate::register::version::Heading;
use crate::store::error::Result;
use crate::store::key::{Facet, Order, Ordinal, facet_key};

/// What dated lists keep of an asset.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Traits {
    /// The lists that it is in.
    values: Vec<(Facet, u32)>,
    /// What it cost, in minor units by currency; nothing if it is not counted.
    costs: Vec<([u8; 3], i128)>,
}

/// The value that stands for a currency.
pub(crate) fn currency_value([one, two, three]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, one, two, three])
}

impl Traits {
    pub(crate) fn of(record: &AssetRecord, ordinal_of: OrdinalOf<'_>) -> Result<Self> {
        let mut values = facet_values(record, ordinal_of)?;
        values.push((Facet::InRegister, 0));
        // The order of changes at a moment is told by the chronicle.
        let worklists = orders(record).into_iter().filter(|(order, _)| *order != Order::Changed);
        values.extend(worklists.map(|(order, _)| (Facet::Worklist, order as u32)));
        Ok(Self { values, costs: Tally::of(record).costs })
    }

    /// What is in one of two but not in both; for costs, how much more `self` has.
    fn beside(&self, other: &Self) -> Self {
        let lacks = |list: &[(Facet, u32)], value: &(Facet, u32)| !list.contains(value);
        let ours = self.values.iter().filter(|value| lacks(&other.values, value));
        let theirs = other.values.iter().filter(|value| lacks(&self.values, value));
        let values = ours.chain(theirs).copied().collect();
        let mut tally = Tally { count: 0, costs: self.costs.clone() };
        tally.add(&Tally { count: 0, costs: other.costs.clone() }, -1);
        tally.settle();
        Self { values, costs: tally.costs }
    }

    /// The marks that make a difference begin at an instant.
    fn marks(&self, ordinal: Ordinal, effective: i64, position: u64, marks: &mut Vec<(List, Mark)>) {
        let place = u16::try_from(ordinal % BLOCK_SIZE).unwrap_or(u16::MAX);
        let list = |facet, value| facet_key(facet, value, block_of(ordinal));
        for (facet, value) in &self.values {
            marks.push((list(*facet, *value), Mark { effective, position, place, minor: 0 }));
        }
        for (currency, amount) in &self.costs {
            let mut rest = *amount;
            // An amount beyond 64 bits takes several marks; their sum counts.
            while rest != 0 {
                let minor = i64::try_from(rest).unwrap_or(if rest < 0 { i64::MIN } else { i64::MAX });
                rest -= i128::from(minor);
                let list = list(Facet::Cost, currency_value(*currency));
                marks.push((list, Mark { effective, position, place, minor }));
            }
        }
    }
}

/// The marks of an event that changes an asset from its own time on.
pub(crate) fn step(
    before: Option<&Traits>,
    after: &Traits,
    ordinal: Ordinal,
    heading: Heading,
    marks: &mut Vec<(List, Mark)>,
) {
    match before {
        Some(before) => after.beside(before).marks(ordinal, heading.effective, heading.position, marks),
        None => after.marks(ordinal, heading.effective, heading.position, marks),
    }
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
    let traits = |course: &[Stretch], instant| {
        at(course, instant).map_or(Ok(Traits::default()), |stretch| Traits::of(&stretch.record, ordinal_of))
    };
    let mut so_far = Traits::default();
    for instant in instants {
        let difference = traits(after, instant)?.beside(&traits(before, instant)?);
        difference.beside(&so_far).marks(ordinal, instant, position, marks);
        so_far = difference;
    }
    Ok(())
}
