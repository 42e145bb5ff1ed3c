//! The requisition: somebody asks for something, somebody else approves it, it gets ordered.

mod command;
pub(crate) mod decide;
pub(crate) mod decide_correction;
mod event;
mod evolve;
mod state;
mod touches;

pub use command::*;
pub(crate) use decide::{check_line_count, check_quantity, mixed_currencies, money, sums};
pub use event::*;
pub use state::{LineProgress, Requisition, RequisitionStage};
