//! What the files of one read model are called, and what is in them.

use itam_domain::AggregateKind;

use crate::store::table::Table;

/// What the files of one read model are called, and what is in them. A file of it is
/// `<name>.<generation>.redb`.
pub(crate) struct Layout {
    /// The first part of its files' names.
    pub(crate) name: &'static str,
    /// The file that names the one that is read.
    pub(crate) pointer: &'static str,
    /// The version of its tables, keys and rows. A file of another version is built anew.
    pub(crate) schema: u32,
    /// The kinds of things whose events it reads.
    pub(crate) reads: &'static [AggregateKind],
    /// Every table, in the order of the canonical dump. What is made, dumped and weighed is what
    /// stands here.
    pub(crate) tables: &'static [&'static dyn Table],
}
