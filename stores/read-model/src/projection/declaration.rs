//! What a projection declares of itself, in one place: what it keeps of a thing, and what can be asked of it.

use itam_domain::AggregateKind;
use uuid::Uuid;

use crate::kinds::asset::record::AssetRecord;
use crate::kinds::record::definition::Record;
use crate::register::features::{Features, Value};
use crate::store::key::Facet;
use crate::store::layout::Layout;
use crate::store::table::Table;
use crate::store::tables::{DATED_BY_FACET, META_BY_NAME};

/// What a projection declares of itself.
pub(crate) struct Declaration {
    /// What its file is called, and the version of what it keeps.
    pub(crate) layout: Layout,
    /// What it keeps of a thing, a function of its row alone.
    pub(crate) features: fn(Thing<'_>) -> Features<Value>,
    pub(crate) filters: &'static [ProjectedFilter],
    pub(crate) worklists: &'static [ProjectedWorklist],
    pub(crate) totals: &'static [ProjectedTotal],
}

/// A facet whose values are words: their places in a list.
#[derive(Clone, Copy, Debug)]
pub struct WordFacet {
    /// What it is called on the wire.
    pub name: &'static str,
    pub(crate) facet: Facet,
    /// The words, in the order of their values.
    pub words: fn() -> Vec<&'static str>,
}

/// A facet that assets can be filtered by.
#[derive(Clone, Copy, Debug)]
pub struct ProjectedFilter {
    /// What it says of an asset.
    pub about: &'static str,
    /// Its name and words.
    pub facet: WordFacet,
}

/// Assets that somebody has to see to, those that wait longest first.
#[derive(Clone, Copy, Debug)]
pub struct ProjectedWorklist {
    /// What it is called on the wire.
    pub name: &'static str,
    /// Which assets are on it.
    pub about: &'static str,
    /// Its values are the days since when they wait.
    pub(crate) facet: Facet,
}

/// How many things there are, and the amounts that they count for, by another thing that they belong to.
#[derive(Clone, Copy, Debug)]
pub struct ProjectedTotal {
    /// What it is called on the wire.
    pub name: &'static str,
    /// What it says.
    pub about: &'static str,
    /// Which things are counted, each under its word.
    pub counted: WordFacet,
    /// The kind of thing that they are grouped by.
    pub by: AggregateKind,
    pub(crate) group: Facet,
    /// What is summed up, by its name on the wire.
    pub(crate) measures: &'static [(&'static str, Facet)],
}

impl ProjectedTotal {
    /// What is summed up, by its name on the wire.
    pub fn measures(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.measures.iter().map(|(name, _)| *name)
    }
}

/// A thing of the register, as it was at some time.
#[derive(Clone, Copy)]
pub(crate) enum Thing<'a> {
    Asset(&'a AssetRecord),
    Record(&'a Record),
}

impl<'a> From<&'a AssetRecord> for Thing<'a> {
    fn from(record: &'a AssetRecord) -> Self {
        Self::Asset(record)
    }
}

impl<'a> From<&'a Record> for Thing<'a> {
    fn from(record: &'a Record) -> Self {
        Self::Record(record)
    }
}

/// Tables of every projection.
pub(crate) const TABLES: &[&dyn Table] = &[&META_BY_NAME, &DATED_BY_FACET];

impl Features<Value> {
    /// Lets it be found by a thing that it refers to: one that the register's own lists refer to, too, as
    /// others have no ordinal.
    pub(crate) fn refer(&mut self, facet: Facet, kind: AggregateKind, id: Option<Uuid>) {
        self.values.extend(id.map(|id| (facet, Value::Thing(kind, id))));
    }
}
