//! What there is less of: people, master data, requisitions, orders.

pub(crate) mod change;
mod defined;
pub(crate) mod definition;
pub(crate) mod facets;
pub(crate) mod find;
pub(crate) mod index;
pub(crate) mod list;
pub(crate) mod row;
