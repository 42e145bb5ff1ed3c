//! An organization of our own making, to look at.

#[cfg(test)]
pub(crate) mod court;
