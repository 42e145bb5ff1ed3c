//! The read models beside the register: each keeps what its questions are answered from, in a file of
//! its own, as a function of the register's rows.

pub(crate) mod attached;
pub(crate) mod compliance;
pub(crate) mod declaration;
pub(crate) mod definition;
pub(crate) mod derive;
pub(crate) mod file;
pub(crate) mod marks;
pub(crate) mod prepare;
pub(crate) mod questions;
pub(crate) mod snapshot;
pub(crate) mod tco;
