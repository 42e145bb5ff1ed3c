//! itam as its users meet it: real processes, a real nats-server, HTTP, NATS and files.

#[path = "system/abuse.rs"]
mod abuse;
#[path = "system/actors.rs"]
mod actors;
#[path = "system/alien.rs"]
mod alien;
#[path = "system/architecture.rs"]
mod architecture;
#[path = "system/audit_keys.rs"]
mod audit_keys;
#[path = "system/audit_page.rs"]
mod audit_page;
#[path = "system/audit_places.rs"]
mod audit_places;
#[path = "system/audit_proof.rs"]
mod audit_proof;
#[path = "system/audit_races.rs"]
mod audit_races;
#[path = "system/audit_report.rs"]
mod audit_report;
#[path = "system/audit_verdict.rs"]
mod audit_verdict;
#[path = "system/audits.rs"]
mod audits;
#[path = "system/backup.rs"]
mod backup;
#[path = "system/charging.rs"]
mod charging;
#[path = "system/circles.rs"]
mod circles;
#[path = "system/compressed.rs"]
mod compressed;
#[path = "system/crash.rs"]
mod crash;
#[path = "system/data_directory.rs"]
mod data_directory;
#[path = "system/demo.rs"]
mod demo;
#[path = "system/faults.rs"]
mod faults;
#[path = "system/identity.rs"]
mod identity;
#[path = "system/import.rs"]
mod import;
#[path = "system/installation.rs"]
mod installation;
#[path = "system/journey.rs"]
mod journey;
#[path = "system/keys.rs"]
mod keys;
#[path = "system/limits.rs"]
mod limits;
#[path = "system/load.rs"]
mod load;
#[path = "system/log_check.rs"]
mod log_check;
#[path = "system/log_copy.rs"]
mod log_copy;
#[path = "system/memory.rs"]
mod memory;
#[path = "system/metrics.rs"]
mod metrics;
#[path = "system/nats_door.rs"]
mod nats_door;
#[path = "system/nats_matrix.rs"]
mod nats_matrix;
#[path = "system/nats_routes.rs"]
mod nats_routes;
#[path = "system/nats_security.rs"]
mod nats_security;
#[path = "system/nats_subjects.rs"]
mod nats_subjects;
#[path = "system/nats_users.rs"]
mod nats_users;
#[path = "system/openapi.rs"]
mod openapi;
#[path = "system/oracle.rs"]
mod oracle;
#[path = "system/organization.rs"]
mod organization;
#[path = "system/output.rs"]
mod output;
#[path = "system/parked.rs"]
mod parked;
#[path = "system/past.rs"]
mod past;
#[path = "system/random_lives.rs"]
mod random_lives;
#[path = "system/rebuild.rs"]
mod rebuild;
#[path = "system/replay.rs"]
mod replay;
#[path = "system/replicas.rs"]
mod replicas;
#[path = "system/revocation.rs"]
mod revocation;
#[path = "system/security_journal.rs"]
mod security_journal;
#[path = "system/token_store.rs"]
mod token_store;
#[path = "system/tokens.rs"]
mod tokens;
#[path = "system/two_processes.rs"]
mod two_processes;
#[path = "system/upgrade.rs"]
mod upgrade;
