//! Connections to NATS servers, made in one place for everything that uses them.
//!
//! Each user has an inbox prefix of its own, so that the servers can keep others from reading its
//! answers; the servers' `JetStream` interface may be found under another prefix than `$JS.API`,
//! where it is imported from the streams' account; and what a server does not permit is told to
//! whoever tried it, since the server itself says so beside the operation and answers nothing.

mod client;
mod denial;
mod direct;
mod settings;

pub use client::{ConnectionBroken, NatsClient};
pub use denial::NotPermitted;
pub use direct::{DirectError, DirectPage};
pub use settings::{ConnectError, NatsSettings, NatsTls};

/// Where the servers' `JetStream` interface is, if nobody has put it elsewhere.
pub const API_PREFIX: &str = "$JS.API";

/// What inbox subjects begin with, for users that have no name.
pub const INBOX_PREFIX: &str = "_INBOX";
