//! `itam log`: moves a history from one log to another, and checks a log.

mod check;
mod copy;
mod deep;
mod labels;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::failure::Failure;

/// The arguments of `itam log`.
#[derive(Args, Debug)]
pub struct LogArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Copies log, people and tokens from a data directory to NATS or back, positions and bytes
    /// unchanged.
    Copy(copy::CopyArgs),
    /// Checks server, stream, rights and files for what the log promises. Exits with 0 if all holds,
    /// else with the number of the first promise that would not: 10 durable, 11 atomic, 12 complete,
    /// 13 immutable, 14 private; 1 if it could not be checked.
    Check(check::CheckArgs),
}

/// Runs `itam log`.
///
/// # Errors
/// If the tool cannot do what it was asked to.
pub async fn run(args: LogArgs) -> Result<ExitCode, Failure> {
    match args.action {
        Action::Copy(args) => copy::run(args).await.map(|()| ExitCode::SUCCESS),
        Action::Check(args) => check::run(args).await,
    }
}
