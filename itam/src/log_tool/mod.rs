//! `itam log`: moves a history from one log to another, and checks a log.

mod copy;

use clap::{Args, Subcommand};

use crate::failure::Failure;

/// The arguments of `itam log`.
#[derive(Args, Debug)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Copies log, people and tokens from a data directory to NATS or back, positions and bytes
    /// unchanged.
    Copy(copy::CopyArgs),
}

/// Runs `itam log`.
pub(crate) async fn run(args: LogArgs) -> Result<(), Failure> {
    match args.action {
        Action::Copy(args) => copy::run(args).await,
    }
}
