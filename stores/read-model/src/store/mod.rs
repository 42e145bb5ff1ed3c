//! The files of the read model: what each says of itself, its tables and keys, who writes it and who reads it.

pub(crate) mod catalog;
pub(crate) mod current_file;
pub(crate) mod dump;
pub(crate) mod error;
pub(crate) mod generation;
pub(crate) mod key;
pub(crate) mod layout;
pub(crate) mod log_entry;
pub(crate) mod meta;
pub(crate) mod model;
pub(crate) mod open_file;
pub(crate) mod options;
pub(crate) mod ordinals;
pub(crate) mod parked;
pub(crate) mod snapshot;
pub(crate) mod table;
pub(crate) mod tables;
pub(crate) mod writer;
pub(crate) mod writer_file;
