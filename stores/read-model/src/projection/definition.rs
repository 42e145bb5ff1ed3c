//! Which projections there are, and what each keeps of a thing.

use chrono::{Datelike, NaiveDate};
use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::asset::row::OrdinalOf;
use crate::kinds::record::definition::Record;
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
    /// A day, so that values are in the order of days.
    pub(crate) fn day(day: NaiveDate) -> Self {
        Self::Number(u32::try_from(day.num_days_from_ce()).unwrap_or(0))
    }
}

/// Tables of every projection.
const TABLES: &[&dyn Table] = &[&META_BY_NAME, &DATED_BY_FACET];

static COMPLIANCE: Layout = Layout {
    name: "compliance",
    pointer: "COMPLIANCE",
    schema: 1,
    reads: &[AggregateKind::Asset],
    tables: TABLES,
};

static TCO: Layout = Layout {
    name: "tco",
    pointer: "TCO",
    schema: 1,
    reads: &[AggregateKind::Asset, AggregateKind::PurchaseOrder],
    tables: TABLES,
};

impl Projection {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Compliance, Self::Tco];

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

    pub(crate) fn layout(self) -> &'static Layout {
        match self {
            Self::Compliance => &COMPLIANCE,
            Self::Tco => &TCO,
        }
    }

    pub(crate) fn reads(self, kind: AggregateKind) -> bool {
        self.layout().reads.contains(&kind)
    }

    /// What it keeps of a thing, a function of its row alone.
    pub(crate) fn features(self, thing: Thing<'_>) -> Features<FacetValue> {
        match self {
            Self::Compliance => compliance::features(thing),
            Self::Tco => tco::features(thing),
        }
    }
}

impl Features<FacetValue> {
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
