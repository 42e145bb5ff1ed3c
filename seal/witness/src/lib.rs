//! The witness: countersigns a checkpoint only after it has verified that it continues the last one
//! that it saw of that log.
//!
//! It is of use where the operator of the log has no power over it. It remembers one size and root
//! for each log, on the disk before it answers; so it never signs two histories, whenever it is
//! killed. The interface is that of C2SP tlog-witness.

mod memory;
mod request;
mod route;
mod witness;

pub use memory::{Memory, MemoryError};
pub use request::{AddCheckpoint, MalformedRequest};
pub use route::routes;
pub use witness::{Witness, WitnessRefusal};
