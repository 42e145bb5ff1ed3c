//! The kinds of things: what a row of each holds, what events make of it, and what it is found by.

pub(crate) mod asset;
pub(crate) mod audit;
pub(crate) mod record;
pub(crate) mod revision;
