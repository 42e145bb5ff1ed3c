//! Master data: what the organization has defined before it has assets, one kind a file.
//!
//! Such a thing is only ever defined anew, so one command, one event and one state are all there is to it. A kind's file
//! says what it reads like, what is unique about it and what it refers to; `definition.rs` has what all kinds share.

pub mod asset_model;
mod definition;
pub mod department;
pub mod location;
pub mod project;
pub mod vendor;

pub use asset_model::*;
pub use definition::*;
pub use department::*;
pub use location::*;
pub use project::*;
pub use vendor::*;
