//! The projector: carries what the log says into the read model, and nothing else.
//!
//! A [`Projector`] opens the read model, proves that its checkpoint lies in this log and no other,
//! catches up in large batches and then follows in small ones. Rows and checkpoint commit
//! together, so that it can be killed at any moment. It decides nothing and appends nothing.

mod blocking;
mod checkpoint;
mod decode;
mod error;
mod feed;
mod flush_timing;
mod handle;
mod options;
mod parked_desk;
mod preparing;
mod projector;
mod rebuild;
mod release;
mod reopening;
mod replay;
mod status;

pub use decode::content;
pub use error::ProjectorError;
pub use handle::ProjectorHandle;
pub use options::ProjectorOptions;
pub use parked_desk::{NotReleased, ParkedDesk, ParkedEvent, ReleaseNote};
pub use projector::Projector;
pub use rebuild::{RebuildReport, RebuildScope, RebuiltFile, rebuild};
pub use release::{Release, ReleaseError, Releases};
pub use replay::{ReplayReport, replay};
pub use status::{Phase, Progress, ProjectionStatus, ProjectorStatus};
