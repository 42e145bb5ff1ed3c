//! What dated lists keep of a thing: the values it is filtered by, the worklists it is on, and the amounts
//! it counts for; and the marks that an event leaves in them.

use chrono::{DateTime, Datelike, Utc};
use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::kinds::asset::row::OrdinalOf;
use crate::primitive::block::{BLOCK_SIZE, block_of};
use crate::primitive::dated::{List, Mark};
use crate::store::error::Result;
use crate::store::key::{Facet, Ordinal, facet_key};

/// What a thing is found by: a number, or another thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u32),
    Thing(AggregateKind, Uuid),
}

impl Value {
    /// The day of an instant, so that values are in the order of days.
    pub(crate) fn day(instant: DateTime<Utc>) -> Self {
        Self::Number(u32::try_from(instant.num_days_from_ce()).unwrap_or(0))
    }
}

/// What dated lists keep of a thing. A value is a number, or what stands for it before it is looked up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Features<V = u32> {
    /// The lists that it is in.
    pub(crate) values: Vec<(Facet, V)>,
    /// The amounts that it counts for, in minor units, by the list that they are in.
    pub(crate) sums: Vec<((Facet, u32), i128)>,
}

/// The value that stands for a currency.
pub(crate) fn currency_value([one, two, three]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, one, two, three])
}

impl<V> Default for Features<V> {
    fn default() -> Self {
        Self { values: Vec::new(), sums: Vec::new() }
    }
}

impl<V: Copy + PartialEq> Features<V> {
    /// Of a thing that counts for no amount.
    pub(crate) fn of_values(values: Vec<(Facet, V)>) -> Self {
        Self { values, sums: Vec::new() }
    }

    /// Lets it count for so much more.
    pub(crate) fn add(&mut self, list: (Facet, u32), amount: i128) {
        match self.sums.iter_mut().find(|(known, _)| *known == list) {
            Some((_, sum)) => *sum += amount,
            None => self.sums.push((list, amount)),
        }
        self.sums.retain(|(_, amount)| *amount != 0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.sums.is_empty()
    }

    /// What is in one of two but not in both; for amounts, how much more `self` has.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        let lacks = |list: &[(Facet, V)], value: &(Facet, V)| !list.contains(value);
        let ours = self.values.iter().filter(|value| lacks(&other.values, value));
        let theirs = other.values.iter().filter(|value| lacks(&self.values, value));
        let values = ours.chain(theirs).copied().collect();
        let mut difference = Self { values, sums: self.sums.clone() };
        for (list, amount) in &other.sums {
            difference.add(*list, -amount);
        }
        difference
    }
}

impl Features<Value> {
    /// With the ordinals of what is referred to.
    pub(crate) fn resolve(&self, ordinal_of: OrdinalOf<'_>) -> Result<Features> {
        Ok(Features { values: resolve(&self.values, ordinal_of)?, sums: self.sums.clone() })
    }
}

/// Values with the ordinals of what is referred to.
pub(crate) fn resolve(values: &[(Facet, Value)], ordinal_of: OrdinalOf<'_>) -> Result<Vec<(Facet, u32)>> {
    let resolved = |(facet, value): &(Facet, Value)| match value {
        Value::Number(number) => Ok((*facet, *number)),
        Value::Thing(kind, id) => Ok((*facet, ordinal_of(*kind, *id)?)),
    };
    values.iter().map(resolved).collect()
}

impl Features {
    /// The marks that make a difference begin at an instant.
    pub(crate) fn marks(
        &self,
        ordinal: Ordinal,
        effective: i64,
        position: u64,
        marks: &mut Vec<(List, Mark)>,
    ) {
        let place = u16::try_from(ordinal % BLOCK_SIZE).unwrap_or(u16::MAX);
        let list = |facet, value| facet_key(facet, value, block_of(ordinal));
        for (facet, value) in &self.values {
            marks.push((list(*facet, *value), Mark { effective, position, place, minor: 0 }));
        }
        for ((facet, value), amount) in &self.sums {
            let mut rest = *amount;
            // An amount beyond 64 bits takes several marks; their sum counts.
            while rest != 0 {
                let minor = i64::try_from(rest).unwrap_or(if rest < 0 { i64::MIN } else { i64::MAX });
                rest -= i128::from(minor);
                marks.push((list(*facet, *value), Mark { effective, position, place, minor }));
            }
        }
    }
}

/// The marks of an event that changes a thing from its own time on.
pub(crate) fn marks_forward(
    before: Option<&Features>,
    after: &Features,
    ordinal: Ordinal,
    (effective, position): (i64, u64),
    marks: &mut Vec<(List, Mark)>,
) {
    match before {
        Some(before) => after.difference(before).marks(ordinal, effective, position, marks),
        None => after.marks(ordinal, effective, position, marks),
    }
}

/// As [`marks_forward`], where only what differs is looked up.
pub(crate) fn marks_forward_unresolved(
    before: &Features<Value>,
    after: &Features<Value>,
    ordinal: Ordinal,
    (effective, position): (i64, u64),
    ordinal_of: OrdinalOf<'_>,
    marks: &mut Vec<(List, Mark)>,
) -> Result<()> {
    let difference = after.difference(before);
    if !difference.is_empty() {
        difference.resolve(ordinal_of)?.marks(ordinal, effective, position, marks);
    }
    Ok(())
}
