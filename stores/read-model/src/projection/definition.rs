//! Which projections there are, and what each keeps of a thing.

use chrono::{DateTime, Datelike, Utc};
use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::OrdinalOf;
use crate::kinds::record::definition::Record;
use crate::projection::declaration::{Declaration, ProjectedFilter, ProjectedTotal, ProjectedWorklist};
use crate::projection::{compliance, tco};
use crate::register::features::Features;
use crate::store::error::Result;
use crate::store::key::Facet;
use crate::store::layout::Layout;
use crate::store::table::Table;
use crate::store::tables::{DATED_BY_FACET, META_BY_NAME};

/// A read model beside the register. What it keeps is a function of the register's rows, so that it
/// can be built from them, and is rebuilt by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Projection {
    /// Whether the organization may do what it does with its assets.
    Compliance,
    /// What assets cost, and what came back.
    Tco,
}

/// A thing of the register, as it was at some time.
#[derive(Clone, Copy)]
pub(crate) enum Thing<'a> {
    Asset(&'a AssetRecord),
    Record(&'a Record),
}

/// What a thing is found by: a number, or another thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FacetValue {
    Number(u32),
    Reference(AggregateKind, Uuid),
}

impl FacetValue {
    /// The day of an instant, so that values are in the order of days.
    pub(crate) fn day(instant: DateTime<Utc>) -> Self {
        Self::Number(u32::try_from(instant.num_days_from_ce()).unwrap_or(0))
    }
}

/// Tables of every projection.
pub(crate) const TABLES: &[&dyn Table] = &[&META_BY_NAME, &DATED_BY_FACET];

impl Projection {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Compliance, Self::Tco];

    fn declaration(self) -> &'static Declaration {
        match self {
            Self::Compliance => &compliance::DECLARATION,
            Self::Tco => &tco::DECLARATION,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.layout().name
    }

    /// The version of its file's tables and of what it keeps. A file of another one is built anew.
    #[must_use]
    pub fn schema(self) -> u32 {
        self.layout().schema
    }

    /// What assets can be filtered by in it.
    #[must_use]
    pub fn filters(self) -> &'static [ProjectedFilter] {
        self.declaration().filters
    }

    /// Its worklists.
    #[must_use]
    pub fn worklists(self) -> &'static [ProjectedWorklist] {
        self.declaration().worklists
    }

    /// Its totals.
    #[must_use]
    pub fn totals(self) -> &'static [ProjectedTotal] {
        self.declaration().totals
    }

    pub(crate) fn layout(self) -> &'static Layout {
        &self.declaration().layout
    }

    pub(crate) fn reads(self, kind: AggregateKind) -> bool {
        self.layout().reads.contains(&kind)
    }

    /// What it keeps of a thing, a function of its row alone.
    pub(crate) fn features(self, thing: Thing<'_>) -> Features<FacetValue> {
        (self.declaration().features)(thing)
    }
}

impl Features<FacetValue> {
    /// Lets it be found by a thing that it refers to.
    pub(crate) fn refer(&mut self, facet: Facet, kind: AggregateKind, id: Option<Uuid>) {
        self.values.extend(id.map(|id| (facet, FacetValue::Reference(kind, id))));
    }

    /// With the ordinals of what is referred to.
    pub(crate) fn resolve(&self, ordinal_of: OrdinalOf<'_>) -> Result<Features> {
        let value = |(facet, value): &(Facet, FacetValue)| match value {
            FacetValue::Number(number) => Ok((*facet, *number)),
            FacetValue::Reference(kind, id) => Ok((*facet, ordinal_of(*kind, *id)?)),
        };
        let values = self.values.iter().map(value).collect::<Result<_>>()?;
        Ok(Features { values, sums: self.sums.clone() })
    }
}
