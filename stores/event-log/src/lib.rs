//! The log as a port, [`EventLog`], with two implementations: `jetstream` and `embedded`.
//!
//! The log knows subjects, sequences and bytes. It knows no business rule and never looks into a
//! body. Both implementations pass the same contract suite (`tests/`); `JetStream` is the
//! reference: what it promises, the embedded log promises too.

mod check;
mod commit;
mod embedded;
mod error;
mod jetstream;
mod message;
mod parallel_reads;
mod port;
mod subject;
mod times;
mod transfer;

pub use check::{CheckFinding, Promise, PromiseVerdict};
pub use commit::{Appended, Commit, Fence, Write};
pub use embedded::{EmbeddedImport, EmbeddedLog, EmbeddedOptions};
pub use error::{AppendError, Cause, LogError};
pub use itam_nats::NotPermitted;
pub use jetstream::{
    CheckpointStream, JetStreamImport, JetStreamLog, JetStreamOptions, LastingFault, ReplicaFault,
    ReplicaFaultKind, ReplicaWatch, check_jetstream,
};
pub use message::{MessagePage, StoredMessage};
pub use parallel_reads::read_each;
pub use port::{EventLog, LogReader};
pub use subject::{Subject, SubjectError, Tenant};
pub use times::{position_at, stored_at};
pub use transfer::{LogExport, LogImport, TransferRecord};
