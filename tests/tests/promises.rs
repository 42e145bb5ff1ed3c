//! The promises of `CONTRACT.md`, under faults: real processes, real servers, and a judge.

#[path = "promises/judge.rs"]
mod judge;
#[path = "promises/processes.rs"]
mod processes;
