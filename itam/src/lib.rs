//! `itam`, the one program: every service, alone or all in one process, and the tools of `itam-tools`.

mod args;
mod commands;
mod door;
mod failure;
mod file_limit;
mod historic;
mod history_watch;
mod identity;
mod journal;
mod listen;
mod me;
mod memory;
mod parked;
mod problem_pages;
mod projection;
mod queries;
mod rebuild;
mod replicas;
mod sealing;
mod service;
mod services;
mod token;
mod up;
mod use_notes;
mod version;
mod watch;
mod witness;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use itam_domain::show_hidden_characters;
use itam_service_kit::error_chain;
use itam_tools::{audit, backup, import, log_tool, output, restore};

/// Keeps the life of every IT asset as an immutable, verifiable history.
#[derive(Debug, Parser)]
#[command(name = "itam", version, long_version = version::LONG.as_str())]
struct Cli {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, Subcommand)]
enum Tool {
    /// Runs everything in one process: on an embedded log, or with --nats on `JetStream`.
    Up(up::UpArgs),
    /// Takes commands, on `JetStream`. Run as many as wanted.
    CommandService(services::CommandServiceArgs),
    /// Carries the log into a read model, on `JetStream`. Run one for each data directory.
    Projector(services::ProjectorArgs),
    /// Answers queries from a read model that a projector on this host keeps. Run as many as wanted.
    QueryService(services::QueryServiceArgs),
    /// Seals the log, signs checkpoints and compares the two, where no projector does that.
    Sealer(sealing::SealerArgs),
    /// Countersigns the checkpoints of logs that somebody else keeps.
    Witness(witness::WitnessArgs),
    /// Makes, lists and revokes bearer tokens.
    Token(token::TokenArgs),
    /// Imports data of other programs.
    Import(import::ImportArgs),
    /// Builds the read model anew from the log: by the projector at --server, else here, where none may
    /// run.
    Rebuild(rebuild::RebuildArgs),
    /// Lists, tries again and releases events that a projector could not apply.
    Parked(parked::ParkedArgs),
    /// Writes log, people and tokens into one file: by the service at --server, as must be while one runs
    /// on an embedded log, else here.
    Backup(backup::BackupArgs),
    /// Restores a backup into an empty place.
    Restore(restore::RestoreArgs),
    /// Copies and checks logs.
    Log(log_tool::LogArgs),
    /// What auditors do: replays, proofs, reports, and physical audits.
    Audit(audit::AuditArgs),
}

/// Runs what the command line asks for; the exit code says how it went.
#[must_use]
pub fn run() -> ExitCode {
    memory::keep_to_small_pages();
    match memory::runtime() {
        Ok(runtime) => output::while_read(|| runtime.block_on(Box::pin(run_tool()))),
        Err(error) => {
            eprintln!("itam: cannot start its threads: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run_tool() -> ExitCode {
    itam_files::keep_to_owner();
    // Several libraries speak TLS; they shall all take the same implementation. Nobody can have
    // chosen another before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Cli::parse().tool {
        Tool::Up(args) => report(Box::pin(up::run(args)).await),
        Tool::CommandService(args) => report(Box::pin(services::command_service(args)).await),
        Tool::Projector(args) => report(services::projector(args).await),
        Tool::QueryService(args) => report(services::query_service(args).await),
        Tool::Sealer(args) => report(sealing::run(args).await),
        Tool::Witness(args) => report(witness::run(args).await),
        Tool::Token(args) => report(token::run(args).await),
        Tool::Import(args) => import::run(args).await,
        Tool::Rebuild(args) => report(rebuild::run(args).await),
        Tool::Parked(args) => report(parked::run(args).await),
        Tool::Backup(args) => report(backup::run(args).await),
        Tool::Restore(args) => report(restore::run(args).await),
        Tool::Log(args) => conclude(log_tool::run(args).await),
        Tool::Audit(args) => conclude(audit::run(args).await),
    }
}

fn report(outcome: Result<(), impl Error + 'static>) -> ExitCode {
    conclude(outcome.map(|()| ExitCode::SUCCESS))
}

fn conclude(outcome: Result<ExitCode, impl Error + 'static>) -> ExitCode {
    outcome.unwrap_or_else(|failure| {
        eprintln!("itam: {}", show_hidden_characters(&error_chain(&failure)));
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_nobody_can_mean_is_refused_with_what_can_be_meant() {
        for (line, words) in [
            ("up --request-timeout 0s", "1ms or more"),
            ("up --header-timeout 0ms", "1ms or more"),
            ("up --body-idle 0s", "1ms or more"),
            ("up --checkpoint-interval 0s", "1ms or more"),
            ("up --scrub-interval 0s", "1ms or more"),
            ("up --grace soon", "such as 250ms"),
            ("up --checkpoint-every 0", "1.."),
            ("up --journal-entries 0", "1.."),
            ("up --journal-days 0", "1.."),
            ("up --max-connections 0", "1 or more"),
            ("up --max-requests 0", "1 or more"),
            ("up --max-headers 1KiB", "8KiB"),
            ("up --max-body much", "such as 4096"),
            ("up --listen 8080", "127.0.0.1:8080"),
            ("up --metrics-listen localhost", "localhost:8080"),
            ("token revoke mine", "a UUID"),
            ("token create --name x --role requester --person ada", "a UUID"),
            ("restore --from x --without-person ada", "a UUID"),
        ] {
            let args = ["itam"].into_iter().chain(line.split(' '));
            let error = Cli::try_parse_from(args).expect_err(line).to_string();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
