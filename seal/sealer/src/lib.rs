//! The sealer: keeps the Merkle log of the log, signs checkpoints of it, and goes on comparing the
//! log with what was sealed.
//!
//! A [`Sealer`] reads the log as a projector does, from the end of its tree on. Leaves are on the
//! disk before a checkpoint over them is signed, and the checkpoint is before anybody is given it;
//! so it can be killed at any moment and never signs two roots for one size. It appends nothing to
//! the log, and knows neither HTTP nor NATS: places outside are [`Archive`]s, and those who
//! countersign are [`Witness`]es.

mod archive;
mod delivery;
mod error;
mod messages;
mod options;
mod scrub;
mod sealer;
mod sealer_files;
mod signing;
mod status;

pub use archive::{Archive, Cause, CurrentKeys, KeyRing, Witness, WitnessAnswer};
pub use error::SealerError;
pub use options::SealerOptions;
pub use sealer::{Sealer, SealerHandle};
pub use sealer_files::SealerFiles;
pub use signing::NotSigned;
pub use status::{SealerPhase, SealerStatus};
