//! The contract that every log keeps, run against the embedded log, one nats-server and a
//! cluster of three; and what is particular to each.

#![cfg(test)]

#[path = "contract/cases.rs"]
mod cases;
#[path = "contract/checkpoints.rs"]
mod checkpoints;
#[path = "contract/embedded.rs"]
mod embedded;
#[path = "contract/fences.rs"]
mod fences;
#[path = "contract/for_reading.rs"]
mod for_reading;
#[path = "contract/groups.rs"]
mod groups;
#[path = "contract/jetstream.rs"]
mod jetstream;
#[path = "contract/lagging.rs"]
mod lagging;
#[path = "contract/races.rs"]
mod races;
#[path = "contract/reading.rs"]
mod reading;
#[path = "contract/support.rs"]
mod support;
#[path = "contract/times.rs"]
mod times;
#[path = "contract/transfer.rs"]
mod transfer;
