//! Black-box system tests and their harness: processes, NATS servers, HTTP.

pub mod nats;

mod eventually;

pub use eventually::{eventually, eventually_within};
