//! The purchase order: what was ordered from a vendor, and what of it arrived.

mod command;
pub(crate) mod decide;
pub(crate) mod decide_approval;
pub(crate) mod decide_correction;
pub(crate) mod decide_delivery;
mod event;
mod evolve;
mod state;
mod touches;

pub use command::*;
pub use decide_delivery::MAX_DELIVERY;
pub(crate) use decide_delivery::reject_delivery;
pub use event::*;
pub use state::{OrderStage, PurchaseOrder, ReceiptProgress};
