//! The command service: it takes commands, decides them by the rules of `itam-domain`, and appends what
//! they make happen to the log.
//!
//! Commands come one by one over HTTP, many at once as NDJSON, and by NATS request and reply.
//! [`CommandDesk`] carries out all of them alike: resolve, load, decide, append, answer.

mod answer;
mod batch;
mod cache;
mod commit;
mod conflict;
mod contents;
mod desk;
mod digest;
mod disown;
mod disowned;
mod fence;
mod guard;
mod history;
mod http;
mod key_book;
mod lines;
mod metrics;
mod nats;
mod policy_file;
mod refusal;
mod replay;
mod sequence;
mod subject_locks;
mod submission;
mod unreadable;
mod view;
mod waits;

pub use answer::{Answer, AnsweredEvent};
pub use batch::BatchSettings;
pub use desk::{CommandDesk, DeskSettings};
pub use http::{HttpSettings, routes};
pub use nats::{NatsDoor, NatsDoorError, ReplySubjects};
pub use policy_file::{PolicyFileError, load_policies};
pub use refusal::Refusal;
pub use sequence::execute_in_order;
pub use submission::Submission;
