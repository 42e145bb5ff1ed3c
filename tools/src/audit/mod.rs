//! `itam audit`: what auditors do with a history, without a running service, and with a physical audit.

mod campaign;
mod checkpoint;
mod evidence;
mod export;
mod key;
mod leaves;
mod moment;
mod page;
mod place;
mod replay;
mod report;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::failure::Failure;

pub use place::open_embedded;
pub use replay::{HistoricFolder, ReplayLabel};

/// The arguments of `itam audit`.
#[derive(Args, Debug)]
pub struct AuditArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Builds the whole read model as it was at a time or position, and prints its hash.
    Replay(replay::ReplayArgs),
    /// Checks exports, evidence and checkpoints with nothing but public keys. Exits with 1 on the
    /// first thing that is wrong, and with 2 if it could not be checked.
    Verify(verify::VerifyArgs),
    /// Makes, shows and replaces the keys that sign checkpoints.
    Key(key::KeyArgs),
    /// Seals the log to its end, signs a checkpoint of that, and prints it. For logs without a running
    /// sealer.
    Checkpoint(checkpoint::CheckpointArgs),
    /// Writes a checkpoint as a page to be printed: the note as text and as a QR code.
    Page(page::PageArgs),
    /// Writes stored messages with what proves them, up to the newest checkpoint.
    Export(export::ExportArgs),
    /// Fetches the history of one asset, with what proves it, from a running service.
    Evidence(evidence::EvidenceArgs),
    /// Tells of a period: events, corrections, backdated entries, refusals, permissions, checkpoints.
    Report(report::ReportArgs),
    /// Sends the scans of a file, CSV or NDJSON, to a physical audit that runs.
    Scan(campaign::ScanArgs),
    /// Settles the findings that a file names, CSV or NDJSON, such as the export of the open ones with
    /// a resolution or a reason filled in.
    Settle(campaign::SettleArgs),
    /// Waives all findings that are still open, or those of some verdicts, with one reason.
    Waive(campaign::WaiveArgs),
}

/// Runs `itam audit`.
///
/// # Errors
/// If the tool cannot do what it was asked to.
pub async fn run(args: AuditArgs) -> Result<ExitCode, Failure> {
    match args.action {
        Action::Replay(args) => replay::run(args).await.map(|()| ExitCode::SUCCESS),
        Action::Verify(args) => Ok(verify::run(&args)),
        Action::Key(args) => key::run(args).await.map(|()| ExitCode::SUCCESS),
        Action::Checkpoint(args) => checkpoint::run(args).await.map(|()| ExitCode::SUCCESS),
        Action::Page(args) => page::run(args).await.map(|()| ExitCode::SUCCESS),
        Action::Export(args) => export::run(args).await.map(|()| ExitCode::SUCCESS),
        Action::Evidence(args) => evidence::run(args).await.map(|()| ExitCode::SUCCESS),
        Action::Report(args) => report::run(args).await,
        Action::Scan(args) => campaign::scan(args).await,
        Action::Settle(args) => campaign::settle(args).await,
        Action::Waive(args) => campaign::waive(args).await,
    }
}
