//! The person: an opaque id and a standing. Her name and mail live in the person vault alone.

mod command;
pub(crate) mod decide;
pub(crate) mod decide_correction;
mod event;
mod evolve;
mod state;
mod touches;

pub use command::*;
pub use event::*;
pub use state::{Person, PersonStanding};
