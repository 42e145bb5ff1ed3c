//! Counters: how many assets there are and what they cost, by kind, location, department and
//! state, kept up to date with every change.

use std::collections::HashMap;

use itam_domain::Currency;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::{read_currency, write_currency};
use crate::store::error::{ReadModelError, Result};
use crate::store::key::{Ordinal, kind_code};

const VERSION: u8 = 1;

/// A choice of dimensions, as bits.
pub(crate) const BY_KIND: u8 = 1;
pub(crate) const BY_LOCATION: u8 = 2;
pub(crate) const BY_DEPARTMENT: u8 = 4;

/// What stands for "no location" and "no department".
pub(crate) const NOWHERE: Ordinal = Ordinal::MAX;

/// One cell: state, kind, location, department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TotalsCell {
    pub(crate) state: u8,
    pub(crate) kind: u8,
    pub(crate) location: Ordinal,
    pub(crate) department: Ordinal,
}

/// A number of assets and what they cost, in minor units by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CellTotal {
    pub(crate) count: i64,
    pub(crate) costs: Vec<([u8; 3], i128)>,
}

impl TotalsCell {
    pub(crate) fn of(record: &AssetRecord, location: Option<Ordinal>, department: Option<Ordinal>) -> Self {
        let facts = &record.asset.facts;
        Self {
            state: record.state() as u8,
            kind: kind_code(facts.kind, facts.hardware_kind),
            location: location.unwrap_or(NOWHERE),
            department: department.unwrap_or(NOWHERE),
        }
    }

    /// The key of the cell in the totals of `dimensions`.
    pub(crate) fn key(self, dimensions: u8) -> [u8; 11] {
        let mut key = [0; 11];
        key[0] = dimensions;
        if dimensions & BY_KIND != 0 {
            key[1] = self.kind;
        }
        if dimensions & BY_LOCATION != 0 {
            key[2..6].copy_from_slice(&self.location.to_be_bytes());
        }
        if dimensions & BY_DEPARTMENT != 0 {
            key[6..10].copy_from_slice(&self.department.to_be_bytes());
        }
        key[10] = self.state;
        key
    }
}

impl CellTotal {
    pub(crate) fn of(record: &AssetRecord) -> Self {
        let costs = if record.is_counted() { record.acquisition_cost() } else { Vec::new() };
        let costs = costs.into_iter().map(|(currency, minor)| (write_currency(currency), minor)).collect();
        Self { count: 1, costs }
    }

    pub(crate) fn add(&mut self, other: &Self, sign: i64) {
        self.count += other.count * sign;
        for (currency, minor) in &other.costs {
            let minor = *minor * i128::from(sign);
            match self.costs.iter_mut().find(|(known, _)| known == currency) {
                Some((_, total)) => *total += minor,
                None => self.costs.push((*currency, minor)),
            }
        }
    }

    /// Puts the currencies in order and drops those of which nothing is left, so that equal
    /// totals have equal bytes.
    pub(crate) fn settle(&mut self) {
        self.costs.retain(|(_, minor)| *minor != 0);
        self.costs.sort_unstable();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0 && self.costs.is_empty()
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        postcard::to_extend(&(self.count, &self.costs), vec![VERSION])
            .map_err(|error| ReadModelError::Damaged(format!("a total: {error}")))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let Some((&VERSION, row)) = bytes.split_first() else {
            return Err(ReadModelError::Damaged("a total of unknown version".to_owned()));
        };
        let (count, costs) = postcard::from_bytes(row)
            .map_err(|error| ReadModelError::Damaged(format!("a total: {error}")))?;
        Ok(Self { count, costs })
    }

    pub(crate) fn currencies(&self) -> Result<Vec<(Currency, i128)>> {
        self.costs.iter().map(|(code, minor)| Ok((read_currency(*code)?, *minor))).collect()
    }
}

/// Rolls changes of single cells up into the totals of every choice of dimensions.
pub(crate) fn roll_up(changes: &HashMap<TotalsCell, CellTotal>) -> HashMap<[u8; 11], CellTotal> {
    let mut rolled: HashMap<[u8; 11], CellTotal> = HashMap::new();
    for (cell, tally) in changes {
        for dimensions in 0..=(BY_KIND | BY_LOCATION | BY_DEPARTMENT) {
            rolled.entry(cell.key(dimensions)).or_default().add(tally, 1);
        }
    }
    rolled
}
