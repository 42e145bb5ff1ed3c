//! The audit campaign: a physical audit from its plan to its result.

mod command;
pub(crate) mod decide;
mod event;
mod evolve;
mod scope;
mod state;
mod touches;

pub use command::*;
pub use event::*;
pub use scope::AuditScope;
pub use state::{AuditCampaign, CampaignStage};
