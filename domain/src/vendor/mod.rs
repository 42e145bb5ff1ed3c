//! The vendor: who sells, leases, repairs or takes assets.

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
pub use state::Vendor;
