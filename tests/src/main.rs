//! The harness as a program: attacks the promises for as long as asked and prints what came of it.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use itam_tests::soak::{Soak, table};

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
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let What::Soak { minutes, seed, factor, only } = Cli::parse().what;
    let soak = Soak { duration: Duration::from_mins(minutes), seed, factor, only };
    let reports = soak.run().await;
    println!("{}", table(&reports));
    let findings: usize = reports.iter().map(|(_, report)| report.verdict.findings.len()).sum();
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
