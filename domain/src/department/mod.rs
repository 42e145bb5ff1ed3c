//! The department: who bears costs, and who has assets in common.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
mod touches;

pub use command::*;
pub(crate) use decide::decide;
pub use event::*;
pub use evolve::evolve;
pub use state::Department;
