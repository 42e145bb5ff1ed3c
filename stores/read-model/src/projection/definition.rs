//! The list of projections, which are read models beside the register.

use itam_domain::AggregateKind;

use crate::projection::declaration::{
    Declaration, ProjectedFilter, ProjectedTotal, ProjectedWorklist, Thing,
};
use crate::projection::{compliance, tco};
use crate::register::features::{Features, Value};
use crate::store::layout::Layout;

/// A read model beside the register. What it keeps is a function of the register's rows, so that it
/// can be built from them, and is rebuilt by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Projection {
    /// Whether the organization may do what it does with its assets.
    Compliance,
    /// What assets cost, and what came back.
    Tco,
}

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
    pub(crate) fn features(self, thing: Thing<'_>) -> Features<Value> {
        (self.declaration().features)(thing)
    }
}
