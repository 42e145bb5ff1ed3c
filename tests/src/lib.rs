//! Black-box system tests and their harness: processes, NATS servers, HTTP.

pub mod nats;

mod client;
mod eventually;
mod program;

pub use client::{Answer, Client};
pub use eventually::{eventually, eventually_within};
pub use program::{Service, admin_token, itam_binary, run_itam};
