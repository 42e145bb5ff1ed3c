//! Black-box system tests and their harness: processes, NATS servers, HTTP.
//!
//! Beside what every test needs, this holds what the promises of `CONTRACT.md` are attacked with:
//! a seeded [`workload`], the [`history`] of what clients were told, a [`checker`] that explains
//! it by the log, and the [`faults`].

pub mod chaos;
pub mod checker;
pub mod dice;
pub mod evidence;
pub mod faults;
mod frozen;
pub mod history;
pub mod nats;
pub mod power;
pub mod sender;
pub mod soak;
pub mod sources;
pub mod stand;
pub mod trial;
pub mod verdict;
pub mod workload;

mod client;
mod eventually;
mod fold;
pub mod ports;
mod program;
mod resident;
mod scratch;

pub use client::{Answer, Client};
pub use eventually::{eventually, eventually_within, promised_within};
pub use program::{Service, admin_token, itam_binary, run_itam};
