//! Master data: what the organization has defined before it has assets, one kind a file.
//!
//! Such a thing is only ever defined anew, and corrected where it was recorded wrongly, so two commands, two events and
//! one state are all there is to it. A kind's file says what it reads like, what is unique about it and what it refers
//! to; `definition.rs` and `correction.rs` have what all kinds share.

pub mod asset_model;
mod correction;
mod definition;
pub mod department;
pub mod location;
pub mod project;
mod sample;
pub mod vendor;

pub use asset_model::*;
pub use correction::*;
pub use definition::*;
pub use department::*;
pub use location::*;
pub use project::*;
pub use sample::*;
pub use vendor::*;
