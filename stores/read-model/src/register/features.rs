//! What dated lists keep of a thing: the values it is filtered by, the worklists it is on, and what it
//! cost; and the marks that an event leaves in them.

use crate::primitive::block::{BLOCK_SIZE, block_of};
use crate::primitive::dated::{List, Mark};
use crate::store::key::{Facet, Ordinal, facet_key};

/// What dated lists keep of a thing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Features {
    /// The lists that it is in.
    pub(crate) values: Vec<(Facet, u32)>,
    /// The amounts that count for it, in minor units, by the list that they are in.
    pub(crate) sums: Vec<((Facet, u32), i128)>,
}

/// The value that stands for a currency.
pub(crate) fn currency_value([one, two, three]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, one, two, three])
}

impl Features {
    /// What is in one of two but not in both; for amounts, how much more `self` has.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        let lacks = |list: &[(Facet, u32)], value: &(Facet, u32)| !list.contains(value);
        let ours = self.values.iter().filter(|value| lacks(&other.values, value));
        let theirs = other.values.iter().filter(|value| lacks(&self.values, value));
        let values = ours.chain(theirs).copied().collect();
        let mut sums = self.sums.clone();
        for (list, minor) in &other.sums {
            match sums.iter_mut().find(|(known, _)| known == list) {
                Some((_, sum)) => *sum -= minor,
                None => sums.push((*list, -minor)),
            }
        }
        sums.retain(|(_, minor)| *minor != 0);
        Self { values, sums }
    }

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
pub(crate) fn step(
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
