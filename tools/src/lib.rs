//! The tools of `itam`, each a subcommand of the program: import, backup and restore, copying and checking logs, what
//! auditors do, and the demo organization; and what the services share with them: the data directory, the opening of
//! log, vault and tokens, and their arguments.

pub mod args;
pub mod audit;
pub mod backend;
pub mod backup;
pub mod checkpoint_page;
mod column_name;
pub mod data_dir;
pub mod demo;
mod failure;
pub mod import;
pub mod log_tool;
pub mod output;
pub mod restore;
pub mod sealing;
pub mod server;
#[cfg(test)]
mod test_register;
pub mod transfer;

pub use failure::Failure;
