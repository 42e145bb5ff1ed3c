//! Audits and their findings.

pub(crate) mod batch;
pub(crate) mod course;
pub(crate) mod describe;
pub(crate) mod list;
pub(crate) mod record;
pub(crate) mod row;
