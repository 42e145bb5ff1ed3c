//! The harness as a program: attacks the promises for as long as asked and prints what came of it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use itam_tests::soak::{Soak, table};
use tokio::process::Command;

/// Attacks itam's promises and shows the evidence.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Injects every fault in turn and prints the table of CONTRACT.md.
    Soak {
        /// How long, in minutes.
        #[arg(long, default_value_t = 10)]
        minutes: u64,
        /// What all decisions come from. The first trial of each fault has this very seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many times as many faults a trial injects as the short one of the tests.
        #[arg(long, default_value_t = 2)]
        factor: u64,
        /// Only faults whose name contains this.
        #[arg(long, default_value = "")]
        only: String,
        /// Where everything is left that a trial with findings has written: stores, read models, logs.
        #[arg(long, value_name = "FOLDER")]
        keep: Option<PathBuf>,
        /// How long each fuzz target then runs, in seconds; 0 leaves them out. They need a nightly
        /// toolchain, see `fuzz/run.sh`.
        #[arg(long, default_value_t = 60)]
        fuzz_seconds: u64,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let What::Soak { minutes, seed, factor, only, keep, fuzz_seconds } = Cli::parse().what;
    let soak = Soak { duration: Duration::from_mins(minutes), seed, factor, only, keep };
    let reports = soak.run().await;
    println!("{}", table(&reports));
    let findings: usize = reports.iter().map(|(_, report)| report.verdict.findings.len()).sum();
    let is_fuzzed = fuzz_seconds == 0 || fuzz(fuzz_seconds).await;
    if findings == 0 && is_fuzzed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the fuzz targets; whether none of them found anything.
async fn fuzz(seconds: u64) -> bool {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/run.sh");
    match Command::new(script).arg(seconds.to_string()).status().await {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{script} cannot be run: {error}");
            false
        }
    }
}
