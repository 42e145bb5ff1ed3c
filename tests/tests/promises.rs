//! The promises of `CONTRACT.md`, under faults: real processes, real servers, and a judge.

#[path = "promises/clients.rs"]
mod clients;
#[path = "promises/connections.rs"]
mod connections;
#[path = "promises/contract.rs"]
mod contract;
#[path = "promises/disks.rs"]
mod disks;
#[path = "promises/foreign.rs"]
mod foreign;
#[path = "promises/judge.rs"]
mod judge;
#[path = "promises/processes.rs"]
mod processes;
#[path = "promises/rewritten.rs"]
mod rewritten;
#[path = "promises/sealed.rs"]
mod sealed;
#[path = "promises/servers.rs"]
mod servers;
