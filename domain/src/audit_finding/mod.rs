//! The audit finding: what a physical audit found about one asset, or about one unknown label.

mod command;
pub(crate) mod decide;
pub(crate) mod decide_correction;
mod event;
mod evolve;
mod name;
mod state;
mod tally;
mod touches;

pub use crate::asset::end_of_day;
pub use command::*;
pub use event::*;
pub use name::{FindingName, FindingSubject, MakerSerial, ScanName};
pub use state::AuditFinding;
pub use tally::{FINDINGS, Tally};
