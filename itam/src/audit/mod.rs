//! `itam audit`: what auditors do with a history, without a running service.

mod moment;
mod place;
mod replay;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::failure::Failure;

pub(crate) use place::open_embedded;
pub(crate) use replay::{HistoricFolder, Label};

/// The arguments of `itam audit`.
#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Builds the whole read model as it was at a time or position, and prints its hash.
    Replay(replay::ReplayArgs),
}

/// Runs `itam audit`.
pub(crate) async fn run(args: AuditArgs) -> Result<ExitCode, Failure> {
    match args.action {
        Action::Replay(args) => replay::run(args).await.map(|()| ExitCode::SUCCESS),
    }
}
