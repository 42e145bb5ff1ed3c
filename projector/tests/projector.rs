//! The projector, against a log that does what a test tells it, and against the embedded one.

#[path = "projector/embedded.rs"]
mod embedded;
#[path = "projector/fake_log.rs"]
mod fake_log;
#[path = "projector/following.rs"]
mod following;
#[path = "projector/support.rs"]
mod support;
