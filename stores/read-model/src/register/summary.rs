//! Summaries: sums of counters, never counts of assets.

mod past;

use std::collections::BTreeMap;

use itam_domain::vocabulary::{AssetKind, AssetState, HardwareKind};
use itam_domain::{AggregateKind, Currency, DepartmentId, LocationId};
use redb::ReadOnlyTable;

use crate::primitive::totals::{BY_DEPARTMENT, BY_KIND, BY_LOCATION, CellTotal, NOWHERE, TotalsCell};
use crate::register::view::RegisterView;
use crate::store::error::{During, READING, ReadModelError, Result};
use crate::store::key::{Ordinal, kind_code, read_kind_code};
use crate::store::snapshot::Snapshot;
use crate::store::tables::TOTAL_BY_GROUP;

use past::PastSummaries;

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
pub struct SummaryGroup<T> {
    /// The value that its assets share.
    pub value: T,
    /// Its summary.
    pub summary: Summary,
}

/// The group of a kind and sub-kind.
pub type KindGroup = SummaryGroup<(AssetKind, Option<HardwareKind>)>;

/// A summary with its breakdowns. What is empty is in none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// All of it.
    pub total: Summary,
    /// By kind and sub-kind.
    pub by_kind: Vec<KindGroup>,
    /// By location, and what is nowhere.
    pub by_location: Vec<SummaryGroup<Option<LocationId>>>,
    /// By department, and what belongs to none.
    pub by_department: Vec<SummaryGroup<Option<DepartmentId>>>,
}

impl RegisterView<'_> {
    /// The summary of the assets that pass the filters.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn summary(self, filters: &SummaryFilters) -> Result<Summary> {
        match self.moment() {
            None => Counters::open(self.snapshot)?.summary(filters),
            Some(moment) => PastSummaries { view: self, moment }.summary(filters),
        }
    }

    /// The summary of the assets that pass the filters, with all of its breakdowns. At a moment at
    /// about the cost of one of them.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn breakdown(self, filters: &SummaryFilters) -> Result<Breakdown> {
        match self.moment() {
            None => Counters::open(self.snapshot)?.breakdown(filters),
            Some(moment) => PastSummaries { view: self, moment }.breakdown(filters),
        }
    }
}

/// The counters of the present.
struct Counters<'a> {
    snapshot: &'a Snapshot,
    totals: ReadOnlyTable<&'static [u8; 11], &'static [u8]>,
}

impl<'a> Counters<'a> {
    fn open(snapshot: &'a Snapshot) -> Result<Self> {
        Ok(Self { snapshot, totals: snapshot.table(TOTAL_BY_GROUP)? })
    }

    fn summary(&self, filters: &SummaryFilters) -> Result<Summary> {
        self.sum(filters, kind_codes(filters))
    }

    /// The summary of the assets that pass the filters and are of some kinds.
    fn sum(&self, filters: &SummaryFilters, kinds: Option<Vec<u8>>) -> Result<Summary> {
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
                    let cell = TotalsCell { state: 0, kind, location: *location, department: *department };
                    summary.take(&self.totals, cell.key(dimensions), &filters.states)?;
                }
            }
        }
        Ok(summary)
    }

    fn breakdown(&self, filters: &SummaryFilters) -> Result<Breakdown> {
        let total = self.summary(filters)?;
        let unknown = |code| ReadModelError::Damaged(format!("a total of the unknown kind {code}"));
        let kinds = self.groups(BY_KIND, |key| read_kind_code(key[1]).ok_or_else(|| unknown(key[1])))?;
        let locations = self
            .groups(BY_LOCATION, |key| Ok(self.id(AggregateKind::Location, &key[2..6])?.map(LocationId)))?;
        let departments = self.groups(BY_DEPARTMENT, |key| {
            Ok(self.id(AggregateKind::Department, &key[6..10])?.map(DepartmentId))
        })?;
        if *filters == SummaryFilters::default() {
            return Ok(Breakdown {
                total,
                by_kind: kinds,
                by_location: locations,
                by_department: departments,
            });
        }
        // With filters every group has to be asked for.
        let passing = kind_codes(filters);
        let mut by_kind = Vec::new();
        for SummaryGroup { value: (kind, hardware), .. } in kinds {
            let code = kind_code(kind, hardware);
            if passing.as_ref().is_none_or(|codes| codes.contains(&code)) {
                by_kind.push(SummaryGroup {
                    value: (kind, hardware),
                    summary: self.sum(filters, Some(vec![code]))?,
                });
            }
        }
        by_kind.retain(|group| group.summary != Summary::default());
        let at = |id| self.summary(&SummaryFilters { locations: vec![id], ..filters.clone() });
        let of = |id| self.summary(&SummaryFilters { departments: vec![id], ..filters.clone() });
        let by_location = asked_for(locations, &filters.locations, &total, at)?;
        let by_department = asked_for(departments, &filters.departments, &total, of)?;
        Ok(Breakdown { total, by_kind, by_location, by_department })
    }

    /// The summary of every value of a dimension.
    fn groups<T: PartialEq>(
        &self,
        dimension: u8,
        value: impl Fn(&[u8; 11]) -> Result<T>,
    ) -> Result<Vec<SummaryGroup<T>>> {
        let (mut low, mut high) = ([0; 11], [0xff; 11]);
        (low[0], high[0]) = (dimension, dimension);
        let mut groups: Vec<SummaryGroup<T>> = Vec::new();
        for entry in self.totals.range::<&[u8; 11]>(&low..=&high).during(READING)? {
            let (key, row) = entry.during(READING)?;
            let value = value(key.value())?;
            if groups.last().is_none_or(|group| group.value != value) {
                groups.push(SummaryGroup { value, summary: Summary::default() });
            }
            if let Some(group) = groups.last_mut() {
                group.summary.add(key.value()[10], &CellTotal::decode(row.value())?)?;
            }
        }
        Ok(groups)
    }

    fn id(&self, kind: AggregateKind, bytes: &[u8]) -> Result<Option<uuid::Uuid>> {
        let ordinal = bytes.first_chunk().map_or(NOWHERE, |bytes| Ordinal::from_be_bytes(*bytes));
        if ordinal == NOWHERE { Ok(None) } else { self.snapshot.id(kind, ordinal).map(Some) }
    }

    fn ordinals(&self, kind: AggregateKind, ids: impl Iterator<Item = uuid::Uuid>) -> Result<Vec<Ordinal>> {
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.snapshot.ordinal(kind, id)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// The groups of a filtered summary, each asked for. No filter names the group without a value: it has what
/// the others leave of the total.
fn asked_for<T: Copy + PartialEq>(
    found: Vec<SummaryGroup<Option<T>>>,
    wanted: &[T],
    total: &Summary,
    ask: impl Fn(T) -> Result<Summary>,
) -> Result<Vec<SummaryGroup<Option<T>>>> {
    let mut groups = Vec::new();
    let mut rest = total.clone();
    for id in found.into_iter().filter_map(|group| group.value) {
        if wanted.is_empty() || wanted.contains(&id) {
            let summary = ask(id)?;
            rest.subtract(&summary);
            groups.push(SummaryGroup { value: Some(id), summary });
        }
    }
    groups.push(SummaryGroup { value: None, summary: rest });
    groups.retain(|group| group.summary != Summary::default());
    Ok(groups)
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
        for entry in table.range::<&[u8; 11]>(&low..=&high).during(READING)? {
            let (key, row) = entry.during(READING)?;
            let state = key.value()[10];
            if states.is_empty() || states.iter().any(|wanted| *wanted as u8 == state) {
                self.add(state, &CellTotal::decode(row.value())?)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, state: u8, tally: &CellTotal) -> Result<()> {
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

impl Summary {
    /// Takes away what is a part of it.
    fn subtract(&mut self, part: &Self) {
        self.assets = self.assets.saturating_sub(part.assets);
        for (state, count) in &part.by_state {
            let left = self.by_state.entry(*state).or_default();
            *left = left.saturating_sub(*count);
        }
        self.by_state.retain(|_, count| *count > 0);
        for (currency, minor) in &part.acquisition_cost {
            *self.acquisition_cost.entry(*currency).or_default() -= minor;
        }
        self.acquisition_cost.retain(|_, minor| *minor != 0);
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
