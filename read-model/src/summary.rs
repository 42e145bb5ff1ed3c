//! Summaries: sums of counters, never counts of assets.

use std::collections::BTreeMap;

use itam_domain::vocabulary::{AssetKind, AssetState, HardwareKind};
use itam_domain::{AggregateKind, Currency, DepartmentId, LocationId};
use redb::ReadOnlyTable;

use crate::error::{ReadModelError, Result};
use crate::key::{Ordinal, kind_code, read_kind_code};
use crate::snapshot::{READING, Snapshot};
use crate::tables::TOTAL_BY_GROUP;
use crate::totals::{BY_DEPARTMENT, BY_KIND, BY_LOCATION, Cell, NOWHERE, Tally};

/// Which assets a summary is about: within one field any of the values, between fields all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryFilters {
    /// Where they are in their life.
    pub states: Vec<AssetState>,
    /// What sort of thing.
    pub kinds: Vec<AssetKind>,
    /// What sort of device.
    pub hardware_kinds: Vec<HardwareKind>,
    /// Where they are.
    pub locations: Vec<LocationId>,
    /// Who bears their cost.
    pub departments: Vec<DepartmentId>,
}

/// How many assets there are, and what they cost to acquire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of assets, without those that were voided or cancelled: they never were.
    pub assets: u64,
    /// The number of assets in every state, voided and cancelled ones too.
    pub by_state: BTreeMap<AssetState, u64>,
    /// What the counted assets cost to acquire, in minor units by currency; disposed ones too.
    pub acquisition_cost: BTreeMap<Currency, i128>,
}

/// One group of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<T> {
    /// The value that its assets share.
    pub value: T,
    /// Its summary.
    pub summary: Summary,
}

/// The group of a kind and sub-kind.
pub type KindGroup = Group<(AssetKind, Option<HardwareKind>)>;

impl Snapshot {
    /// The summary of the assets that pass the filters.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn summary(&self, filters: &SummaryFilters) -> Result<Summary> {
        let table = self.table(TOTAL_BY_GROUP)?;
        let kinds = kind_codes(filters);
        let locations = self.ordinals(AggregateKind::Location, filters.locations.iter().map(|id| id.0))?;
        let departments =
            self.ordinals(AggregateKind::Department, filters.departments.iter().map(|id| id.0))?;
        let mut dimensions = 0;
        for (is_filtered, dimension) in [
            (kinds.is_some(), BY_KIND),
            (!filters.locations.is_empty(), BY_LOCATION),
            (!filters.departments.is_empty(), BY_DEPARTMENT),
        ] {
            dimensions |= if is_filtered { dimension } else { 0 };
        }
        // A dimension that is not filtered is not in the key, so that any one value stands for it.
        let or_any = |values: Vec<Ordinal>, dimension| {
            if dimensions & dimension == 0 { vec![0] } else { values }
        };
        let (locations, departments) = (or_any(locations, BY_LOCATION), or_any(departments, BY_DEPARTMENT));
        let mut summary = Summary::default();
        for kind in kinds.unwrap_or_else(|| vec![0]) {
            for location in &locations {
                for department in &departments {
                    let cell = Cell { state: 0, kind, location: *location, department: *department };
                    summary.take(&table, cell.key(dimensions), &filters.states)?;
                }
            }
        }
        Ok(summary)
    }

    /// The summary of every kind and sub-kind.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn summary_by_kind(&self) -> Result<Vec<KindGroup>> {
        let unknown = |code| ReadModelError::Damaged(format!("a total of the unknown kind {code}"));
        self.groups(BY_KIND, |key| read_kind_code(key[1]).ok_or_else(|| unknown(key[1])))
    }

    /// The summary of every location, and of the assets that are nowhere.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn summary_by_location(&self) -> Result<Vec<Group<Option<LocationId>>>> {
        self.groups(BY_LOCATION, |key| {
            Ok(self.group_id(AggregateKind::Location, &key[2..6])?.map(LocationId))
        })
    }

    /// The summary of every department, and of the assets that belong to none.
    ///
    /// # Errors
    /// [`ReadModelError`] if the file fails.
    pub fn summary_by_department(&self) -> Result<Vec<Group<Option<DepartmentId>>>> {
        self.groups(BY_DEPARTMENT, |key| {
            Ok(self.group_id(AggregateKind::Department, &key[6..10])?.map(DepartmentId))
        })
    }

    fn groups<T: PartialEq>(
        &self,
        dimension: u8,
        value: impl Fn(&[u8; 11]) -> Result<T>,
    ) -> Result<Vec<Group<T>>> {
        let (low, high) = ([dimension, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0xff; 11]);
        let high = {
            let mut high: [u8; 11] = high;
            high[0] = dimension;
            high
        };
        let table = self.table(TOTAL_BY_GROUP)?;
        let mut groups: Vec<Group<T>> = Vec::new();
        for entry in table.range::<&[u8; 11]>(&low..=&high).map_err(ReadModelError::store(READING))? {
            let (key, row) = entry.map_err(ReadModelError::store(READING))?;
            let value = value(key.value())?;
            if groups.last().is_none_or(|group| group.value != value) {
                groups.push(Group { value, summary: Summary::default() });
            }
            if let Some(group) = groups.last_mut() {
                group.summary.add(key.value()[10], &Tally::decode(row.value())?)?;
            }
        }
        Ok(groups)
    }

    fn group_id(&self, kind: AggregateKind, bytes: &[u8]) -> Result<Option<uuid::Uuid>> {
        let ordinal = bytes.first_chunk().map_or(NOWHERE, |bytes| Ordinal::from_be_bytes(*bytes));
        if ordinal == NOWHERE { Ok(None) } else { self.id(kind, ordinal).map(Some) }
    }

    fn ordinals(&self, kind: AggregateKind, ids: impl Iterator<Item = uuid::Uuid>) -> Result<Vec<Ordinal>> {
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.ordinal(kind, id)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

impl Summary {
    /// Adds the totals of one group of cells, which differ in their state only.
    fn take(
        &mut self,
        table: &ReadOnlyTable<&'static [u8; 11], &'static [u8]>,
        low: [u8; 11],
        states: &[AssetState],
    ) -> Result<()> {
        let mut high = low;
        high[10] = u8::MAX;
        for entry in table.range::<&[u8; 11]>(&low..=&high).map_err(ReadModelError::store(READING))? {
            let (key, row) = entry.map_err(ReadModelError::store(READING))?;
            let state = key.value()[10];
            if states.is_empty() || states.iter().any(|wanted| *wanted as u8 == state) {
                self.add(state, &Tally::decode(row.value())?)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, state: u8, tally: &Tally) -> Result<()> {
        let unknown = || ReadModelError::Damaged(format!("a total of the unknown state {state}"));
        let state = *AssetState::ALL.get(usize::from(state)).ok_or_else(unknown)?;
        let count = u64::try_from(tally.count)
            .map_err(|_| ReadModelError::Damaged(format!("a total of {} assets", tally.count)))?;
        self.add_assets(state, count);
        for (currency, minor) in tally.currencies()? {
            *self.acquisition_cost.entry(currency).or_default() += minor;
        }
        Ok(())
    }
}

impl Summary {
    /// Counts some assets of one state.
    pub(crate) fn add_assets(&mut self, state: AssetState, count: u64) {
        if count == 0 {
            return;
        }
        *self.by_state.entry(state).or_default() += count;
        if !matches!(state, AssetState::Voided | AssetState::Cancelled) {
            self.assets += count;
        }
    }
}

/// The kind bytes that pass; `None` if all do.
fn kind_codes(filters: &SummaryFilters) -> Option<Vec<u8>> {
    if filters.kinds.is_empty() && filters.hardware_kinds.is_empty() {
        return None;
    }
    let kinds = if filters.kinds.is_empty() { AssetKind::ALL } else { filters.kinds.as_slice() };
    let hardware: Vec<_> = if filters.hardware_kinds.is_empty() {
        HardwareKind::ALL.iter().copied().map(Some).chain([None]).collect()
    } else {
        filters.hardware_kinds.iter().copied().map(Some).collect()
    };
    let codes = kinds.iter().flat_map(|kind| hardware.iter().map(|hardware| kind_code(*kind, *hardware)));
    let codes: std::collections::BTreeSet<u8> = codes.collect();
    Some(codes.into_iter().collect())
}
