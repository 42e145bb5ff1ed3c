//! Assets.

pub(crate) mod change;
pub(crate) mod course;
pub(crate) mod describe;
pub(crate) mod features;
pub(crate) mod index;
pub(crate) mod record;
pub(crate) mod row;
