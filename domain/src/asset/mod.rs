//! The asset: from order or registration to disposal.

mod command;
mod correctable;
pub mod course;
mod decide;
mod decide_contents;
pub(crate) mod decide_correction;
pub(crate) mod decide_custody;
pub(crate) mod decide_facts;
pub(crate) mod decide_life;
mod event;
mod evolve;
mod facts;
mod name;
mod past;
mod state;
mod touches;
mod transition;

pub use command::*;
pub use correctable::CorrectableFact;
pub(crate) use decide_facts::check_costs;
pub use event::*;
pub use facts::{AcquisitionCosts, AssetFacts, Custodian, FactChange, OrderLine};
pub use name::AssetName;
pub use past::{AssetAt, end_of_day};
pub use state::{Acceptance, Asset, Custody, Reservation, Sanitization, Stage};
pub use transition::{allowed_commands, states_allowing};
