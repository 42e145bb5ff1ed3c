//! Records, which is everything but assets and findings: people, master data, requisitions, orders.

pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod course;
mod defined;
pub(crate) mod definition;
pub(crate) mod describe;
pub(crate) mod facet;
pub(crate) mod find;
pub(crate) mod index;
pub(crate) mod list;
pub(crate) mod master;
pub(crate) mod order;
pub(crate) mod person;
pub(crate) mod requisition;
pub(crate) mod row;
pub(crate) mod totals;
pub(crate) mod words;
