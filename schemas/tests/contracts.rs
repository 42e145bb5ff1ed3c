//! The contracts hold: what is committed is what the code says, and what the code writes is what
//! the contracts say.

#[path = "contracts/commands.rs"]
mod commands;
#[path = "contracts/drift.rs"]
mod drift;
#[path = "contracts/events.rs"]
mod events;
#[path = "contracts/generators.rs"]
mod generators;
#[path = "contracts/operations.rs"]
mod operations;
#[path = "contracts/pairs.rs"]
mod pairs;
#[path = "contracts/problems.rs"]
mod problems;
#[path = "contracts/servers.rs"]
mod servers;
#[path = "contracts/support.rs"]
mod support;
