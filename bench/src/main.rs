//! Side-by-side measurements against the raw engine, in one run.

mod append;
mod cold;
mod constant;
mod generate;
mod history;
mod ledger;
mod lives;
mod load;
mod machine;
mod measure;
mod memory;
mod past;
mod query;
mod raw;
mod raw_jetstream;
mod raw_redb;
mod recorded;
mod replay;
mod report;
mod service;
mod space;
mod sync;
mod visible;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::append::AppendSettings;
use crate::measure::Outcome;
use crate::query::QuerySettings;
use crate::report::Destination;
use crate::service::Backend;

/// Measures itam against the raw engine, in one run at equal durability.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
    /// Prints JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    /// Writes `bench/results/<what>.json` as well.
    #[arg(long, global = true)]
    save: bool,
    /// Small sizes, to see that everything runs.
    #[arg(long, global = true)]
    quick: bool,
    /// Where data goes. Prepared data stays there and is used again; without it, everything is
    /// temporary.
    #[arg(long, global = true)]
    scratch: Option<PathBuf>,
    /// Which logs are measured.
    #[arg(long, global = true, value_enum, default_value_t = Logs::Both)]
    log: Logs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Logs {
    /// The embedded log.
    Embedded,
    /// `JetStream`.
    Jetstream,
    /// Both.
    Both,
}

impl Logs {
    fn backends(self) -> &'static [Backend] {
        match self {
            Self::Embedded => &[Backend::Embedded],
            Self::Jetstream => &[Backend::JetStream],
            Self::Both => &Backend::ALL,
        }
    }
}

#[derive(Debug, Subcommand)]
enum What {
    /// Commands over HTTP against raw publishes, batches and redb commits.
    Append {
        /// How many clients send at once, one run each.
        #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
        clients: Vec<usize>,
        /// Rows of the NDJSON import.
        #[arg(long, default_value_t = 100_000)]
        rows: usize,
        /// Operations of one run at most; fewer clients do fewer.
        #[arg(long, default_value_t = 20_000)]
        operations: usize,
    },
    /// A history into the read model against draining and parsing it.
    Replay {
        /// How many events.
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
    },
    /// Queries against an endpoint that returns a constant.
    Query {
        /// How many assets, one run each, the smallest first.
        #[arg(long, value_delimiter = ',', default_value = "1000,100000,1000000")]
        sizes: Vec<u64>,
        /// How many clients ask at once.
        #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
        clients: Vec<usize>,
    },
    /// From the acknowledgement of a command to its effect in a query.
    Visible {
        /// How many clients at once, one run each.
        #[arg(long, value_delimiter = ',', default_value = "1,16")]
        clients: Vec<usize>,
        /// Commands in each run.
        #[arg(long, default_value_t = 4_000)]
        count: u64,
    },
    /// What is resident under long batches and slow readers, and a minute after.
    Memory {
        /// How many lines the batch has.
        #[arg(long, default_value_t = 100_000)]
        rows: usize,
    },
    /// The first command about a thing with a long history against reading and parsing it.
    Cold {
        /// How many events the thing has, one run each, the shortest first.
        #[arg(long, value_delimiter = ',', default_value = "1,10,100,1000,10000")]
        events: Vec<u64>,
    },
    /// Bytes on disk per asset.
    Space {
        /// How many assets.
        #[arg(long, default_value_t = 100_000)]
        assets: u64,
    },
    /// Questions about a past day against the same questions about now, in the read model.
    History {
        /// How many assets, each with a life of ten events.
        #[arg(long, default_value_t = 100_000)]
        assets: u64,
        /// Asks only the questions whose name holds this.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// What it costs that an acknowledgement of `JetStream` means "on disk".
    Sync {
        /// How many publishes are in flight at once, one run each.
        #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
        in_flight: Vec<usize>,
        /// Operations of one run at least, in each way and on each server.
        #[arg(long, default_value_t = 4_000)]
        operations: usize,
    },
    /// Everything.
    All,
    /// Serves a constant; for the other measurements.
    #[command(hide = true)]
    ConstantServer(ConstantArgs),
}

#[derive(Args, Debug)]
struct ConstantArgs {
    #[arg(long)]
    listen: String,
    #[arg(long)]
    body: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("itam-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Outcome<()> {
    if let What::ConstantServer(args) = &cli.what {
        return constant::run(&args.listen, std::fs::read(&args.body)?).await;
    }
    let temporary = tempfile::Builder::new().prefix("itam-bench-").tempdir()?;
    let scratch = cli.scratch.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&scratch)?;
    let measuring = Measuring {
        destination: Destination { json: cli.json, save: cli.save },
        backends: cli.log.backends(),
        scratch: &scratch,
        quick: cli.quick,
    };
    if !matches!(cli.what, What::All) {
        return measuring.one(cli.what).await;
    }
    for name in ["append", "cold", "visible", "replay", "space", "history", "sync", "query", "memory"] {
        measuring.one(Cli::try_parse_from(["itam-bench", name])?.what).await?;
    }
    Ok(())
}

struct Measuring<'a> {
    destination: Destination,
    backends: &'static [Backend],
    scratch: &'a Path,
    quick: bool,
}

impl Measuring<'_> {
    async fn one(&self, what: What) -> Outcome<()> {
        let (name, tables) = match what {
            What::Append { clients, rows, operations } => {
                let settings = AppendSettings {
                    clients: if self.quick { vec![1, 16] } else { clients },
                    operations: if self.quick { 500 } else { operations },
                    rows: if self.quick { 2_000 } else { rows },
                };
                ("append", append::measure(&settings, self.backends).await?)
            }
            What::Replay { events } => {
                let events = if self.quick { 30_000 } else { events };
                ("replay", replay::measure(self.scratch, events, self.backends).await?)
            }
            What::Query { sizes, clients } => {
                let settings = QuerySettings {
                    sizes: if self.quick { vec![1_000, 10_000] } else { sizes },
                    clients: if self.quick { vec![1, 16] } else { clients },
                    requests: if self.quick { 1_000 } else { 10_000 },
                };
                ("query", query::measure(self.scratch, &settings).await?)
            }
            What::Visible { clients, count } => {
                let count = if self.quick { 200 } else { count };
                ("visible", visible::measure(&clients, count, self.backends).await?)
            }
            What::Cold { events } => {
                let events = if self.quick { vec![1, 100, 1_000] } else { events };
                ("cold", cold::measure(self.scratch, &events, self.backends).await?)
            }
            What::Space { assets } => {
                let assets = if self.quick { 5_000 } else { assets };
                ("space", space::measure(self.scratch, assets).await?)
            }
            What::Memory { rows } => {
                let rows = if self.quick { 5_000 } else { rows };
                ("memory", memory::measure(rows).await?)
            }
            What::History { assets, only } => {
                let assets = if self.quick { 2_000 } else { assets };
                ("history", past::measure(self.scratch, assets, &only)?)
            }
            What::Sync { in_flight, operations } => {
                let operations = if self.quick { 400 } else { operations };
                ("sync", sync::measure(&in_flight, operations).await?)
            }
            What::All | What::ConstantServer(_) => return Ok(()),
        };
        self.destination.publish(name, &tables)
    }
}
