//! What tables are made of: numbers, blocks, lists with dates, differences, pages. Knows no kind of thing.

pub(crate) mod block;
pub(crate) mod dated;
pub(crate) mod delta;
pub(crate) mod intersection;
pub(crate) mod page;
pub(crate) mod posting;
pub(crate) mod token;
pub(crate) mod totals;
pub(crate) mod varint;

/// A small number that stands for an id within a file.
pub(crate) type Ordinal = u32;
