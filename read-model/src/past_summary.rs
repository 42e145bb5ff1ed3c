//! Summaries at a moment.

use itam_domain::{DepartmentId, LocationId};

use crate::asset_record::AssetRecord;
use crate::error::Result;
use crate::page::Direction;
use crate::past::Past;
use crate::summary::{Group, KindGroup, Summary, SummaryFilters};

impl Past<'_> {
    /// The summary of the assets that pass the filters, as [`crate::Snapshot::summary`].
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn summary(&self, filters: &SummaryFilters) -> Result<Summary> {
        let mut summary = Summary::default();
        self.each(|record| {
            if filters.admits(record) {
                summary.count(record);
            }
        })?;
        Ok(summary)
    }

    /// The summary of every kind and sub-kind.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn summary_by_kind(&self) -> Result<Vec<KindGroup>> {
        self.groups(|record| (record.asset.facts.kind, record.asset.facts.hardware_kind))
    }

    /// The summary of every location, and of the assets that were nowhere.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn summary_by_location(&self) -> Result<Vec<Group<Option<LocationId>>>> {
        self.groups(|record| record.asset.facts.location_id)
    }

    /// The summary of every department, and of the assets that belonged to none.
    ///
    /// # Errors
    /// [`crate::ReadModelError`] if the file fails.
    pub fn summary_by_department(&self) -> Result<Vec<Group<Option<DepartmentId>>>> {
        self.groups(|record| record.asset.facts.department_id)
    }

    fn groups<T: PartialEq>(&self, value: impl Fn(&AssetRecord) -> T) -> Result<Vec<Group<T>>> {
        let mut groups: Vec<Group<T>> = Vec::new();
        self.each(|record| {
            let value = value(record);
            let index = groups.iter().position(|group| group.value == value).unwrap_or_else(|| {
                groups.push(Group { value, summary: Summary::default() });
                groups.len() - 1
            });
            groups[index].summary.count(record);
        })?;
        Ok(groups)
    }

    fn each(&self, mut take: impl FnMut(&AssetRecord)) -> Result<()> {
        let assets = self.view().assets()?;
        let mut next = Some(0);
        while let Some(ordinal) =
            next.map(|next| assets.seek(next, Direction::Ascending)).transpose()?.flatten()
        {
            if let Some(record) = assets.find(ordinal)? {
                take(&record);
            }
            next = ordinal.checked_add(1);
        }
        Ok(())
    }
}

impl SummaryFilters {
    fn admits(&self, record: &AssetRecord) -> bool {
        let filters = crate::filter::AssetFilters {
            states: self.states.clone(),
            kinds: self.kinds.clone(),
            hardware_kinds: self.hardware_kinds.clone(),
            locations: self.locations.clone(),
            departments: self.departments.clone(),
            ..crate::filter::AssetFilters::default()
        };
        filters.admits(record)
    }
}

impl Summary {
    fn count(&mut self, record: &AssetRecord) {
        *self.by_state.entry(record.state()).or_default() += 1;
        if record.is_counted() {
            self.assets += 1;
            for (currency, minor) in record.acquisition_cost().into_iter().filter(|(_, minor)| *minor != 0) {
                *self.acquisition_cost.entry(currency).or_default() += minor;
            }
        }
    }
}
